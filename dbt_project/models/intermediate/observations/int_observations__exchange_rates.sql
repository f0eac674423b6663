-- Units of a currency per US dollar, one rate for each source and period. Monthly figures are converted at the month's
-- mean, years at the year's: never the one for the other.
with known as (

    select * from {{ ref('int_observations__history') }} where known_to is null and change <> 'deleted'

),

units as (

    select * from {{ ref('unit_factors') }}

),

precedence as (

    select * from {{ ref('publisher_precedence') }}

),

-- Period means only: a rate whose definition says anything more than its unit (end of period) is not one.
quoted as (

    select
        dataset,
        reporter_iso3,
        case when unit like '___ per USD' then substr(unit, 1, 3) else substr(unit, 9, 3) end as currency,
        frequency,
        period,
        period_start,
        case when unit like '___ per USD' then value else 1 / nullif(value, 0) end as per_usd,
        case when unit like '___ per USD' then 1 else 2 end as directness
    from known
    where definition = lower(replace(unit, ' ', '_'))
        and (unit like '___ per USD' or unit like 'USD per ___')
        and frequency in ('A', 'FY', 'M')

),

published as (

    select dataset, currency, frequency, period, period_start, per_usd
    from (
        select
            quoted.*,
            row_number() over (
                partition by dataset, currency, frequency, period order by directness, reporter_iso3
            ) as place
        from quoted
        where per_usd is not null
    ) as ranked
    where place = 1

),

-- Means over the twelve months of a year, where the source has no mean of its own for that year.
months_by_year as (

    select dataset, currency, 'A' as frequency, cast(year(period_start) as string) as period, per_usd
    from published
    where frequency = 'M'

    union all

    select dataset, currency, 'FY' as frequency, {{ fiscal_year_of('period_start') }} as period, per_usd
    from published
    where frequency = 'M'

),

averaged as (

    select dataset, currency, frequency, period, {{ complete_mean('per_usd', 12) }} as per_usd
    from months_by_year
    group by dataset, currency, frequency, period

),

market as (

    select dataset, currency, frequency, period, per_usd, 1 as place from published

    union all

    select dataset, currency, frequency, period, per_usd, 2 as place from averaged where per_usd is not null

),

-- Customs convert at rates of their own. Where a country's customs publish the same year's trade with the world in
-- both currencies, the two sums say at which rate: better for their own figures than any market's.
customs_totals as (

    select
        known.dataset,
        known.reporter_iso3,
        known.period,
        units.currency,
        {{ complete_sum('known.value * units.factor', 2) }} as total
    from known
    inner join units on known.unit = units.unit
    where known.definition = 'goods_trade'
        and known.basis = 'customs'
        and known.product = 'TOTAL'
        and known.partner_iso3 = 'WLD'
        and known.flow in ('export', 'import')
        and known.frequency = 'A'
    group by known.dataset, known.reporter_iso3, known.period, units.currency

),

dollar_totals as (

    select
        customs_totals.*,
        row_number() over (
            partition by customs_totals.reporter_iso3, customs_totals.period order by precedence.rank
        ) as place
    from customs_totals
    inner join precedence
        on customs_totals.dataset = precedence.dataset
        and precedence.purpose = 'trade'
        and precedence.view = 'own'
        and precedence.basis = 'customs'
        and precedence.frequency = 'A'
    where customs_totals.currency = 'USD' and customs_totals.total is not null

),

implied as (

    select
        own.dataset,
        own.currency,
        own.period,
        own.total / nullif(dollars.total, 0) as per_usd,
        dollars.dataset as dollar_dataset
    from customs_totals as own
    inner join dollar_totals as dollars
        on own.reporter_iso3 = dollars.reporter_iso3
        and own.period = dollars.period
        and dollars.place = 1
    where own.currency <> 'USD' and own.total is not null

),

-- The same, where somebody else has worked it out and a dataset carries it along.
carried_along as (

    select dataset, substr(unit, 1, 3) as currency, frequency, period, value as per_usd
    from known
    where unit like '___ per USD' and definition = concat(lower(replace(unit, ' ', '_')), '_implied')

)

select
    market.currency,
    market.frequency,
    market.period,
    cast(null as string) as only_for_dataset,
    market.per_usd,
    concat(market.dataset, case when market.place = 2 then ' (mean of 12 months)' else '' end) as fx_source,
    precedence.rank * 10 + market.place as rank
from market
inner join precedence
    on market.dataset = precedence.dataset
    and precedence.purpose = 'exchange_rate'

union all

select
    currency,
    'A' as frequency,
    period,
    dataset as only_for_dataset,
    per_usd,
    concat('implied by world totals of ', dataset, ' and ', dollar_dataset) as fx_source,
    1 as rank
from implied

union all

select
    currency,
    frequency,
    period,
    dataset as only_for_dataset,
    per_usd,
    concat('implied, as carried by ', dataset) as fx_source,
    0 as rank
from carried_along
