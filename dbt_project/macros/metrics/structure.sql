{# Structure of trade: comparison of two baskets, intra-industry trade, margins. Aggregates unless said otherwise.
   Plain Jinja: SQL expressions in, one SQL expression out. #}

{# Plain: a share relative to a reference share. Balassa's revealed comparative advantage over products, trade intensity
   over partners; own trade can be taken out of the reference by passing it subtracted. #}
{% macro relative_share(part, whole, reference_part, reference_whole) -%}
    ((({{ part }}) / nullif({{ whole }}, 0)) / nullif(({{ reference_part }}) / nullif({{ reference_whole }}, 0), 0))
{%- endmacro %}

{# Plain: RCA made symmetric, between -1 and 1 (Laursen; Dalum). #}
{% macro symmetric_advantage(rca) -%}
    (({{ rca }} - 1) / ({{ rca }} + 1))
{%- endmacro %}

{# Half the sum of the differences of two structures, 0 equal to 1 disjoint (Finger and Kreinin). #}
{% macro structure_difference(share_a, share_b) -%}
    (0.5 * sum(abs({{ share_a }} - {{ share_b }})))
{%- endmacro %}

{# 0 no match to 100 perfect match of the partner's imports and home's exports, both with the world (WITS). #}
{% macro trade_complementarity(import_share, export_share) -%}
    (100 * (1 - {{ structure_difference(import_share, export_share) }}))
{%- endmacro %}

{# Grubel-Lloyd over lines: never the mean of the lines' own indices. #}
{% macro grubel_lloyd(x, m) -%}
    (1 - sum(abs({{ x }} - {{ m }})) / nullif(sum({{ x }} + {{ m }}), 0))
{%- endmacro %}

{# The same adjusted for the overall imbalance; 1 when all lines share one sign, so show the raw index beside it. #}
{% macro grubel_lloyd_adjusted(x, m) -%}
    ((sum({{ x }} + {{ m }}) - sum(abs({{ x }} - {{ m }})))
        / nullif(sum({{ x }} + {{ m }}) - abs(sum({{ x }}) - sum({{ m }})), 0))
{%- endmacro %}

{# Hummels and Klenow: how much of the reference's trade lies in the lines that are traded at all; `x` is NULL or zero
   where a line is not. #}
{% macro extensive_margin(reference, x) -%}
    (sum(case when {{ x }} > 0 then {{ reference }} end) / nullif(sum({{ reference }}), 0))
{%- endmacro %}

{# And how large the trade is in those lines; extensive x intensive margin = share. #}
{% macro intensive_margin(reference, x) -%}
    (sum({{ x }}) / nullif(sum(case when {{ x }} > 0 then {{ reference }} end), 0))
{%- endmacro %}

{# Change between two periods in lines traded in both, in new lines, in lines given up; they add up to the change. #}
{% macro growth_of_continuing(before, after) -%}
    (coalesce(sum(case when {{ before }} > 0 and {{ after }} > 0 then {{ after }} - {{ before }} end), 0))
{%- endmacro %}

{% macro growth_of_entry(before, after) -%}
    (coalesce(sum(case when coalesce({{ before }}, 0) = 0 then {{ after }} end), 0))
{%- endmacro %}

{% macro growth_of_exit(before, after) -%}
    (0 - coalesce(sum(case when coalesce({{ after }}, 0) = 0 then {{ before }} end), 0))
{%- endmacro %}

{# Plain: net barter terms of trade, export prices over import prices, 100 in the base year. #}
{% macro terms_of_trade(export_price, import_price) -%}
    (100.0 * ({{ export_price }}) / nullif({{ import_price }}, 0))
{%- endmacro %}
