-- title: Which datasets the balance comes from
-- needs: trade_flows
select distinct dataset, view, basis
from marts.trade_flows
where home_iso3 = $home and partner_iso3 = $partner and frequency in ('A', 'FY')
order by dataset, view, basis
