-- Education statistics by the country that they describe; the unit comes from the seed, as does what is in use.
with published as (

    select * from {{ read_parsed('unesco_uis', 'education') }}

),

indicators as (

    select indicator_code, unit from {{ ref('indicators') }} where dataset = 'unesco_uis.education'

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
        false as is_provisional,
        -- UIS_EST is the Institute's own estimate, NAT_EST the country's.
        coalesce(published.qualifier like '%EST%', false) as is_estimated,
        cast(null as string) as citation,
        nullif(concat_ws('; ', published.indicator_name, published.qualifier, published.magnitude), '') as note,
        published.change,
        published.known_from,
        published.snapshot_id,
        published.release
    from published
    inner join indicators on published.indicator = indicators.indicator_code

)

{{ observation_layout('named', 'unesco_uis', 'education') }}
