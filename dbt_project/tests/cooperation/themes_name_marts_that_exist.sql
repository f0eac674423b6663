-- A theme is answered by a mart that exists, and says so; one that nothing answers says that no public source was found.
{%- set marts = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and 'marts' in node.fqn -%}
        {%- do marts.append(node.alias) -%}
    {%- endfor -%}
{%- endif %}

select theme_id, answered_by, answer, gap
from {{ ref('themes') }}
where
    (answered_by is not null and answered_by not in ('{{ marts | join("', '") }}'))
    or (answered_by is null) <> (answer is null)
    or (answered_by is null and gap is null)
