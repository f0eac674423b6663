{{ config(schema='marts') }}
-- The balance of every pair of countries as the CEPII reconciled it: neither side's own report. A flow that no file has
-- is not known (BACI writes no zeros), so the balance is not either.
with pairs as (

    select pairs.year, exporters.iso3 as exporter_iso3, importers.iso3 as importer_iso3, pairs.value_usd
    from {{ ref('int_world__pairs') }} as pairs
    inner join {{ ref('stg_baci__countries') }} as exporters on pairs.exporter_code = exporters.country_code
    inner join {{ ref('stg_baci__countries') }} as importers on pairs.importer_code = importers.country_code

),

flows as (

    select year, exporter_iso3 as home_iso3, importer_iso3 as partner_iso3, value_usd as exports_usd, null as imports_usd
    from pairs

    union all

    select year, importer_iso3, exporter_iso3, null, value_usd from pairs

),

legs as (

    select
        year,
        home_iso3,
        partner_iso3,
        max(exports_usd) as exports_usd,
        max(imports_usd) as imports_usd
    from flows
    group by year, home_iso3, partner_iso3

),

-- Whole dollars: no order of the rows changes a digit.
totals as (

    select
        year,
        home_iso3,
        sum(exports_usd) as all_exports_usd,
        sum(imports_usd) as all_imports_usd
    from legs
    group by year, home_iso3

),

balanced as (

    select legs.*, {{ balance('exports_usd', 'imports_usd') }} as balance_usd from legs

),

compared as (

    select
        balanced.*,
        totals.all_exports_usd,
        totals.all_imports_usd,
        before.balance_usd as balance_year_before_usd
    from balanced
    inner join totals on balanced.year = totals.year and balanced.home_iso3 = totals.home_iso3
    left join balanced as before
        on balanced.year = before.year + 1
        and balanced.home_iso3 = before.home_iso3
        and balanced.partner_iso3 = before.partner_iso3

)

select
    home_iso3,
    partner_iso3,
    'world' as dyad_role,
    'A' as frequency,
    cast(year as string) as period,
    make_date(year, 1, 1) as period_start,
    'third_party' as view,
    'customs' as basis,
    exports_usd,
    imports_usd,
    balance_usd,
    cast(null as double) as balance_low_usd,
    cast(null as double) as balance_high_usd,
    {{ two_way_total('exports_usd', 'imports_usd') }} as total_usd,
    {{ normalised_balance('exports_usd', 'imports_usd') }} as normalised_balance,
    {{ coverage_ratio('exports_usd', 'imports_usd') }} as coverage_ratio,
    cast(null as double) as balance_to_gdp,
    cast(null as double) as deficit_to_reserves,
    {{ share('exports_usd', 'all_exports_usd') }} as export_share,
    {{ share('imports_usd', 'all_imports_usd') }} as import_share,
    'sum over all partners' as export_share_basis,
    'sum over all partners' as import_share_basis,
    {{ balance_growth('balance_usd', 'balance_year_before_usd') }} as balance_growth_yoy,
    cast(null as double) as mirror_balance_gap_usd,
    cast(null as double) as mirror_balance_gap_symmetric,
    case when exports_usd is not null then '{{ var("baci_publisher") }}' end as publisher_exports,
    case when imports_usd is not null then '{{ var("baci_publisher") }}' end as publisher_imports,
    case when exports_usd is not null then '{{ var("baci_publisher") }}.world' end as dataset_exports,
    case when imports_usd is not null then '{{ var("baci_publisher") }}.world' end as dataset_imports,
    cast(null as string) as dataset_total,
    false as is_mixed,
    false as is_provisional,
    true as is_estimated,
    concat_ws('; ',
        case when exports_usd is null then 'exports are not known in this view' end,
        case when imports_usd is null then 'imports are not known in this view' end,
        'GDP and reserves are in the nightly warehouse only',
        case when balance_usd is not null and balance_year_before_usd is null
            then 'no balance a year before in this view' end
    ) as null_reason
from compared
