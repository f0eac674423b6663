-- Goods trade of a country with the world by month, one dataset per month of a source; sources (State Bank payments,
-- customs) are never mixed. Which series belong to a source says seeds/world_trade_sources.csv.
with candidates as (

    select
        observations.reporter_iso3 as country_iso3,
        sources.trade_source,
        sources.label as trade_label,
        observations.period,
        {{ month_number('observations.period_start') }} as month_number,
        sources.precedence,
        max(case when observations.flow = 'export' then observations.value_usd end) as exports_usd,
        max(case when observations.flow = 'import' then observations.value_usd end) as imports_usd
    from {{ ref('observations') }} as observations
    inner join {{ ref('world_trade_sources') }} as sources
        on observations.dataset = sources.dataset
        and observations.definition = sources.observation_definition
        and observations.basis = sources.basis
    where
        observations.frequency = 'M'
        and coalesce(observations.partner_iso3, 'WLD') = 'WLD'
        and coalesce(observations.product, 'TOTAL') = 'TOTAL'
    group by
        observations.reporter_iso3, sources.trade_source, sources.label, observations.period,
        {{ month_number('observations.period_start') }}, sources.precedence

),

ranked as (

    select
        candidates.*,
        row_number() over (partition by country_iso3, trade_source, month_number order by precedence) as rank_of_dataset
    from candidates

)

select country_iso3, trade_source, trade_label, period, month_number, exports_usd, imports_usd
from ranked
where rank_of_dataset = 1
