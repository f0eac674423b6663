-- A target is a share of the deficit or a level of exports; a published one says where and when it was set.
select target_id, metric, remaining_share, target_value_usd, source_kind, source_url, set_on
from {{ ref('targets') }}
where
    (metric = 'deficit_usd') <> (remaining_share is not null)
    or (metric = 'deficit_usd') = (target_value_usd is not null)
    or remaining_share < 0
    or remaining_share >= 1
    or target_value_usd <= 0
    or (source_kind = 'published_target' and (source_url is null or set_on is null))
    or (target_value_usd is not null and (home_iso3 is null or partner_iso3 is null))
