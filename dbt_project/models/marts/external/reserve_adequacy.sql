-- Adequacy of reserves by definition. Which definition one takes can turn a breach into none on the same day, so it is
-- part of the grain. Annual debt, money and national accounts are compared with year-end stocks only.
{% set ara_inputs = [
    'short_term_debt_usd', 'other_liabilities_usd', 'broad_money_usd', 'exports_goods_services_usd'
] %}

with inputs as (

    select
        stocks.*,
        case when stocks.frequency = 'A' then years.imports_usd else twelve_months.imports_12m_usd end
            as imports_12m_usd,
        case when stocks.frequency = 'A' then years.imports_basis else twelve_months.imports_basis end as imports_basis,
        case
            when stocks.frequency <> 'A' then twelve_months.imports_until
            when years.imports_usd is not null then stocks.period
        end as imports_until,
        case when stocks.frequency <> 'A' then coalesce(twelve_months.n_import_months, 0) end as n_import_months,
        case
            when stocks.frequency = 'A' then {{ balance('years.goods_exports_usd', 'years.goods_imports_usd') }}
            else {{ balance('twelve_months.exports_12m_usd', 'twelve_months.imports_12m_usd') }}
        end as goods_balance_12m_usd,
        years.short_term_debt_usd,
        years.broad_money_usd,
        years.other_liabilities_usd,
        years.exports_goods_services_usd,
        stocks.period_end = make_date(year(stocks.period_end), 12, 31) as is_year_end
    from {{ ref('int_reserves__stocks') }} as stocks
    left join {{ ref('int_reserves__trailing_trade') }} as twelve_months
        on stocks.country_iso3 = twelve_months.country_iso3
        and stocks.definition = twelve_months.definition
        and stocks.frequency = twelve_months.frequency
        and stocks.period = twelve_months.period
    left join {{ ref('int_reserves__year_end_inputs') }} as years
        on stocks.country_iso3 = years.country_iso3
        and stocks.period_end = make_date(years.calendar_year, 12, 31)

),

measured as (

    select
        inputs.*,
        {{ import_cover_months('reserves_usd', 'imports_12m_usd') }} as import_cover_months,
        {{ share(deficit('goods_balance_12m_usd'), 'reserves_usd') }} as deficit_to_reserves,
        {{ share('reserves_usd', 'short_term_debt_usd') }} as reserves_to_short_term_debt,
        {{ share('reserves_usd', 'broad_money_usd') }} as reserves_to_broad_money,
        {{ share('reserves_usd', ara_benchmark("'floating'", *ara_inputs)) }} as ara_ratio,
        {{ share('reserves_usd', ara_benchmark("'fixed'", *ara_inputs)) }} as ara_ratio_fixed
    from inputs

)

select
    country_iso3,
    frequency,
    period,
    period_start,
    definition,
    includes_gold,
    reserves_usd,
    imports_12m_usd,
    imports_basis,
    imports_until,
    n_import_months,
    import_cover_months,
    goods_balance_12m_usd,
    deficit_to_reserves,
    short_term_debt_usd,
    reserves_to_short_term_debt,
    broad_money_usd,
    reserves_to_broad_money,
    ara_ratio,
    ara_ratio_fixed,
    nullif(concat_ws(
        '; ',
        case
            when import_cover_months is not null then null
            when reserves_usd is null then 'import_cover_months: the stock itself is not known in USD'
            when frequency = 'A'
                then 'import_cover_months: WDI has no imports of goods and services for this year'
            when trade_source is null then 'import_cover_months: no source of monthly imports goes with this definition'
            else concat(
                'import_cover_months: ', cast(n_import_months as string), ' of the 12 months of imports are known'
            )
        end,
        case
            when deficit_to_reserves is null
                then 'deficit_to_reserves: the goods balance of these 12 months or the stock is not known'
        end,
        case
            when reserves_to_short_term_debt is not null then null
            when is_year_end then 'reserves_to_short_term_debt: WDI has no DT.DOD.DSTC.CD for this year end'
            else 'reserves_to_short_term_debt: short-term debt is known at year ends only'
        end,
        case
            when reserves_to_broad_money is not null then null
            when is_year_end then 'reserves_to_broad_money: WDI has no FM.LBL.BMNY.GD.ZS or GDP for this year'
            else 'reserves_to_broad_money: broad money is known at year ends only'
        end,
        case
            when ara_ratio is null
                then 'ara_ratio: other portfolio and investment liabilities are published by no source here'
        end
    ), '') as null_reason,
    view_rank,
    is_provisional,
    publisher,
    dataset,
    snapshot_id
from measured
