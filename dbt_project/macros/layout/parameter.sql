{# One number from seeds/parameters.csv. No number of policy stands in a model. #}
{% macro parameter(name) -%}
    (select value from {{ ref('parameters') }} where parameter = '{{ name }}')
{%- endmacro %}
