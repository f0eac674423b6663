-- Grubel and Lloyd: how much of the trade goes both ways within the same products, over both flows of one reporter. The
-- raw index stands beside the one adjusted for the overall imbalance, which is 1 whenever all products share one sign.
with baskets as (

    select * from {{ ref('int_structure__baskets') }} where is_whole and product_level in ('hs2', 'hs6', 'sitc_group')

),

lines as (

    select * from {{ ref('int_structure__basket_lines') }}

),

pairs as (

    select
        exports.*,
        imports.basket_id as import_basket_id,
        imports.dataset as import_dataset
    from baskets as exports
    inner join baskets as imports
        on exports.home_iso3 = imports.home_iso3
        and exports.partner_iso3 = imports.partner_iso3
        and exports.view = imports.view
        and exports.frequency = imports.frequency
        and exports.period = imports.period
        and exports.product_level = imports.product_level
        and exports.dataset = imports.dataset
    where exports.flow = 'export' and imports.flow = 'import'
        and (exports.product_level <> 'hs6' or exports.edition = imports.edition)

),

products as (

    select basket_id, product, {{ exact_sum('x') }} as x, {{ exact_sum('m') }} as m
    from (
        select pairs.basket_id, lines.product, lines.value_usd as x, 0.0 as m
        from pairs
        inner join lines on pairs.basket_id = lines.basket_id

        union all

        select pairs.basket_id, lines.product, 0.0 as x, lines.value_usd as m
        from pairs
        inner join lines on pairs.import_basket_id = lines.basket_id
    ) as both_flows
    group by basket_id, product

),

indices as (

    select
        basket_id,
        {{ grubel_lloyd('x', 'm') }} as grubel_lloyd,
        {{ grubel_lloyd_adjusted('x', 'm') }} as grubel_lloyd_adjusted,
        count(*) as n_products
    from products
    group by basket_id

)

{% for index in ['grubel_lloyd', 'grubel_lloyd_adjusted'] %}
select
    pairs.home_iso3,
    pairs.partner_iso3,
    pairs.level,
    pairs.frequency,
    pairs.period,
    pairs.period_start,
    'both' as flow,
    pairs.view,
    '{{ index }}' as index_name,
    pairs.product_level,
    cast(null as string) as product,
    indices.{{ index }} as value,
    cast(indices.n_products as int) as n_products,
    pairs.dataset,
    pairs.import_dataset as reference_dataset,
    case when indices.{{ index }} is null then 'nothing was traded, or nothing is left to adjust' end as null_reason
from pairs
inner join indices on pairs.basket_id = indices.basket_id
{% if not loop.last %}union all{% endif %}
{% endfor %}
