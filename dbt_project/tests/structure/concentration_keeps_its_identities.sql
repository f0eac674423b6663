-- 1/n <= HHI <= 1; normalised within 0 and 1; Theil = between + within; no more products than the nomenclature has.
-- An index is there or a reason why not.
select home_iso3, partner_iso3, frequency, period, flow, view, product_level, hhi, n_products, theil, null_reason
from {{ ref('trade_concentration') }}
where
    hhi > 1.000000001
    or hhi < 1.0 / n_products - 0.000000001
    or hhi_normalised < -0.000000001
    or hhi_normalised > 1.000000001
    or abs(theil - theil_between - theil_within) > 0.000001
    or n_products > n_codes
    or (hhi is null) and (null_reason is null)
