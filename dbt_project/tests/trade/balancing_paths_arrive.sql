-- Exports that grow as required are in the target year what they must be, and the balance is then the target.
select home_iso3, partner_iso3, target_id, view, base_period, required_export_growth, required_exports_usd
from {{ ref('balancing_paths') }}
where
    abs(base_exports_usd * power(1 + required_export_growth, years_to_target) - required_exports_usd)
        > 1e-9 * required_exports_usd
    or abs(
        base_exports_usd * power(1 + required_export_growth_with_import_growth, years_to_target)
            - required_exports_with_import_growth_usd
    ) > 1e-9 * required_exports_with_import_growth_usd
    or abs(required_exports_usd - base_imports_usd - target_balance_usd) > 1e-9 * base_imports_usd
    or years_to_target <= 0
    or (required_export_growth is null and null_reason is null)
