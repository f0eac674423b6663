-- Technology that one partner sends to each watched home: solar goods by month, official finance and power plants by
-- year. One row for each product, and one for all products together.
with dyads as (

    select home_iso3, partner_iso3, dyad_role from {{ ref('int_dyads__watched') }}

),

observations as (

    select * from {{ ref('observations') }} where value is not null

),

-- The partner's exports of solar goods, as its customs record them. The release lists what was shipped: a product that
-- is not listed for a month adds nothing to that month; a month with no product at all is not known.
solar as (

    select
        observations.partner_iso3 as home_iso3,
        observations.reporter_iso3 as partner_iso3,
        case observations.definition
            when 'solar_exports_value' then 'solar_imports_usd' else 'solar_imports_mw'
        end as metric,
        products.product,
        observations.frequency,
        observations.period,
        observations.value,
        observations.unit,
        observations.is_estimated,
        observations.publisher,
        observations.dataset,
        observations.snapshot_id
    from observations
    inner join {{ ref('solar_products') }} as products on observations.product = products.hs_code
    where observations.definition in ('solar_exports_value', 'solar_exports_capacity')

),

finance as (

    select
        partner_iso3 as home_iso3,
        reporter_iso3 as partner_iso3,
        'finance_commitments' as metric,
        lower(replace(replace(product, 'GCDF:', ''), ' ', '_')) as product,
        frequency,
        period,
        value,
        unit,
        is_estimated,
        publisher,
        dataset,
        snapshot_id
    from observations
    where definition = 'official_finance_commitments'

),

-- The year of a plant is that of its commissioning; plants whose year is not known are in the evidence instead.
plants as (

    select
        partner_iso3 as home_iso3,
        reporter_iso3 as partner_iso3,
        case definition
            when 'power_plant_capacity' then 'power_plant_capacity_mw'
            when 'power_plant_investment' then 'power_plant_investment_usd'
            else 'power_plant_debt_usd'
        end as metric,
        'power_plants' as product,
        frequency,
        period,
        coalesce(value_usd, value) as value,
        case when value_usd is not null then 'USD' else unit end as unit,
        is_estimated,
        publisher,
        dataset,
        snapshot_id
    from observations
    where definition in ('power_plant_capacity', 'power_plant_investment', 'power_plant_debt')

),

lines as (

    select * from solar
    union all
    select * from finance
    union all
    select * from plants

),

together as (

    select
        home_iso3,
        partner_iso3,
        metric,
        product,
        frequency,
        period,
        cast(sum(cast(value as decimal(38, 9))) as double) as value,
        unit,
        max(case when is_estimated then 1 else 0 end) = 1 as is_estimated,
        publisher,
        dataset,
        max(snapshot_id) as snapshot_id
    from lines
    group by home_iso3, partner_iso3, metric, product, frequency, period, unit, publisher, dataset

    union all

    select
        home_iso3,
        partner_iso3,
        metric,
        'all' as product,
        frequency,
        period,
        cast(sum(cast(value as decimal(38, 9))) as double) as value,
        unit,
        max(case when is_estimated then 1 else 0 end) = 1 as is_estimated,
        publisher,
        dataset,
        max(snapshot_id) as snapshot_id
    from lines
    where product <> 'power_plants'
    group by home_iso3, partner_iso3, metric, frequency, period, unit, publisher, dataset

)

select
    together.*,
    dyads.dyad_role,
    {{ period_start('together.period', 'together.frequency', 'cast(null as string)') }} as period_start,
    {{ period_end('together.period', 'together.frequency') }} as period_end
from together
inner join dyads
    on together.home_iso3 = dyads.home_iso3
    and together.partner_iso3 = dyads.partner_iso3
