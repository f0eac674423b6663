-- Known or not, every indicator has its row and its weight: otherwise what is missing would not count as missing.
select home_iso3, partner_iso3, period, sum(weight) as all_weight
from {{ ref('cooperation_indicators') }}
group by home_iso3, partner_iso3, period
having abs(sum(weight) - 1) > 1e-9
