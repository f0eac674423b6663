-- A share lies between 0 and 1 and has a value behind it; without a share there is a reason, with one there is none.
select home_iso3, partner_iso3, frequency, period, flow, view, grouping, group_code, value_usd, share, null_reason
from {{ ref('trade_structure') }}
where
    (share is null) <> (null_reason is not null)
    or (share is not null and value_usd is null)
    or share < 0
    or share > 1.05
    or value_usd < 0
