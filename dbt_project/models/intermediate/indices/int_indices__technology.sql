-- Lall's technology classes gathered: primary and resource-based goods, medium and high technology, and everything that
-- is manufactured beyond its resource, over what has a class at all.
with classes as (

    select * from {{ ref('int_structure__answers') }}
    where place = 1 and grouping = 'lall' and share is not null

),

gathered as (

    select
        home_iso3,
        partner_iso3,
        level,
        frequency,
        period,
        period_start,
        flow,
        view,
        dataset,
        product_level,
        max(unclassified_share) as unclassified_share,
        sum(case when parent in ('primary', 'resource_based') then value_usd else 0.0 end) as primary_usd,
        sum(case when parent in ('medium', 'high') then value_usd else 0.0 end) as medium_high_usd,
        sum(case when parent in ('low', 'medium', 'high') then value_usd else 0.0 end) as manufactured_usd,
        sum(case when parent <> 'unclassified' then value_usd else 0.0 end) as classified_usd,
        sum(n_group_lines) as n_products
    from classes
    group by home_iso3, partner_iso3, level, frequency, period, period_start, flow, view, dataset, product_level

)

{% set indices = {
    'primary_resource_share': share('primary_usd', 'classified_usd'),
    'medium_high_technology_share': share('medium_high_usd', 'classified_usd'),
    'value_added_share': share('manufactured_usd', 'classified_usd'),
    'unclassified_share': 'unclassified_share'
} %}
{% for index, value in indices.items() %}
select
    home_iso3,
    partner_iso3,
    level,
    frequency,
    period,
    period_start,
    flow,
    view,
    '{{ index }}' as index_name,
    'lall' as product_level,
    cast(null as string) as product,
    {{ value }} as value,
    cast(case when product_level = 'hs6' then n_products end as int) as n_products,
    dataset,
    cast(null as string) as reference_dataset,
    case when {{ value }} is null then 'nothing that has a class was traded' end as null_reason
from gathered
{% if not loop.last %}union all{% endif %}
{% endfor %}
