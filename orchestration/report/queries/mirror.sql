-- title: The two countries' records of the same flow, customs figures, calendar years
-- needs: mirror_ledger
select
    period, flow, home_reported_usd, partner_reported_usd, cif_fob_factor, cif_fob_basis, gap_usd, gap_symmetric,
    low_usd, reconciled_usd, high_usd, flag, weight, weight_basis, is_structural_break, is_within_freight,
    home_dataset, partner_dataset
from marts.mirror_ledger
where home_iso3 = $home and partner_iso3 = $partner and frequency = 'A'
order by period, flow
