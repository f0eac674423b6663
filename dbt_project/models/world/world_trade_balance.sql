{{ config(schema='marts', materialized='view') }}
-- The balance of every pair of countries as the CEPII reconciled it: neither side's own report. A flow that no file has
-- is not known, so the balance is not either. A view, as trade_structure is.
with compared as (

    select *, {{ balance('exports_usd', 'imports_usd') }} as balance_usd
    from {{ ref('int_world__balance').include(database=false) }}

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
