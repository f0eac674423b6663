-- The newest state of every subject and rule as it was known after each step of history. Empty in the build: whoever
-- publishes evaluates threshold_status at every step (orchestration/publish/threshold_log.py) and lays the answers in.
-- A step is a day on which figures changed, or a change of the rules. world is 'known' (all points, all figures of the
-- step) or 'revised' (the points known before the step, with the step's figures).
select
    cast(null as int) as step,
    cast(null as string) as step_kind,
    cast(null as timestamp) as changed_at,
    cast(null as boolean) as has_revisions,
    cast(null as string) as datasets,
    cast(null as string) as world,
    cast(null as string) as subject,
    cast(null as string) as rule_id,
    cast(null as string) as period,
    cast(null as double) as value,
    cast(null as double) as low,
    cast(null as double) as high,
    cast(null as string) as state
from {{ ref('threshold_status') }}
where false
