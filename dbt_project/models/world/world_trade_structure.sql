{{ config(schema='marts', materialized='view') }}
-- What is traded between every pair of countries, by group of goods, as home's exports and as its imports. A view: every
-- number is stored (int_world__structure), and what is only words or the same twice is added when it is read.
-- Relations without the name of the file, which is another one once it is published.
{%- set told = {} -%}
{%- for name in ['int_world__structure', 'int_world__pairs', 'int_world__groups', 'int_world__unclassified',
    'stg_baci__countries', 'parameters'] -%}
    {%- do told.update({name: ref(name).include(database=false)}) -%}
{%- endfor %}
{%- set part = share('known.value_usd', 'pairs.value_usd') %}

{% for flow, home, partner in [('export', 'exporter', 'importer'), ('import', 'importer', 'exporter')] %}
select
    homes.iso3 as home_iso3,
    partners.iso3 as partner_iso3,
    'bilateral' as level,
    homes.iso3 as reporter_iso3,
    'A' as frequency,
    cast(pairs.year as string) as period,
    make_date(pairs.year, 1, 1) as period_start,
    '{{ flow }}' as flow,
    'third_party' as view,
    product_groups.grouping,
    product_groups.group_code,
    product_groups.group_label,
    known.value_usd,
    {{ part }} as share,
    case when {{ part }} is not null then 'computed' end as share_basis,
    'all goods' as share_of,
    pairs.value_usd as total_usd,
    cast(1.0 as double) as coverage_share,
    known.n_lines,
    'hs6' as product_level,
    '{{ var("baci_edition") }}' as hs_edition,
    case
        when product_groups.grouping in ('sitc', 'bec', 'lall') then coalesce(unclassified.share, 0.0)
    end as unclassified_share,
    coalesce(unclassified.share > (
        select value from {{ told.parameters }} where parameter = 'structure_unclassified_max'
    ), false) as low_confidence,
    'FOB' as valuation,
    '{{ var("baci_publisher") }}' as publisher,
    '{{ var("baci_publisher") }}.world' as dataset,
    false as is_provisional,
    true as is_estimated,
    case when {{ part }} is null then 'the total is zero' end as null_reason
from {{ told.int_world__structure }} as known
inner join {{ told.int_world__pairs }} as pairs on known.pair_id = pairs.pair_id
inner join {{ told.stg_baci__countries }} as homes on pairs.{{ home }}_code = homes.country_code
inner join {{ told.stg_baci__countries }} as partners on pairs.{{ partner }}_code = partners.country_code
inner join {{ told.int_world__groups }} as product_groups on known.group_id = product_groups.group_id
left join {{ told.int_world__unclassified }} as unclassified
    on known.pair_id = unclassified.pair_id
    and product_groups.grouping = unclassified.grouping
{% if not loop.last %}union all{% endif %}
{% endfor %}
