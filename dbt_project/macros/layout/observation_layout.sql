{# The one layout in which every staging model ends: one row for each change of one point of one series.
   `relation` is a CTE that names what the publisher's own columns mean. The identity of a series is readable text,
   the same on every machine and in every build. #}
{% macro observation_layout(relation, publisher, dataset) %}
select
    lower(concat_ws('|',
        '{{ publisher }}.{{ dataset }}', coalesce(reporter_iso3, ''), coalesce(partner_iso3, ''),
        coalesce(product, ''), coalesce(flow, ''), coalesce(definition, ''), coalesce(basis, ''), frequency
    )) as series_id,
    '{{ publisher }}' as publisher,
    '{{ publisher }}.{{ dataset }}' as dataset,
    reporter_iso3,
    partner_iso3,
    product,
    flow,
    definition,
    basis,
    valuation,
    frequency,
    period,
    {{ period_start('period', 'frequency', 'period_label') }} as period_start,
    {{ period_end('period', 'frequency') }} as period_end,
    period_label,
    value,
    unit,
    is_provisional,
    is_estimated,
    citation,
    note,
    change,
    cast(known_from as timestamp) as known_from,
    snapshot_id,
    release
from {{ relation }}
{% endmacro %}

{# Staging of a dataset that no API serves: its columns are the layout's already. #}
{% macro stage_published_figures(publisher, dataset) %}
with published as (

    select * from {{ read_parsed(publisher, dataset) }}

)

{{ observation_layout('published', publisher, dataset) }}
{% endmacro %}
