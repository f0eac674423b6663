{# Shares and ratios, as fractions. Plain Jinja: SQL expressions in, one SQL expression out. #}

{# part / whole; NULL when either is missing or the whole is zero. #}
{% macro share(part, whole) -%}
    (({{ part }}) / nullif({{ whole }}, 0))
{%- endmacro %}
