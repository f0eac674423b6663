-- What a path to a target can start from: goods trade of each watched pair by view, goods exports to the world by fiscal
-- year, and ICT exports by definition. Years only; exports and imports of one row are one reporter's, on one basis.
with pairs as (

    select
        home_iso3,
        partner_iso3,
        'deficit_usd' as metric,
        cast(null as string) as definition,
        view,
        basis,
        frequency,
        period,
        exports_usd,
        imports_usd,
        dataset_exports as dataset
    from {{ ref('trade_balance') }}
    where dyad_role = 'focus' and frequency in ('A', 'FY')

),

-- A fiscal year is the sum of its twelve months, or it is not known.
world_goods as (

    select
        country_iso3 as home_iso3,
        'WLD' as partner_iso3,
        'goods_exports_usd' as metric,
        cast(null as string) as definition,
        'home_reported' as view,
        'payments' as basis,
        'FY' as frequency,
        {{ fiscal_year_of("make_date(cast(substr(period, 1, 4) as int), cast(substr(period, 6, 2) as int), 1)") }}
            as period,
        {{ complete_sum('exports_usd', 12) }} as exports_usd,
        {{ complete_sum('imports_usd', 12) }} as imports_usd,
        max(trade_label) as dataset
    from {{ ref('int_reserves__monthly_trade') }}
    where trade_source = 'sbp_payments'
    group by
        country_iso3,
        {{ fiscal_year_of("make_date(cast(substr(period, 1, 4) as int), cast(substr(period, 6, 2) as int), 1)") }}

),

ict as (

    select
        country_iso3 as home_iso3,
        'WLD' as partner_iso3,
        'ict_exports_usd' as metric,
        definition,
        'home_reported' as view,
        'payments' as basis,
        frequency,
        period,
        exports_usd,
        cast(null as double) as imports_usd,
        dataset
    from {{ ref('ict_exports') }}
    where frequency in ('A', 'FY')

),

bases as (

    select * from pairs
    union all
    select * from world_goods
    union all
    select * from ict

)

select
    bases.*,
    {{ period_end('period', 'frequency') }} as period_end
from bases
where exports_usd is not null or imports_usd is not null
