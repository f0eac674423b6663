-- What the World Bank publishes for a calendar year and reserves are compared with: one row per country and year.
-- Imports of goods and services come from the balance of payments (BM.GSR.GNFS.CD); where it is missing, from the
-- national accounts (NE.IMP.GNFS.CD), and imports_basis says so.
with wide as (

    select
        reporter_iso3 as country_iso3,
        year(period_start) as calendar_year,
        max(case when definition = 'BM.GSR.GNFS.CD' then value end) as payments_imports_usd,
        max(case when definition = 'NE.IMP.GNFS.CD' then value end) as accounts_imports_usd,
        max(case when definition = 'BX.GSR.GNFS.CD' then value end) as exports_goods_services_usd,
        max(case when definition = 'BM.GSR.MRCH.CD' then value end) as goods_imports_usd,
        max(case when definition = 'BX.GSR.MRCH.CD' then value end) as goods_exports_usd,
        max(case when definition = 'DT.DOD.DSTC.CD' then value end) as short_term_debt_usd,
        max(case when definition = 'NY.GDP.MKTP.CD' then value end) as gdp_usd,
        max(case when definition = 'FM.LBL.BMNY.GD.ZS' then value end) as broad_money_percent_of_gdp
    from {{ ref('observations') }}
    where dataset = 'world_bank.wdi' and frequency = 'A'
    group by reporter_iso3, year(period_start)

)

select
    country_iso3,
    calendar_year,
    coalesce(payments_imports_usd, accounts_imports_usd) as imports_usd,
    case
        when payments_imports_usd is not null then 'goods and services, balance of payments (WDI BM.GSR.GNFS.CD)'
        when accounts_imports_usd is not null then 'goods and services, national accounts (WDI NE.IMP.GNFS.CD)'
    end as imports_basis,
    exports_goods_services_usd,
    goods_imports_usd,
    goods_exports_usd,
    short_term_debt_usd,
    {{ percent_of('broad_money_percent_of_gdp', 'gdp_usd') }} as broad_money_usd,
    -- Other portfolio and investment liabilities: no source in the catalogue publishes them, and nothing stands in.
    cast(null as double) as other_liabilities_usd
from wide
