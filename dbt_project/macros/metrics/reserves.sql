{# Reserve adequacy. Plain Jinja: SQL expressions in, one SQL expression out.
   A missing input gives NULL, a zero denominator gives NULL. Plain ratios (Greenspan-Guidotti R / short-term debt,
   R / broad money, partner-supplied share) are `share` in shares.sql. #}

{# Months of imports that the reserves pay for: R / (M of 12 months / 12). #}
{% macro import_cover_months(reserves, imports_12m) -%}
    (({{ reserves }}) / nullif(({{ imports_12m }}) / 12, 0))
{%- endmacro %}

{# The IMF's reserve adequacy metric for emerging markets (weights of 2015/16): short-term debt at residual maturity,
   other portfolio and investment liabilities, broad money, exports of goods and services, all in one currency.
   The regime is 'floating' or 'fixed'. #}
{% macro ara_benchmark(regime, short_term_debt, other_liabilities, broad_money, exports) -%}
    (case {{ regime }}
        when 'floating' then 0.30 * ({{ short_term_debt }}) + 0.15 * ({{ other_liabilities }})
            + 0.05 * ({{ broad_money }}) + 0.05 * ({{ exports }})
        when 'fixed' then 0.30 * ({{ short_term_debt }}) + 0.20 * ({{ other_liabilities }})
            + 0.10 * ({{ broad_money }}) + 0.10 * ({{ exports }})
    end)
{%- endmacro %}

{# A published percentage of a base, as an amount in the base's unit. #}
{% macro percent_of(percent, base) -%}
    (({{ percent }}) / 100 * ({{ base }}))
{%- endmacro %}
