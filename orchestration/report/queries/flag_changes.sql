-- title: When and why each flag last changed
-- needs: threshold_log
with numbered as (
    select
        changed_at, subject, rule_id, from_state, to_state, period, cause, value_before, value_after,
        row_number() over (partition by subject, rule_id order by changed_at desc, period desc) as age
    from marts.threshold_log
    where subject in ($dyad, $home)
)
select changed_at, subject, rule_id, from_state, to_state, period, cause, value_before, value_after
from numbered
where age = 1
order by changed_at desc, subject, rule_id
