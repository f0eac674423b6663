-- Step 4 of the handbook: two scored indicators with |r| above the limit count the same thing twice; give one the weight
-- zero or make them one. A warning, because new figures can bring it about and are no reason to publish nothing.
{{ config(severity = 'warn') }}

select partner_iso3, indicator_a, indicator_b, n_values, correlation
from {{ ref('cooperation_correlations') }}
where are_both_scored and is_too_much_alike
