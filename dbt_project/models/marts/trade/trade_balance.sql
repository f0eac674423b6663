-- The balance of a dyad, once for each view and basis: no row mixes two reporters, customs and payments, or calendar
-- and fiscal years. What cannot be computed is NULL, and null_reason says why.
with legs as (

    select * from {{ ref('int_trade__legs') }}

),

gdp as (

    select reporter_iso3, period, value_usd as gdp_usd
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi' and definition = 'NY.GDP.MKTP.CD'

),

-- At the end of the year, gold included.
reserves as (

    select reporter_iso3, period, value_usd as reserves_usd
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi' and definition = 'FI.RES.TOTL.CD'

),

shares as (

    select * from {{ ref('int_trade__shares') }}

),

balanced as (

    select
        legs.*,
        {{ balance('exports_usd', 'imports_usd') }} as balance_usd,
        coalesce({{ two_way_total('exports_usd', 'imports_usd') }}, published_total_usd) as total_usd,
        coalesce(dataset_exports <> dataset_imports, false) as is_mixed,
        year(period_start) as year_number,
        month(period_start) as month_number
    from legs

),

-- How far the two countries' own balances are apart: home's deficit against the surplus that the partner reports.
both_sides as (

    select
        home_iso3,
        partner_iso3,
        frequency,
        period,
        -max(case when view = 'home_reported' then balance_usd end) as home_deficit_usd,
        -max(case when view = 'partner_reported' then balance_usd end) as partner_surplus_usd
    from balanced
    where basis = 'customs'
    group by home_iso3, partner_iso3, frequency, period

),

compared as (

    select
        balanced.*,
        -- A calendar year's GDP and reserves say nothing about a fiscal year or a month.
        case when balanced.frequency = 'A' then gdp.gdp_usd end as gdp_usd,
        case when balanced.frequency = 'A' then reserves.reserves_usd end as reserves_usd,
        shares.export_share,
        shares.import_share,
        shares.export_share_basis,
        shares.import_share_basis,
        before.balance_usd as balance_year_before_usd,
        both_sides.home_deficit_usd,
        both_sides.partner_surplus_usd
    from balanced
    left join gdp
        on balanced.home_iso3 = gdp.reporter_iso3
        and balanced.period = gdp.period
    left join reserves
        on balanced.home_iso3 = reserves.reporter_iso3
        and balanced.period = reserves.period
    left join shares
        on balanced.home_iso3 = shares.home_iso3
        and balanced.partner_iso3 = shares.partner_iso3
        and balanced.frequency = shares.frequency
        and balanced.period = shares.period
        and balanced.basis = shares.basis
        and balanced.view = shares.view
    left join balanced as before
        on balanced.home_iso3 = before.home_iso3
        and balanced.partner_iso3 = before.partner_iso3
        and balanced.frequency = before.frequency
        and balanced.view = before.view
        and balanced.basis = before.basis
        and balanced.year_number = before.year_number + 1
        and balanced.month_number = before.month_number
    left join both_sides
        on balanced.home_iso3 = both_sides.home_iso3
        and balanced.partner_iso3 = both_sides.partner_iso3
        and balanced.frequency = both_sides.frequency
        and balanced.period = both_sides.period
        and balanced.basis = 'customs'
        and balanced.view <> 'third_party'

)

select
    home_iso3,
    partner_iso3,
    dyad_role,
    frequency,
    period,
    period_start,
    view,
    basis,
    exports_usd,
    imports_usd,
    balance_usd,
    balance_low_usd,
    balance_high_usd,
    total_usd,
    {{ normalised_balance('exports_usd', 'imports_usd') }} as normalised_balance,
    {{ coverage_ratio('exports_usd', 'imports_usd') }} as coverage_ratio,
    {{ share('balance_usd', 'gdp_usd') }} as balance_to_gdp,
    {{ share(deficit('balance_usd'), 'reserves_usd') }} as deficit_to_reserves,
    export_share,
    import_share,
    export_share_basis,
    import_share_basis,
    {{ balance_growth('balance_usd', 'balance_year_before_usd') }} as balance_growth_yoy,
    {{ mirror_balance_gap('home_deficit_usd', 'partner_surplus_usd') }} as mirror_balance_gap_usd,
    {{ mirror_balance_gap_symmetric('home_deficit_usd', 'partner_surplus_usd') }} as mirror_balance_gap_symmetric,
    publisher_exports,
    publisher_imports,
    dataset_exports,
    dataset_imports,
    case when {{ two_way_total('exports_usd', 'imports_usd') }} is null then dataset_total end as dataset_total,
    is_mixed,
    is_provisional,
    is_estimated,
    nullif(concat_ws('; ',
        case when exports_usd is null then 'exports are not known in this view' end,
        case when imports_usd is null then 'imports are not known in this view' end,
        case when balance_usd is null and published_total_usd is not null then 'only the two-way total was published' end,
        case when frequency <> 'A' then 'GDP and reserves are known by calendar year only' end,
        case when frequency = 'A' and gdp_usd is null then 'GDP of home is not known for this year' end,
        case when frequency = 'A' and reserves_usd is null then 'reserves of home are not known for this year' end,
        case when view <> 'home_reported' then 'shares are taken from home''s own reports only' end,
        case
            when view = 'home_reported' and exports_usd is not null and export_share is null
                then 'no total of home''s exports to the world goes with this figure'
        end,
        case
            when view = 'home_reported' and imports_usd is not null and import_share is null
                then 'no total of home''s imports from the world goes with this figure'
        end,
        case
            when balance_usd is not null and balance_year_before_usd is null
                then 'no balance a year before in this view'
        end
    ), '') as null_reason
from compared
