-- Has one side changed how it counts? The log gap of a period against the median of the periods before it, in median
-- absolute deviations of those. All of the preceding periods must be there. A record that stops covering some of its
-- declarations, as Pakistan's imports did for years, shows as such a break and in no other test.
-- Years only: five months of goods in transit scatter so that every fourth month would break with them.
with cells as (

    select
        home_iso3,
        partner_iso3,
        frequency,
        period,
        flow,
        gap_log,
        year(period_start) as year_number
    from {{ ref('int_trade__mirror_cells') }}
    where gap_log is not null and frequency in ('A', 'FY')

),

preceding as (

    select
        cells.home_iso3,
        cells.partner_iso3,
        cells.frequency,
        cells.period,
        cells.flow,
        cells.gap_log,
        earlier.gap_log as earlier_gap_log
    from cells
    inner join cells as earlier
        on cells.home_iso3 = earlier.home_iso3
        and cells.partner_iso3 = earlier.partner_iso3
        and cells.frequency = earlier.frequency
        and cells.flow = earlier.flow
        and earlier.year_number < cells.year_number
        and earlier.year_number >= cells.year_number - {{ parameter('structural_break_years') }}

),

medians as (

    select
        home_iso3, partner_iso3, frequency, period, flow,
        median(earlier_gap_log) as earlier_median,
        count(*) as n_earlier
    from preceding
    group by home_iso3, partner_iso3, frequency, period, flow

),

deviations as (

    select
        preceding.home_iso3,
        preceding.partner_iso3,
        preceding.frequency,
        preceding.period,
        preceding.flow,
        max(abs(preceding.gap_log - medians.earlier_median)) as deviation,
        median(abs(preceding.earlier_gap_log - medians.earlier_median)) as earlier_deviation,
        max(medians.n_earlier) as n_earlier
    from preceding
    inner join medians
        on preceding.home_iso3 = medians.home_iso3
        and preceding.partner_iso3 = medians.partner_iso3
        and preceding.frequency = medians.frequency
        and preceding.period = medians.period
        and preceding.flow = medians.flow
    group by preceding.home_iso3, preceding.partner_iso3, preceding.frequency, preceding.period, preceding.flow

)

select
    home_iso3,
    partner_iso3,
    frequency,
    period,
    flow,
    deviation,
    earlier_deviation,
    n_earlier >= {{ parameter('structural_break_years') }}
        and deviation > {{ parameter('structural_break_mads') }} * earlier_deviation as is_structural_break
from deviations
