-- Every number (double) in a mart has its formula, unit, reference and caveat in the table `definitions`.
{%- set numbers = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and 'marts' in node.fqn -%}
        {%- for column in node.columns.values() if column.data_type == 'double' -%}
            {%- do numbers.append((node.alias, column.name)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif %}

with numbers as (

    {% for mart, column in numbers -%}
    select '{{ mart }}' as mart, '{{ column }}' as column_name
    {% if not loop.last %}union all{% endif %}
    {% else -%}
    select cast(null as string) as mart, cast(null as string) as column_name where false
    {% endfor %}

)

select numbers.mart, numbers.column_name
from numbers
left join {{ ref('definitions') }} as definitions
    on definitions.column_name = numbers.column_name
    and concat(',', definitions.mart, ',') like concat('%,', numbers.mart, ',%')
where definitions.metric is null
