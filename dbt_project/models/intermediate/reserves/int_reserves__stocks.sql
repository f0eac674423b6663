-- Reserves by definition, one publisher per cell; seeds/reserve_definitions.csv says which series means which
-- definition.
-- A stock belongs to one day, the end of its period.
with candidates as (

    select
        observations.reporter_iso3 as country_iso3,
        definitions.definition,
        observations.frequency,
        observations.period,
        observations.period_start,
        observations.period_end,
        observations.value_usd as reserves_usd,
        observations.is_provisional,
        observations.publisher,
        observations.dataset,
        observations.snapshot_id,
        definitions.includes_gold,
        definitions.view_rank,
        definitions.trade_source,
        row_number() over (
            partition by
                observations.reporter_iso3, definitions.definition, observations.frequency, observations.period
            order by definitions.precedence
        ) as precedence
    from {{ ref('observations') }} as observations
    inner join {{ ref('reserve_definitions') }} as definitions
        on observations.dataset = definitions.dataset
        and observations.definition = definitions.observation_definition
    where observations.frequency in ('A', 'M', 'W')

)

select
    country_iso3,
    definition,
    frequency,
    period,
    period_start,
    period_end,
    {{ month_number('period_end') }} as month_number,
    -- The last month that is over on the day of the stock.
    {{ month_number('period_end') }} - case when period_end = last_day(period_end) then 0 else 1 end
        as last_full_month_number,
    reserves_usd,
    is_provisional,
    publisher,
    dataset,
    snapshot_id,
    includes_gold,
    view_rank,
    trade_source
from candidates
where precedence = 1
