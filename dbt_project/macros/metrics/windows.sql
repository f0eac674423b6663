{# Sums over moving spans of months. Plain Jinja: SQL expressions in, one SQL expression out. #}

{# Window: the sum of exactly n known values in `over` (a window, in brackets), NULL when a single one is missing.
   Added up as decimals, as complete_sum does: the order of the rows changes not even the last digit. #}
{% macro complete_window_sum(value, n, over) -%}
    (case when count({{ value }}) over {{ over }} = {{ n }}
        then cast(sum(cast({{ value }} as decimal(38, 9))) over {{ over }} as double) end)
{%- endmacro %}

{# Years between the last days of two periods, in whole months as a fraction of years. #}
{% macro years_between(earlier, later) -%}
    (((year({{ later }}) - year({{ earlier }})) * 12 + month({{ later }}) - month({{ earlier }})) / 12.0)
{%- endmacro %}
