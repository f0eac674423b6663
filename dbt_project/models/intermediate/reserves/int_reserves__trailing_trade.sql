-- For each stock of reserves the goods trade of twelve months with the world: the months that end with the stock's own
-- month; for a weekly stock the last complete twelve months known by then. Sums exist only when all twelve months do.
with months as (

    select * from {{ ref('int_reserves__monthly_trade') }}

),

complete_ends as (

    select months.country_iso3, months.trade_source, months.month_number
    from months
    inner join months as earlier
        on months.country_iso3 = earlier.country_iso3
        and months.trade_source = earlier.trade_source
        and earlier.month_number between months.month_number - 11 and months.month_number
    group by months.country_iso3, months.trade_source, months.month_number
    having {{ complete_sum('earlier.imports_usd', 12) }} is not null

),

stocks as (

    select * from {{ ref('int_reserves__stocks') }}
    where frequency in ('M', 'W')

),

windows as (

    select
        stocks.country_iso3,
        stocks.definition,
        stocks.frequency,
        stocks.period,
        stocks.trade_source,
        case when stocks.frequency = 'M' then stocks.month_number else max(complete_ends.month_number) end as last_month
    from stocks
    left join complete_ends
        on stocks.country_iso3 = complete_ends.country_iso3
        and stocks.trade_source = complete_ends.trade_source
        and complete_ends.month_number <= stocks.last_full_month_number
    group by
        stocks.country_iso3, stocks.definition, stocks.frequency, stocks.period, stocks.trade_source,
        stocks.month_number

)

select
    windows.country_iso3,
    windows.definition,
    windows.frequency,
    windows.period,
    max(months.trade_label) as imports_basis,
    max(case when months.imports_usd is not null then months.period end) as imports_until,
    cast(count(months.imports_usd) as int) as n_import_months,
    {{ complete_sum('months.imports_usd', 12) }} as imports_12m_usd,
    {{ complete_sum('months.exports_usd', 12) }} as exports_12m_usd
from windows
left join months
    on windows.country_iso3 = months.country_iso3
    and windows.trade_source = months.trade_source
    and months.month_number between windows.last_month - 11 and windows.last_month
group by windows.country_iso3, windows.definition, windows.frequency, windows.period
