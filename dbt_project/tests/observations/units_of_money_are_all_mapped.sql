-- A unit that names a currency stands in unit_factors, with its factor or with the reason why it has none. A unit that
-- is missing there would lose its dollar value without a word. One thing per another is a rate, not an amount.
select observations.dataset, observations.unit, count(*) as n_rows
from {{ ref('observations') }} as observations
left join {{ ref('unit_factors') }} as units on observations.unit = units.unit
where units.unit is null
    and observations.unit not like '% per %'
    and (
        observations.unit like '%USD%'
        or observations.unit like '%US$%'
        or observations.unit like '%CNY%'
        or observations.unit like '%PKR%'
        or lower(observations.unit) like '%dollar%'
        or lower(observations.unit) like '%yuan%'
        or lower(observations.unit) like '%rupee%'
    )
group by observations.dataset, observations.unit
