-- Within one table the groups of a grouping that takes every line add up to what the lines cover, printed shares to 100
-- percent give or take their rounding. Themes overlap with nothing and need not add up.
select home_iso3, partner_iso3, frequency, period, flow, view, grouping, sum(share) as shares, max(coverage_share) as coverage
from {{ ref('trade_structure') }}
where share is not null and grouping <> 'article_theme'
group by home_iso3, partner_iso3, frequency, period, flow, view, grouping
having abs(sum(share) - max(coverage_share)) > 0.000001
