-- Nothing without a value is ok, every unknown says why, and the value lies between the bounds of its views.
select subject, rule_id, period, state, value, low, high, certainty, reason
from {{ ref('threshold_status') }}
where
    (value is null and state <> 'unknown')
    or (state = 'unknown') <> (reason is not null)
    or (state = 'unknown') <> (certainty is null)
    or value < low
    or value > high
