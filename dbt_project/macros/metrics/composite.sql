{# Composite indicators after the OECD/JRC Handbook (2008). Plain Jinja: SQL expressions in, one SQL expression out. #}

{# Where x stands between the worst and the best value, 0 to 1; beyond them it goes on. `worst` may be the greater. #}
{% macro distance_to_target(x, worst, best) -%}
    ((({{ x }}) - ({{ worst }})) / nullif(({{ best }}) - ({{ worst }}), 0))
{%- endmacro %}

{# The same with fixed goalposts, cut off at 0 and 1; a missing x stays missing. #}
{% macro between_goalposts(x, worst, best) -%}
    (case when ({{ x }}) is not null then least(1.0, greatest(0.0, {{ distance_to_target(x, worst, best) }})) end)
{%- endmacro %}

{# Aggregate: weighted mean of what is known, NULL unless known weights are at least `min_share` of all weights. #}
{% macro mean_if_observed(value, weight, min_share) -%}
    (case when sum(case when {{ value }} is not null then {{ weight }} end) >= {{ min_share }} * sum({{ weight }})
        then sum({{ weight }} * {{ value }}) / sum(case when {{ value }} is not null then {{ weight }} end) end)
{%- endmacro %}

{# Aggregate: weighted geometric mean, so that one field cannot be bought off by another; values below `floor` count as
   `floor`, because a single zero would wipe out all the rest. #}
{% macro geometric_mean_if_observed(value, weight, min_share, floor) -%}
    (exp({{ mean_if_observed(
        'case when ' ~ value ~ ' is not null then ln(greatest(' ~ value ~ ', ' ~ floor ~ ')) end', weight, min_share
    ) }}))
{%- endmacro %}

{# Window: the mean of all others in `over` (a window, in brackets). #}
{% macro leave_one_out_mean(value, over) -%}
    ((sum({{ value }}) over {{ over }} - {{ value }}) / nullif(count({{ value }}) over {{ over }} - 1, 0))
{%- endmacro %}
