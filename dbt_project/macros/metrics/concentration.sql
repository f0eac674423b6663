{# Concentration of trade over products or partners. Aggregates over one row for each line, values not negative.
   Plain Jinja: SQL expressions in, one SQL expression out. A trade of zero gives NULL.
   Added up as decimals (exact_sum): no order of the rows changes the last digit. So values are shares, or below 1e9;
   `is_whole` for whole numbers up to 9e12: their sums are exact without, and faster. #}

{# Herfindahl-Hirschman index, the sum of squared shares, between 1/n and 1 (x 10,000 = points). #}
{% macro hhi(value, is_whole=false) -%}
    {%- set wide = 'cast(' ~ value ~ ' as decimal(19, 0))' -%}
    {%- set squares = 'cast(sum(' ~ wide ~ ' * ' ~ wide ~ ') as double)' if is_whole
        else exact_sum('power(' ~ value ~ ', 2)') -%}
    ({{ squares }} / nullif(power({{ exact_sum(value, is_whole=is_whole) }}, 2), 0))
{%- endmacro %}

{# (H - 1/n) / (1 - 1/n), between 0 and 1; NULL for a single line. #}
{% macro hhi_normalised(hhi, n) -%}
    (({{ hhi }} - 1 / ({{ n }})) / nullif(1 - 1 / ({{ n }}), 0))
{%- endmacro %}

{# UNCTAD's product concentration index, (sqrt(H) - sqrt(1/n)) / (1 - sqrt(1/n)). #}
{% macro unctad_concentration(hhi, n) -%}
    ((sqrt({{ hhi }}) - sqrt(1 / ({{ n }}))) / nullif(1 - sqrt(1 / ({{ n }})), 0))
{%- endmacro %}

{# Theil index over n lines, those of value zero included: (1/n) sum (x/mean) ln(x/mean), with 0 ln 0 = 0.
   Over the active lines alone (n = their number) it is the "within" part (Cadot, Carrere and Strauss-Kahn 2011). #}
{% macro theil(value, n, is_whole=false) -%}
    {%- set total = exact_sum(value, is_whole=is_whole) -%}
    ({{ exact_sum('case when ' ~ value ~ ' > 0 then ' ~ value ~ ' * ln(' ~ value ~ ') end') }}
        / nullif({{ total }}, 0) + ln({{ n }}) - ln(nullif({{ total }}, 0)))
{%- endmacro %}

{# The "between" part: what comes from lines that are not traded at all. #}
{% macro theil_between(n, n_active) -%}
    (ln(cast({{ n }} as double) / nullif({{ n_active }}, 0)))
{%- endmacro %}
