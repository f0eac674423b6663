-- The goods in each basket, one row a product; only baskets that are whole.
with baskets as (

    select * from {{ ref('int_structure__baskets') }} where is_whole

)

select
    baskets.basket_id,
    lines.product,
    lines.value_usd,
    {{ share('lines.value_usd', 'baskets.basket_usd') }} as share
from baskets
inner join {{ ref('int_structure__lines') }} as lines on baskets.table_id = lines.table_id
where baskets.product_level <> 'sitc_group'

union all

select
    baskets.basket_id,
    known.group_code as product,
    known.value_usd,
    {{ share('known.value_usd', 'baskets.basket_usd') }} as share
from baskets
inner join {{ ref('int_structure__values') }} as known on baskets.table_id = known.table_id
where
    baskets.product_level = 'sitc_group'
    and known.grouping = 'sitc_group'
    and known.group_code not in ('ambiguous', 'unmapped')
