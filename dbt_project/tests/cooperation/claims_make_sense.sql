-- A claim has a number or a date, and names what its metric needs to be found.
select claims.claim_id, claims.metric, claims.claimed_value, claims.claimed_date, claims.comparison, claims.item
from {{ ref('claims') }} as claims
where
    (claims.claimed_value is null) = (claims.claimed_date is null)
    or (claims.claimed_date is null) = (claims.metric = 'evidence_date')
    or (claims.comparison = 'about' and claims.rounding is null)
    or claims.rounding <= 0
    or (claims.item is null and claims.metric in (
        'export_theme_share', 'evidence_date', 'years_since', 'ties_to_form', 'member_since'))
    or (claims.partner_iso3 is null and claims.metric in (
        'total_usd', 'exports_usd', 'imports_usd', 'deficit_usd', 'students', 'export_theme_share', 'ties_to_form'))
