-- Where a publisher prints a month and the two cumulated figures around it, the month is their difference. First
-- prints are revised within the cumulated figure and not in the month, so this warns and blocks nothing.
{{ config(severity='warn') }}

with cumulated as (

    select
        dataset,
        reporter_iso3,
        partner_iso3,
        product,
        flow,
        definition,
        basis,
        unit,
        period,
        period_start,
        value,
        lag(value) over same_year as previous_value,
        lag(period_end) over same_year as previous_end,
        period_end
    from {{ ref('observations') }}
    where frequency = 'YTD'
    window same_year as (
        partition by dataset, reporter_iso3, partner_iso3, product, flow, definition, basis, unit, period_start
        order by period
    )

),

one_month_apart as (

    select cumulated.*, {{ ytd_increment('value', 'previous_value') }} as increment
    from cumulated
    where year(period_end) * 12 + month(period_end) - 1 = year(previous_end) * 12 + month(previous_end)

)

select months.series_id, months.period, months.value, one_month_apart.increment
from one_month_apart
inner join {{ ref('observations') }} as months
    on months.frequency = 'M'
    and one_month_apart.dataset = months.dataset
    and one_month_apart.reporter_iso3 = months.reporter_iso3
    and coalesce(one_month_apart.partner_iso3, '') = coalesce(months.partner_iso3, '')
    and coalesce(one_month_apart.product, '') = coalesce(months.product, '')
    and coalesce(one_month_apart.flow, '') = coalesce(months.flow, '')
    and one_month_apart.definition = months.definition
    and coalesce(one_month_apart.basis, '') = coalesce(months.basis, '')
    and one_month_apart.unit = months.unit
    and one_month_apart.period = months.period
where abs(months.value - one_month_apart.increment) > 0.005 * abs(months.value)
