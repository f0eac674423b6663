-- Annual goods trade as each reporter declares it. A reporter that shows its imports in both valuations gives a second
-- series, goods_trade_fob: its own CIF/FOB factor, better than anybody's average.
with published as (

    select * from {{ read_parsed('un_comtrade', 'goods_annual') }}

),

countries as (

    select iso3, comtrade_code from {{ ref('countries') }}

),

placed as (

    select
        published.*,
        reporters.iso3 as reporter_iso3,
        partners.iso3 as partner_iso3,
        case published.flow when 'X' then 'export' when 'M' then 'import' end as direction,
        -- Imports are CIF unless the reporter gives nothing but their FOB value.
        case
            when published.flow = 'X' then 'FOB'
            when published.cif_value is null and published.fob_value is not null then 'FOB'
            else 'CIF'
        end as own_valuation
    from published
    left join countries as reporters on published.reporter_code = reporters.comtrade_code
    left join countries as partners on published.partner_code = partners.comtrade_code

),

valued as (

    select placed.*, 'goods_trade' as definition, placed.own_valuation as valuation, placed.primary_value as value
    from placed

    union all

    select placed.*, 'goods_trade_fob' as definition, 'FOB' as valuation, placed.fob_value as value
    from placed
    where placed.direction = 'import' and placed.cif_value is not null and placed.fob_value is not null

),

named as (

    select
        reporter_iso3,
        partner_iso3,
        product,
        direction as flow,
        definition,
        'customs' as basis,
        valuation,
        'A' as frequency,
        period,
        cast(null as string) as period_label,
        value,
        'USD' as unit,
        false as is_provisional,
        false as is_estimated,
        cast(null as string) as citation,
        classification as note,
        change,
        known_from,
        snapshot_id,
        release
    from valued

)

{{ observation_layout('named', 'un_comtrade', 'goods_annual') }}
