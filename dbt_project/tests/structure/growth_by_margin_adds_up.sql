-- Continuing, new and given-up products together are the change of the table on the year before.
with margins as (

    select
        home_iso3, partner_iso3, flow, view, product_level, year(period_start) as year_number,
        {{ complete_sum('value', 3) }} as change_usd
    from {{ ref('trade_indices') }}
    where index_name in ('growth_of_continuing', 'growth_of_entry', 'growth_of_exit')
    group by home_iso3, partner_iso3, flow, view, product_level, year(period_start)

),

levels as (

    select
        home_iso3, partner_iso3, flow, view, product_level, year(period_start) as year_number, value_usd
    from {{ ref('trade_concentration') }}
    where frequency = 'A' and hhi is not null

)

select margins.*, after.value_usd - before.value_usd as expected_usd
from margins
inner join levels as after
    on margins.home_iso3 = after.home_iso3
    and margins.partner_iso3 = after.partner_iso3
    and margins.flow = after.flow
    and margins.view = after.view
    and margins.product_level = after.product_level
    and margins.year_number = after.year_number
inner join levels as before
    on margins.home_iso3 = before.home_iso3
    and margins.partner_iso3 = before.partner_iso3
    and margins.flow = before.flow
    and margins.view = before.view
    and margins.product_level = before.product_level
    and margins.year_number = before.year_number + 1
where abs(margins.change_usd - (after.value_usd - before.value_usd)) > 1
