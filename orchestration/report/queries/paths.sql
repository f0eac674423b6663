-- title: Export growth that the targets ask for, from the newest year of each view
-- needs: balancing_paths
select
    target_id, metric, definition, view, basis, base_period, target_period, target_balance_usd, target_exports_usd,
    required_export_growth, required_export_growth_with_import_growth, historic_export_growth, target_source,
    target_source_url, target_source_kind
from marts.balancing_paths
where home_iso3 = $home and partner_iso3 in ($partner, 'WLD') and is_latest_base
    and required_export_growth is not null
order by partner_iso3 = 'WLD', target_year, target_id, view, basis
