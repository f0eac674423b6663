-- No number without a grade, no grade without a number, no silence without a reason; scores and their interval lie
-- between 0 and 1, the score within its interval; and what is published has the pillars and the weight that it needs.
select home_iso3, partner_iso3, period, score, low, high, grade, coverage, n_pillars, withheld_reason
from {{ ref('cooperation_index') }}
where
    (score is null) <> (grade = 'withheld')
    or (score is null) <> (withheld_reason is not null)
    or (score is null) <> (low is null)
    or (score is null) <> (high is null)
    or low > score
    or score > high
    or low < 0
    or high > 1 + 1e-12
    or coverage < 0
    or coverage > 1 + 1e-12
    or (score is not null and (n_pillars < 3 or coverage < 0.6666))
