{# Balance family: two legs of one dyad, exports x (FOB) and imports m, both in the same currency.
   Plain Jinja: SQL expressions in, one SQL expression out, so that the test vectors run the very same text.
   A missing leg gives NULL, a zero denominator gives NULL, a reported zero stays zero. #}

{# B = X - M; a deficit is negative. #}
{% macro balance(x, m) -%}
    (({{ x }}) - ({{ m }}))
{%- endmacro %}

{# X + M: NULL unless both legs are known. #}
{% macro two_way_total(x, m) -%}
    (({{ x }}) + ({{ m }}))
{%- endmacro %}

{# What a published total leaves over after its two published legs; anything but rounding is a mixed source. #}
{% macro identity_residual(total, x, m) -%}
    (({{ total }}) - (({{ x }}) + ({{ m }})))
{%- endmacro %}

{# NB = (X - M) / (X + M), between -1 and 1 (Lafay's normalisation; UNCTADstat publishes it in percent). #}
{% macro normalised_balance(x, m) -%}
    ((({{ x }}) - ({{ m }})) / nullif(({{ x }}) + ({{ m }}), 0))
{%- endmacro %}

{# CV = X / M (OECD's export-import coverage). #}
{% macro coverage_ratio(x, m) -%}
    (({{ x }}) / nullif({{ m }}, 0))
{%- endmacro %}

{# The size of the deficit as a positive number; a surplus has a deficit of zero, a missing balance none at all. #}
{% macro deficit(balance_usd) -%}
    (case when ({{ balance_usd }}) < 0 then -({{ balance_usd }}) when ({{ balance_usd }}) >= 0 then 0.0 end)
{%- endmacro %}
