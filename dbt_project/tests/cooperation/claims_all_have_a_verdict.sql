-- Every claim has a row, every row a sentence, and a verdict that its numbers bear out.
select claims.claim_id, checked.definition, checked.verdict, checked.observed_value, checked.explanation
from {{ ref('claims') }} as claims
left join {{ ref('checked_claims') }} as checked on checked.claim_id = claims.claim_id
where
    checked.claim_id is null
    or checked.explanation not like '%.'
    or (checked.verdict = 'matches' and checked.observed_value is null and checked.observed_date is null)
    or (checked.verdict = 'matches' and checked.is_mixed)
    or (checked.verdict = 'not_reproducible' and checked.gap_pct is not null)
