-- The watch lies on the good side of the limit, persistence is at least one value, hysteresis is not negative, and a
-- published rule or target says where it can be read.
select rule_id, watch_value, limit_value, direction, n_on, n_off, hysteresis, source_kind, source_url
from {{ ref('thresholds') }}
where
    (direction = 'above' and watch_value > limit_value)
    or (direction = 'below' and watch_value < limit_value)
    or n_on < 1
    or n_off < 1
    or hysteresis < 0
    or (source_kind <> 'project_default' and source_url is null)
