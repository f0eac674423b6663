-- Two baskets against each other: a country's exports and the world's (Finger and Kreinin), and what home sells to the
-- world and the partner buys from it (complementarity). Six-digit baskets of two editions of the HS are not compared.
with baskets as (

    select * from {{ ref('int_structure__baskets') }} where is_whole and level = 'world'

),

lines as (

    select * from {{ ref('int_structure__basket_lines') }}

),

-- Of a country's own report and a third party's reconciliation, its own report.
own_reports as (

    select * from (
        select
            baskets.*,
            row_number() over (
                partition by home_iso3, frequency, period, flow, product_level
                order by case view when 'home_reported' then 0 else 1 end
            ) as place
        from baskets
        where product_level in ('hs2', 'sitc_group', 'hs6')
    ) as ranked
    where place = 1

),

pairs as (

    select
        'structure_difference' as index_name,
        own.home_iso3,
        own.partner_iso3,
        own.level,
        own.flow,
        own.view,
        own.basket_id,
        other.basket_id as other_basket_id,
        own.product_level,
        own.frequency,
        own.period,
        own.period_start,
        own.dataset,
        other.dataset as reference_dataset,
        own.edition = other.edition as is_same_edition
    from baskets as own
    inner join baskets as other
        on own.frequency = other.frequency
        and own.period = other.period
        and own.flow = other.flow
        and own.product_level = other.product_level
        and other.home_iso3 = 'WLD'
        and other.view = 'third_party'
    where own.home_iso3 <> 'WLD' and own.product_level in ('hs2', 'sitc_group')

    union all

    select
        'trade_complementarity' as index_name,
        dyads.home_iso3,
        dyads.partner_iso3,
        'bilateral' as level,
        own.flow,
        own.view,
        own.basket_id,
        other.basket_id as other_basket_id,
        own.product_level,
        own.frequency,
        own.period,
        own.period_start,
        own.dataset,
        other.dataset as reference_dataset,
        own.edition = other.edition as is_same_edition
    from {{ ref('int_dyads__watched') }} as dyads
    inner join own_reports as own on dyads.home_iso3 = own.home_iso3
    inner join own_reports as other
        on dyads.partner_iso3 = other.home_iso3
        and own.frequency = other.frequency
        and own.period = other.period
        and own.product_level = other.product_level
        and own.flow <> other.flow

),

comparable as (

    select
        pairs.*,
        concat_ws('|', index_name, home_iso3, partner_iso3, basket_id, other_basket_id) as pair_id
    from pairs
    where product_level <> 'hs6' or is_same_edition

),

shares as (

    select
        pair_id,
        product,
        {{ exact_sum('own_share') }} as own_share,
        {{ exact_sum('other_share') }} as other_share
    from (
        select comparable.pair_id, lines.product, lines.share as own_share, 0.0 as other_share
        from comparable
        inner join lines on comparable.basket_id = lines.basket_id

        union all

        select comparable.pair_id, lines.product, 0.0 as own_share, lines.share as other_share
        from comparable
        inner join lines on comparable.other_basket_id = lines.basket_id
    ) as both_sides
    group by pair_id, product

),

compared as (

    select
        pair_id,
        {{ structure_difference('own_share', 'other_share') }} as structure_difference,
        {{ trade_complementarity('other_share', 'own_share') }} as trade_complementarity,
        count(*) as n_products
    from shares
    group by pair_id

)

select
    comparable.home_iso3,
    comparable.partner_iso3,
    comparable.level,
    comparable.frequency,
    comparable.period,
    comparable.period_start,
    comparable.flow,
    comparable.view,
    comparable.index_name,
    comparable.product_level,
    cast(null as string) as product,
    case comparable.index_name
        when 'structure_difference' then compared.structure_difference
        else compared.trade_complementarity
    end as value,
    cast(compared.n_products as int) as n_products,
    comparable.dataset,
    comparable.reference_dataset,
    cast(null as string) as null_reason
from comparable
inner join compared on comparable.pair_id = compared.pair_id
