-- The reconciled flow lies between the two records; the symmetric gap between -2 and 2; with one record there is no
-- reconciled flow. The tolerance is that of floating point, one part in a million million.
select *
from {{ ref('mirror_ledger') }}
where reconciled_usd < low_usd * (1 - 1e-12)
    or reconciled_usd > high_usd * (1 + 1e-12)
    or low_usd > high_usd
    or abs(gap_symmetric) > 2
    or (flag = 'one_sided') <> (home_reported_usd is null or partner_reported_usd is null)
    or (flag = 'one_sided') <> (reconciled_usd is null)
    or cif_fob_factor not between 1 and {{ parameter('cif_fob_factor_own_max') }}
