-- Nothing was observed after the day on which everything here was known, and a date is as precise as it says.
select evidence.evidence_id, evidence.observed_on, evidence.observed_precision
from {{ ref('dated_evidence') }} as evidence
cross join {{ ref('stg_store__reference') }} as reference
where
    evidence.observed_on > reference.reference_date
    or (evidence.observed_precision = 'day') <> (evidence.observed_on = evidence.observed_until)
