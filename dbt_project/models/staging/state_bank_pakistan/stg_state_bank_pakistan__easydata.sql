-- EasyData, the State Bank's API (needs a key; without one this is an empty table). The seed says what a series
-- measures; in the two datasets by country, the name of the series gives the partner away.
with published as (

    select * from {{ read_parsed('state_bank_pakistan', 'easydata') }}

),

meanings as (

    select * from {{ ref('easydata_series') }}

),

-- Only partners of the seed are asked for, each by any name that it goes by. Where a series bears two of them ("Hong
-- Kong SAR China" holds China too), the longer one is meant.
partners as (

    select dyads.partner_iso3 as iso3, lower(countries.name) as country_name
    from {{ ref('dyads') }} as dyads
    inner join {{ ref('countries') }} as countries on dyads.partner_iso3 = countries.iso3
    where dyads.home_iso3 = 'PAK'

    union

    select dyads.partner_iso3 as iso3, lower(printed.printed_name) as country_name
    from {{ ref('dyads') }} as dyads
    inner join {{ ref('state_bank_countries') }} as printed on dyads.partner_iso3 = printed.iso3
    where dyads.home_iso3 = 'PAK'

),

series as (

    select distinct series_key, series_name, split_part(series_key, '.', 1) as dataset_key from published

),

-- A line of its own in the seed comes before the line of the dataset.
placed_series as (

    select series_key, series_name, definition, product, flow, basis, valuation, unit, partner_iso3
    from (
        select
            series.series_key,
            series.series_name,
            case when meanings.by_partner and partners.iso3 is null then null else meanings.definition end
                as definition,
            meanings.product,
            meanings.flow,
            meanings.basis,
            meanings.valuation,
            meanings.unit,
            case when meanings.by_partner then partners.iso3 else meanings.partner_iso3 end as partner_iso3,
            row_number() over (
                partition by series.series_key, series.series_name
                order by meanings.by_partner, length(partners.country_name) desc nulls last
            ) as place
        from series
        left join meanings
            on meanings.series_key = case when meanings.by_partner then series.dataset_key else series.series_key end
        left join partners
            on meanings.by_partner
            and lower(series.series_name) like concat('%', partners.country_name, '%')
    ) as candidates
    where place = 1

),

named as (

    select
        'PAK' as reporter_iso3,
        placed_series.partner_iso3,
        placed_series.product,
        placed_series.flow,
        -- A series that the seed does not know, or whose partner the name does not give away, stays apart from all
        -- others under its own key.
        coalesce(placed_series.definition, lower(published.series_key)) as definition,
        placed_series.basis,
        placed_series.valuation,
        published.frequency,
        published.period,
        cast(null as string) as period_label,
        published.value,
        coalesce(placed_series.unit, published.unit) as unit,
        coalesce(lower(published.status) like 'p%', false) as is_provisional,
        coalesce(lower(published.status) like 'e%', false) as is_estimated,
        cast(null as string) as citation,
        published.series_name as note,
        published.change,
        published.known_from,
        published.snapshot_id,
        published.release
    from published
    inner join placed_series
        on published.series_key = placed_series.series_key
        and published.series_name = placed_series.series_name

)

{{ observation_layout('named', 'state_bank_pakistan', 'easydata') }}
