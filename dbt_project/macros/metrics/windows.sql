{# Sums over moving spans of months. Plain Jinja: SQL expressions in, one SQL expression out. #}

{# Window: the sum of exactly n known values in `over` (a window, in brackets), NULL when a single one is missing.
   Added up as decimals, as complete_sum does: the order of the rows changes not even the last digit. #}
{% macro complete_window_sum(value, n, over) -%}
    (case when count({{ value }}) over {{ over }} = {{ n }}
        then cast(sum(cast({{ value }} as decimal(38, 9))) over {{ over }} as double) end)
{%- endmacro %}

{# Window: the centred 2x12 average, the trend that a year's seasons leave. `wide` spans six months before to six after,
   `narrow` five to five; NULL unless all thirteen are known. It is a trend, not a seasonal adjustment (X-13 is that). #}
{% macro centred_average_2x12(value, wide, narrow) -%}
    (({{ complete_window_sum(value, 13, wide) }} + {{ complete_window_sum(value, 11, narrow) }}) / 24)
{%- endmacro %}

{# Years between the last days of two periods, in whole months as a fraction of years. #}
{% macro years_between(earlier, later) -%}
    (((year({{ later }}) - year({{ earlier }})) * 12 + month({{ later }}) - month({{ earlier }})) / 12)
{%- endmacro %}
