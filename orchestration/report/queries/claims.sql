-- title: Claims about the pair, recomputed under every definition that applies
-- needs: claims
select
    claim_id, document, statement, claimed_value, claimed_date, unit, period, metric, definition, observed_value,
    observed_date, observed_period, gap_pct, verdict, claim_verdict, explanation, dataset, caveat
from marts.claims
where home_iso3 = $home and coalesce(partner_iso3, $partner) in ($partner, 'WLD')
order by
    claim_id,
    case verdict when 'matches' then 1 when 'matches_other_definition' then 2 when 'stale' then 3
        when 'contradicted' then 4 else 5 end,
    definition
