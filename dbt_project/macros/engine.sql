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
