-- title: The balance of goods trade in both countries' views, customs figures, calendar years
-- needs: trade_balance
select
    period, min(period_start) as period_start,
    max(balance_usd) filter (where view = 'home_reported') as home_balance_usd,
    max(balance_usd) filter (where view = 'partner_reported') as partner_balance_usd,
    max(balance_usd) filter (where view = 'third_party') as third_party_balance_usd,
    max(balance_usd) filter (where view = 'reconciled') as reconciled_balance_usd,
    max(balance_low_usd) filter (where view = 'reconciled') as low_usd,
    max(balance_high_usd) filter (where view = 'reconciled') as high_usd,
    max(exports_usd) filter (where view = 'home_reported') as home_exports_usd,
    max(imports_usd) filter (where view = 'home_reported') as home_imports_usd,
    max(exports_usd) filter (where view = 'partner_reported') as partner_exports_usd,
    max(imports_usd) filter (where view = 'partner_reported') as partner_imports_usd,
    coalesce(bool_or(is_provisional) filter (where view in ('home_reported', 'partner_reported')), false)
        as is_provisional
from marts.trade_balance
where home_iso3 = $home and partner_iso3 = $partner and basis = 'customs' and frequency = 'A'
group by period
order by period
