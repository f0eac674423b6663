-- Both legs of every pair of countries, what they are compared with, and nothing else (trade_balance). A flow that no
-- file has is not known (BACI writes no zeros).
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

legs_before as (

    select year + 1 as year, home_iso3, partner_iso3, exports_usd, imports_usd from legs

)

select
    legs.year,
    legs.home_iso3,
    legs.partner_iso3,
    legs.exports_usd,
    legs.imports_usd,
    totals.all_exports_usd,
    totals.all_imports_usd,
    {{ balance('legs_before.exports_usd', 'legs_before.imports_usd') }} as balance_year_before_usd
from legs
inner join totals on legs.year = totals.year and legs.home_iso3 = totals.home_iso3
left join legs_before
    on legs.year = legs_before.year
    and legs.home_iso3 = legs_before.home_iso3
    and legs.partner_iso3 = legs_before.partner_iso3
