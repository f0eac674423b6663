-- The calendar years that anybody has published a figure for and that are over on the reference date.
select distinct
    cast(year(observations.period_start) as int) as year_number,
    make_date(cast(year(observations.period_start) as int), 12, 31) as last_day
from {{ ref('observations') }} as observations
cross join {{ ref('stg_store__reference') }} as reference
where year(observations.period_start) < year(reference.reference_date)
