-- The experiment that changes nothing gives the published score: both come from one computation.
select cooperation.home_iso3, cooperation.partner_iso3, cooperation.period, cooperation.score, base.score as base_score
from {{ ref('cooperation_index') }} as cooperation
left join {{ ref('cooperation_sensitivity') }} as base
    on cooperation.home_iso3 = base.home_iso3
    and cooperation.partner_iso3 = base.partner_iso3
    and cooperation.period = base.period
    and base.experiment = 'base'
where cooperation.score is not null and (base.score is null or base.score <> cooperation.score or base.shift <> 0)
