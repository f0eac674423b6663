-- No fact is dated after today, whatever day the marts are built for, and a date is as precise as it says.
select evidence_id, observed_on
from {{ ref('evidence') }}
where observed_on > substr(cast(current_date as varchar(10)), 1, length(observed_on))
union all
select evidence_id, cast(observed_on as varchar(10)) as observed_on
from {{ ref('dated_evidence') }}
where (observed_precision = 'day') <> (observed_on = observed_until)
