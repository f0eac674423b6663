-- World Development Indicators. The API leaves the unit empty, so it comes from the seed; an indicator that the seed
-- no longer names is no longer in use.
with published as (

    select * from {{ read_parsed('world_bank', 'wdi') }}

),

indicators as (

    select indicator_code, unit from {{ ref('indicators') }} where dataset = 'world_bank.wdi'

),

named as (

    select
        published.country_iso3 as reporter_iso3,
        cast(null as string) as partner_iso3,
        cast(null as string) as product,
        cast(null as string) as flow,
        published.indicator as definition,
        cast(null as string) as basis,
        cast(null as string) as valuation,
        'A' as frequency,
        published.period,
        cast(null as string) as period_label,
        published.value,
        indicators.unit,
        coalesce(published.obs_status = 'P', false) as is_provisional,
        coalesce(published.obs_status in ('E', 'F'), false) as is_estimated,
        cast(null as string) as citation,
        nullif(published.obs_status, '') as note,
        published.change,
        published.known_from,
        published.snapshot_id,
        published.release
    from published
    inner join indicators on published.indicator = indicators.indicator_code

)

{{ observation_layout('named', 'world_bank', 'wdi') }}
