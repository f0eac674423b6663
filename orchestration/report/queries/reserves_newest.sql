-- title: The newest known import cover of each definition
-- needs: reserve_adequacy
with labels as (
    select definition, min(label) as label
    from seeds.reserve_definitions
    group by definition
),
known as (
    select
        definition, frequency, period, reserves_usd, import_cover_months, imports_basis, imports_until, view_rank,
        dataset, row_number() over (
            partition by definition order by period_start desc, case frequency when 'M' then 1 else 2 end
        ) as age
    from marts.reserve_adequacy
    where country_iso3 = $home and import_cover_months is not null
)
select
    k.definition, l.label, k.frequency, k.period, k.reserves_usd, k.import_cover_months, k.imports_basis,
    k.imports_until, k.dataset
from known as k
inner join labels as l on k.definition = l.definition
where k.age = 1
order by k.view_rank
