{# Everything in which DuckDB and Spark differ. Models contain only SQL that both engines speak. #}

{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{# The change log of one dataset, as parsed by Python. The call of source() keeps the lineage. #}
{% macro read_parsed(publisher, dataset) -%}
    {%- do source(publisher, dataset) -%}
    {{ return(adapter.dispatch('read_parquet_glob')('parsed/' ~ publisher ~ '/' ~ dataset ~ '/*.parquet')) }}
{%- endmacro %}

{# Tables that Python writes about the raw store itself: datasets, snapshots, citations, reference. #}
{% macro read_store(table) -%}
    {{ return(adapter.dispatch('read_parquet_glob')('parsed/_store/' ~ table ~ '.parquet')) }}
{%- endmacro %}

{% macro read_parquet_glob(path) -%}
    {{ return(adapter.dispatch('read_parquet_glob')(path)) }}
{%- endmacro %}

{% macro duckdb__read_parquet_glob(path) -%}
    read_parquet('{{ path }}', union_by_name = true)
{%- endmacro %}

{% macro spark__read_parquet_glob(path) -%}
    parquet.`{{ env_var('KARAKORAM_HOME', 'data') }}/{{ path }}`
{%- endmacro %}

{# One row for each part of a text; to be used alone in a select list. #}
{% macro split_rows(text, separator) -%}
    {{ return(adapter.dispatch('split_rows')(text, separator)) }}
{%- endmacro %}

{% macro duckdb__split_rows(text, separator) -%}
    unnest(string_split({{ text }}, '{{ separator }}'))
{%- endmacro %}

{% macro spark__split_rows(text, separator) -%}
    explode(split({{ text }}, '{{ separator }}'))
{%- endmacro %}

{# Days from one date to a later one. #}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    cast(date_diff('day', {{ earlier }}, {{ later }}) as int)
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{# ---- what Spark does otherwise ---- #}

{# Seeds: dbt-spark's own loader (1.11.0) breaks at an apostrophe and writes NULL as the text None. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set statement -%}
        insert into {{ this }}
        select
        {%- for name in agate_table.column_names %}
            cast({{ name }} as {{ model.config.column_types[name] }}){{ ',' if not loop.last }}
        {%- endfor %}
        from values
        {%- for row in agate_table.rows %}
            ({% for text in row %}{{ spark_literal(text) }}{{ ', ' if not loop.last }}{% endfor %}){{ ',' if not loop.last }}
        {%- endfor %}
            as given({{ agate_table.column_names | join(', ') }})
    {%- endset -%}
    {%- do adapter.add_query(statement, abridge_sql_log=True) -%}
    {{ return(statement) }}
{%- endmacro %}

{% macro spark_literal(text) -%}
    {%- if text is none -%} null
    {%- else -%} '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}

{# Parquet holds no constraint; those of the contracts are checked when DuckDB loads the tables. #}
{% macro spark__persist_constraints(relation, model) -%}
{%- endmacro %}

{# ---- what DuckDB does after Spark ---- #}

{# With `--vars 'engine: spark'` DuckDB computes no table but loads what Spark has left. All else stays: DuckDB checks
   contracts, runs the tests on what will be published, and compiles the SQL of the published macros. #}
{% macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if var('engine') == 'spark' and target.type == 'duckdb' -%}
        {%- set computed = 'build/spark/' ~ this.schema ~ '.db/' ~ this.identifier ~ '/*.parquet' -%}
        {%- set compiled_code = 'select * from ' ~ read_parquet_glob(computed) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code, language, **kwargs)) }}
{%- endmacro %}
