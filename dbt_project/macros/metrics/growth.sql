{# Growth, and sums over complete spans of time. Plain Jinja: SQL expressions in, one SQL expression out. #}

{# new / old - 1, for quantities that are never negative; NULL when the old one is zero. #}
{% macro growth_rate(new, old) -%}
    (({{ new }}) / nullif({{ old }}, 0) - 1)
{%- endmacro %}

{# (new - old) / |old|, for balances: the sign says whether the balance rose, also when it was negative. #}
{% macro balance_growth(new, old) -%}
    ((({{ new }}) - ({{ old }})) / nullif(abs({{ old }}), 0))
{%- endmacro %}

{# (x_n / x_0)^(1/n) - 1; only between two positive values. #}
{% macro compound_growth(x0, xn, n) -%}
    (case when ({{ x0 }}) > 0 and ({{ xn }}) > 0 and ({{ n }}) > 0
        then power(cast({{ xn }} as double) / ({{ x0 }}), 1 / ({{ n }})) - 1 end)
{%- endmacro %}

{# Aggregates: the sum or mean of exactly n known values, NULL when a single one is missing: a year of eleven months is
   no year. Added up as decimals, so that the order in which an engine meets the rows changes not even the last digit. #}
{% macro complete_sum(value, n) -%}
    (case when count({{ value }}) = {{ n }} then cast(sum(cast({{ value }} as decimal(38, 18))) as double) end)
{%- endmacro %}

{% macro complete_mean(value, n) -%}
    (case when count({{ value }}) = {{ n }} then cast(sum(cast({{ value }} as decimal(38, 18))) as double) / {{ n }} end)
{%- endmacro %}

{# What a cumulated figure added to the one before it; the first one of a year stays whole,
   so January and February that were published together stay together. #}
{% macro ytd_increment(ytd, previous_ytd) -%}
    (({{ ytd }}) - coalesce({{ previous_ytd }}, 0))
{%- endmacro %}
