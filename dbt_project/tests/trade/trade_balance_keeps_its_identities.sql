-- Balance and total follow from the two legs; the normalised balance lies within one, shares between nothing and all;
-- the coverage ratio and the normalised balance say the same thing in two ways.
select *
from {{ ref('trade_balance') }}
where abs({{ identity_residual('total_usd', 'exports_usd', 'imports_usd') }}) > 1e-9 * total_usd
    or abs(balance_usd - {{ balance('exports_usd', 'imports_usd') }}) > 1e-9 * total_usd
    or (balance_usd is null) <> (exports_usd is null or imports_usd is null)
    or normalised_balance not between -1 and 1
    or abs(coverage_ratio - (1 + normalised_balance) / nullif(1 - normalised_balance, 0)) > 1e-6 * coverage_ratio
    or export_share not between 0 and 1
    or import_share not between 0 and 1
    or deficit_to_reserves < 0
    or balance_usd not between balance_low_usd - 1e-9 * total_usd and balance_high_usd + 1e-9 * total_usd
    or (view = 'reconciled' and basis <> 'customs')
    or (frequency <> 'A' and (balance_to_gdp is not null or deficit_to_reserves is not null))
