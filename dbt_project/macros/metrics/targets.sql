{# Paths to a target. Plain Jinja: SQL expressions in, one SQL expression out. #}

{# Yearly growth of exports that brings the deficit to `target_deficit` in n years while imports grow by import_growth a
   year: ((M (1 + g)^n - D) / X)^(1/n) - 1. NULL when no exports are needed for it, or there is nothing to grow from. #}
{% macro required_export_growth(exports, imports, target_deficit, n, import_growth) -%}
    (case when ({{ imports }}) * power(1 + ({{ import_growth }}), {{ n }}) - ({{ target_deficit }}) > 0
            and ({{ exports }}) > 0 and ({{ n }}) > 0
        then power(
            (({{ imports }}) * power(1 + ({{ import_growth }}), {{ n }}) - ({{ target_deficit }})) / ({{ exports }}),
            1 / ({{ n }})
        ) - 1 end)
{%- endmacro %}
