-- title: Claims about the pair, recomputed
-- needs: claims
select claim_id, statement, claimed_value, unit, period, definition, observed_value, gap_pct, verdict, explanation
from marts.claims
order by claim_id, case verdict when 'matches' then 1 when 'matches_other_definition' then 2 when 'stale' then 3
    when 'contradicted' then 4 else 5 end, definition
