-- ICT exports by definition, one publisher per cell. ICT services, ICT goods and parts of them are different things
-- and are never summed; which series means which definition says seeds/ict_definitions.csv.
with observations as (

    select * from {{ ref('observations') }}

),

published as (

    select
        observations.reporter_iso3 as country_iso3,
        observations.frequency,
        observations.period,
        observations.period_start,
        observations.period_end,
        definitions.definition,
        observations.value_usd as exports_usd,
        totals.value_usd as services_exports_usd,
        false as is_derived,
        observations.is_provisional,
        observations.publisher,
        observations.dataset,
        observations.snapshot_id,
        definitions.precedence
    from observations
    inner join {{ ref('ict_definitions') }} as definitions
        on observations.dataset = definitions.dataset
        and observations.definition = definitions.observation_definition
        and coalesce(observations.product, '') = coalesce(definitions.product, '')
        and coalesce(observations.flow, '') = coalesce(definitions.flow, '')
    left join observations as totals
        on totals.dataset = definitions.dataset
        and totals.definition = definitions.services_total_definition
        and coalesce(totals.product, '') = coalesce(definitions.services_total_product, '')
        and totals.reporter_iso3 = observations.reporter_iso3
        and totals.frequency = observations.frequency
        and totals.period = observations.period
        and totals.period_start = observations.period_start
        and coalesce(totals.flow, '') = coalesce(definitions.flow, '')

),

-- ICT goods are published as a share of merchandise exports only, so the amount is derived from two published figures.
goods as (

    select
        shares.reporter_iso3 as country_iso3,
        shares.frequency,
        shares.period,
        shares.period_start,
        shares.period_end,
        'ict_goods' as definition,
        {{ percent_of('shares.value', 'merchandise.value') }} as exports_usd,
        cast(null as double) as services_exports_usd,
        true as is_derived,
        shares.is_provisional or merchandise.is_provisional as is_provisional,
        shares.publisher,
        shares.dataset,
        shares.snapshot_id,
        1 as precedence
    from observations as shares
    inner join observations as merchandise
        on merchandise.dataset = shares.dataset
        and merchandise.reporter_iso3 = shares.reporter_iso3
        and merchandise.period = shares.period
        and merchandise.definition = 'TX.VAL.MRCH.CD.WT'
    where shares.dataset = 'world_bank.wdi' and shares.definition = 'TX.VAL.ICTG.ZS.UN'

),

candidates as (

    select * from published
    union all
    select * from goods

),

ranked as (

    select
        candidates.*,
        row_number() over (
            partition by country_iso3, frequency, period, definition order by precedence
        ) as rank_of_publisher
    from candidates
    where exports_usd is not null

)

select
    country_iso3,
    frequency,
    period,
    period_start,
    period_end,
    definition,
    exports_usd,
    services_exports_usd,
    is_derived,
    is_provisional,
    publisher,
    dataset,
    snapshot_id
from ranked
where rank_of_publisher = 1
