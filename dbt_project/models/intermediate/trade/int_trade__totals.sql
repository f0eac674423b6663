-- Published totals of goods trade by reporter, partner and flow, in US dollars, and years that are sums of them.
-- Twelve months of one series make a year, calendar or fiscal; eleven do not, and a January and February that were
-- published together are never split. Fiscal years are not made from calendar years, nor the other way round.
with observations as (

    select * from {{ ref('observations') }} where product = 'TOTAL' and flow in ('export', 'import', 'total')

),

months_by_year as (

    select observations.*, 'A' as year_frequency, cast(year(period_start) as string) as year_period
    from observations
    where frequency = 'M'

    union all

    select observations.*, 'FY' as year_frequency, {{ fiscal_year_of('period_start') }} as year_period
    from observations
    where frequency = 'M'

),

summed_years as (

    select
        series_id,
        publisher,
        dataset,
        reporter_iso3,
        partner_iso3,
        flow,
        definition,
        basis,
        valuation,
        year_frequency as frequency,
        year_period as period,
        min(period_start) as period_start,
        {{ complete_sum('value_usd', 12) }} as value_usd,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
        max(case when is_estimated then 1 else 0 end) = 1 as is_estimated,
        max(case when is_converted then 1 else 0 end) = 1 as is_converted,
        cast(null as double) as fx_rate,
        max(fx_source) as fx_source,
        max(known_from) as known_from,
        max(snapshot_id) as snapshot_id,
        true as is_aggregated
    from months_by_year
    group by
        series_id, publisher, dataset, reporter_iso3, partner_iso3, flow, definition, basis, valuation,
        year_frequency, year_period

)

select
    series_id,
    publisher,
    dataset,
    reporter_iso3,
    partner_iso3,
    flow,
    definition,
    basis,
    valuation,
    frequency,
    period,
    period_start,
    value_usd,
    is_provisional,
    is_estimated,
    is_converted,
    fx_rate,
    fx_source,
    known_from,
    snapshot_id,
    false as is_aggregated
from observations

union all

select * from summed_years where value_usd is not null
