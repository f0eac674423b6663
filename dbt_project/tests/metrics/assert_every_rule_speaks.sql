-- Every rule has exactly one newest state for every subject that it applies to, if only "unknown".
select subjects.subject, thresholds.rule_id, count(status.rule_id) as n_newest
from {{ ref('thresholds') }} as thresholds
inner join {{ ref('int_thresholds__subjects') }} as subjects
    on subjects.subject_kind = thresholds.subject_kind
    and (thresholds.only_subject is null or subjects.subject = thresholds.only_subject)
left join {{ ref('threshold_status') }} as status
    on status.subject = subjects.subject and status.rule_id = thresholds.rule_id and status.is_latest
group by subjects.subject, thresholds.rule_id
having count(status.rule_id) <> 1
