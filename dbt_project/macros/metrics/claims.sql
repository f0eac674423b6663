{# A claim held against a figure. Plain Jinja: SQL expressions in, one SQL expression out. #}

{# How far a figure may lie from a claim that is rounded to `rounding` (the size of its last digit). #}
{% macro claim_tolerance(claimed, rounding, relative) -%}
    (greatest(coalesce({{ rounding }}, 0) / 2, {{ relative }} * abs({{ claimed }})))
{%- endmacro %}

{# Whether the figure bears the claim out: 'about' within the tolerance on both sides, 'more_than' on the lower side
   alone, 'exactly' with none. NULL when either number is missing. #}
{% macro bears_out(claimed, observed, comparison, tolerance) -%}
    (case
        when {{ comparison }} = 'exactly' then {{ observed }} = {{ claimed }}
        when {{ comparison }} = 'more_than' then {{ observed }} >= {{ claimed }} - {{ tolerance }}
        else abs({{ observed }} - {{ claimed }}) <= {{ tolerance }}
    end)
{%- endmacro %}

{# By how many percent a claim exceeds the figure; negative when it falls short of it. #}
{% macro percent_error(claimed, observed) -%}
    (100.0 * (({{ claimed }}) - ({{ observed }})) / nullif(abs({{ observed }}), 0))
{%- endmacro %}

{# Full years from one day to another. #}
{% macro full_years(from_date, to_date) -%}
    (cast(floor(
        ((year({{ to_date }}) - year({{ from_date }})) * 12 + month({{ to_date }}) - month({{ from_date }})
            - case when day({{ to_date }}) < day({{ from_date }}) then 1 else 0 end) / 12
    ) as int))
{%- endmacro %}
