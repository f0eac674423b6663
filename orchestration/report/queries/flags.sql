-- title: What is flagged now
-- needs: threshold_status
select
    subject, rule_id, metric, metric_label, definition, state, certainty, value, low, high, unit, direction,
    watch_value, limit_value, period, since_period, n_views, view_values, reason, description, applies_to,
    source_title, source_url, source_kind
from marts.threshold_status
where is_latest and subject in ($dyad, $home)
order by
    case state when 'breach' then 1 when 'watch' then 2 when 'unknown' then 3 else 4 end,
    case source_kind when 'published_rule' then 1 when 'published_target' then 2 else 3 end, subject desc, rule_id
