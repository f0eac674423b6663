-- Revealed comparative advantage: a product's share in a country's exports over its share in the world's, and the same
-- made symmetric. A product that the country does not export at all has an advantage of zero.
with baskets as (

    select * from {{ ref('int_structure__baskets') }}
    where is_whole and level = 'world' and flow = 'export' and product_level in ('hs2', 'lall')

),

lines as (

    select * from {{ ref('int_structure__basket_lines') }}

),

pairs as (

    select
        own.*,
        world.basket_id as world_basket_id,
        world.basket_usd as world_basket_usd,
        world.dataset as reference_dataset
    from baskets as own
    inner join baskets as world
        on own.frequency = world.frequency
        and own.period = world.period
        and own.product_level = world.product_level
        and world.home_iso3 = 'WLD'
        and world.view = 'third_party'
    where own.home_iso3 <> 'WLD'

),

advantages as (

    select
        pairs.*,
        world.product,
        {{ relative_share(
            'coalesce(own.value_usd, 0)', 'pairs.basket_usd', 'world.value_usd', 'pairs.world_basket_usd'
        ) }} as rca
    from pairs
    inner join lines as world on pairs.world_basket_id = world.basket_id
    left join lines as own on pairs.basket_id = own.basket_id and world.product = own.product
    where world.product not in ('unmapped', 'LDC99')

)

{% for index, value in {'rca': 'rca', 'rsca': symmetric_advantage('rca')}.items() %}
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
    product_level,
    product,
    {{ value }} as value,
    cast(null as int) as n_products,
    dataset,
    reference_dataset,
    cast(null as string) as null_reason
from advantages
{% if not loop.last %}union all{% endif %}
{% endfor %}
