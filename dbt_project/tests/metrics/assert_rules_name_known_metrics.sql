-- A rule that names a metric nobody computes would be unknown for ever without saying that it is misspelt.
select thresholds.rule_id, thresholds.metric
from {{ ref('thresholds') }} as thresholds
left join {{ ref('metric_definitions') }} as definitions on definitions.metric = thresholds.metric
left join {{ ref('indicators') }} as indicators on indicators.indicator_code = thresholds.metric
where definitions.metric is null and indicators.indicator_code is null
