-- Step 9 of the handbook: back to the details. Every published score is the sum of what its indicators add to it.
select
    cooperation.home_iso3,
    cooperation.partner_iso3,
    cooperation.period,
    cooperation.score,
    sum(contributions.contribution) as contributed
from {{ ref('cooperation_index') }} as cooperation
left join {{ ref('cooperation_contributions') }} as contributions
    on cooperation.home_iso3 = contributions.home_iso3
    and cooperation.partner_iso3 = contributions.partner_iso3
    and cooperation.period = contributions.period
where cooperation.score is not null
group by cooperation.home_iso3, cooperation.partner_iso3, cooperation.period, cooperation.score
having coalesce(abs(sum(contributions.contribution) - cooperation.score), 1) > 1e-9
