-- title: The balance of goods trade by bank receipts and payments, fiscal years
-- needs: trade_balance
select period, exports_usd, imports_usd, balance_usd, coverage_ratio, export_share, import_share, dataset_exports
from marts.trade_balance
where home_iso3 = $home and partner_iso3 = $partner and basis = 'payments' and frequency = 'FY'
    and balance_usd is not null
order by period
