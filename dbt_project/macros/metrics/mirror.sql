{# Mirror statistics: one flow, recorded by its importer (CIF) and by its exporter (FOB).
   Plain Jinja: SQL expressions in, one SQL expression out. #}

{# phi as a reporter itself shows it, when it publishes both valuations of the same imports. #}
{% macro cif_fob_factor(cif, fob) -%}
    (({{ cif }}) / nullif({{ fob }}, 0))
{%- endmacro %}

{# The importer's record without freight and insurance: M / phi. #}
{% macro fob_equivalent(m_cif, phi) -%}
    (({{ m_cif }}) / nullif({{ phi }}, 0))
{%- endmacro %}

{# G = M_fob - X, positive when the importer records more than the exporter. #}
{% macro mirror_gap(m_fob, x_fob) -%}
    (({{ m_fob }}) - ({{ x_fob }}))
{%- endmacro %}

{# A = G / mean(M_fob, X), between -2 and 2. #}
{% macro mirror_gap_symmetric(m_fob, x_fob) -%}
    (2.0 * (({{ m_fob }}) - ({{ x_fob }})) / nullif(({{ m_fob }}) + ({{ x_fob }}), 0))
{%- endmacro %}

{# L = ln(M_fob / X); NULL unless both are positive. For statistics; A is for people. #}
{% macro mirror_gap_log(m_fob, x_fob) -%}
    (case when ({{ m_fob }}) > 0 and ({{ x_fob }}) > 0 then ln(cast({{ m_fob }} as double) / ({{ x_fob }})) end)
{%- endmacro %}

{# v = w * X + (1 - w) * M_fob, with w the weight of the exporter's record (as BACI, Gaulier and Zignago 2010). #}
{% macro reconciled_flow(x_fob, m_fob, w) -%}
    (({{ w }}) * ({{ x_fob }}) + (1 - ({{ w }})) * ({{ m_fob }}))
{%- endmacro %}

{# The weight of the exporter's record from the variances of both reporters' log gaps: the steadier one counts more,
   but neither less than `floor`. #}
{% macro reliability_weight(variance_exporter, variance_importer, floor) -%}
    (case when ({{ variance_exporter }}) + ({{ variance_importer }}) > 0 then
        least(1 - {{ floor }}, greatest({{ floor }},
            ({{ variance_importer }}) / (({{ variance_exporter }}) + ({{ variance_importer }})))) end)
{%- endmacro %}

{# True when the gap has one sign with phi = low and another (or none) with phi = high: freight alone explains it. #}
{% macro gap_changes_sign(m_cif, x_fob, phi_low, phi_high) -%}
    (({{ m_cif }}) > 0
        and (({{ m_cif }}) / {{ phi_low }} - ({{ x_fob }})) * (({{ m_cif }}) / {{ phi_high }} - ({{ x_fob }})) <= 0)
{%- endmacro %}

{# The two sides' balances laid against each other: one side's deficit less the surplus that the other side reports.
   Nothing assumes opposite signs: in 2016 the United Kingdom and the United States both reported a surplus. #}
{% macro mirror_balance_gap(deficit_a, surplus_b) -%}
    (({{ deficit_a }}) - ({{ surplus_b }}))
{%- endmacro %}

{% macro mirror_balance_gap_symmetric(deficit_a, surplus_b) -%}
    (2.0 * (({{ deficit_a }}) - ({{ surplus_b }})) / nullif(({{ deficit_a }}) + ({{ surplus_b }}), 0))
{%- endmacro %}

{# Direct exports and those that went through an entrepot, less the entrepot's mark-up mu on its re-exports. #}
{% macro entrepot_adjusted(direct, re_exports, markup) -%}
    (({{ direct }}) + ({{ re_exports }}) / (1 + ({{ markup }})))
{%- endmacro %}
