-- Terms of trade of each country with the world: as the World Bank prints them, and computed from its two indices of unit
-- values, to be held against each other.
with published as (

    select reporter_iso3, frequency, period, period_start, dataset, definition, value
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi'

),

unit_values as (

    select
        reporter_iso3,
        frequency,
        period,
        min(period_start) as period_start,
        max(dataset) as dataset,
        max(case when definition = 'TX.UVI.MRCH.XD.WD' then value end) as export_unit_value,
        max(case when definition = 'TM.UVI.MRCH.XD.WD' then value end) as import_unit_value
    from published
    where definition in ('TX.UVI.MRCH.XD.WD', 'TM.UVI.MRCH.XD.WD')
    group by reporter_iso3, frequency, period

),

indices as (

    select
        reporter_iso3, frequency, period, period_start, dataset,
        'terms_of_trade' as index_name,
        value,
        'not published for this year' as reason
    from published
    where definition = 'TT.PRI.MRCH.XD.WD'

    union all

    select
        reporter_iso3, frequency, period, period_start, dataset,
        'terms_of_trade_from_unit_values' as index_name,
        {{ terms_of_trade('export_unit_value', 'import_unit_value') }} as value,
        'the index of unit values of one flow is not published for this year' as reason
    from unit_values

)

select
    reporter_iso3 as home_iso3,
    'WLD' as partner_iso3,
    'world' as level,
    frequency,
    period,
    period_start,
    'both' as flow,
    'third_party' as view,
    index_name,
    cast(null as string) as product_level,
    cast(null as string) as product,
    value,
    cast(null as int) as n_products,
    dataset,
    cast(null as string) as reference_dataset,
    case when value is null then reason end as null_reason
from indices
