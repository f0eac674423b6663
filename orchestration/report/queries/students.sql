-- title: Students of each country in the other
-- needs: student_mobility
with labels as (
    select definition, min(label) as label
    from seeds.student_definitions
    group by definition
)
select
    m.origin_iso3, m.host_iso3, m.period, m.period_start, m.definition, l.label, m.students, m.data_age_years,
    m.is_estimated, m.dataset
from marts.student_mobility as m
left join labels as l on m.definition = l.definition
where (m.origin_iso3 = $home and m.host_iso3 = $partner) or (m.origin_iso3 = $partner and m.host_iso3 = $home)
order by m.origin_iso3 = $partner, m.definition, m.period
