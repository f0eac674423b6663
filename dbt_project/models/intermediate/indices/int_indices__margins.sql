-- Hummels and Klenow: of what the reference trades, how much lies in products that home trades at all (extensive), and
-- how large home's part is in those (intensive). The reference of a country is the world's exports; of a pair, what the
-- partner buys from (for home's exports) or sells to (for home's imports) the whole world.
with baskets as (

    select * from {{ ref('int_structure__baskets') }} where is_whole and product_level in ('hs2', 'hs6', 'sitc_group')

),

lines as (

    select * from {{ ref('int_structure__basket_lines') }}

),

pairs as (

    select
        own.*,
        reference.basket_id as reference_basket_id,
        reference.dataset as reference_dataset,
        row_number() over (
            partition by own.basket_id order by case reference.view when 'home_reported' then 0 else 1 end
        ) as place
    from baskets as own
    inner join baskets as reference
        on own.frequency = reference.frequency
        and own.period = reference.period
        and own.product_level = reference.product_level
        and reference.level = 'world'
        and (
            (own.level = 'world' and own.flow = 'export' and reference.home_iso3 = 'WLD' and reference.flow = 'export')
            or (own.level = 'bilateral' and reference.home_iso3 = own.partner_iso3 and reference.flow <> own.flow)
        )
        and (own.product_level <> 'hs6' or own.edition = reference.edition)
    where own.home_iso3 <> 'WLD'

),

-- What home trades and the reference does not record counts too: extensive x intensive is home's whole share.
products as (

    select basket_id, product, {{ exact_sum('reference_usd') }} as reference_usd, {{ exact_sum('own_usd') }} as own_usd
    from (
        select pairs.basket_id, lines.product, lines.value_usd as reference_usd, cast(null as double) as own_usd
        from pairs
        inner join lines on pairs.reference_basket_id = lines.basket_id
        where pairs.place = 1

        union all

        select pairs.basket_id, lines.product, cast(null as double) as reference_usd, lines.value_usd as own_usd
        from pairs
        inner join lines on pairs.basket_id = lines.basket_id
        where pairs.place = 1
    ) as both_sides
    group by basket_id, product

),

margins as (

    select
        basket_id,
        {{ extensive_margin('reference_usd', 'own_usd') }} as extensive_margin,
        {{ intensive_margin('reference_usd', 'own_usd') }} as intensive_margin,
        count(case when own_usd > 0 then 1 end) as n_products
    from products
    group by basket_id

)

{% for index in ['extensive_margin', 'intensive_margin'] %}
select
    pairs.home_iso3,
    pairs.partner_iso3,
    pairs.level,
    pairs.frequency,
    pairs.period,
    pairs.period_start,
    pairs.flow,
    pairs.view,
    '{{ index }}' as index_name,
    pairs.product_level,
    cast(null as string) as product,
    margins.{{ index }} as value,
    cast(margins.n_products as int) as n_products,
    pairs.dataset,
    pairs.reference_dataset,
    case when margins.{{ index }} is null then 'nothing was traded' end as null_reason
from pairs
inner join margins on pairs.basket_id = margins.basket_id
where pairs.place = 1
{% if not loop.last %}union all{% endif %}
{% endfor %}
