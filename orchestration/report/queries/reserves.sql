-- title: Reserves of the last fifteen years by definition, in months of imports
-- needs: reserve_adequacy
with labels as (
    select definition, min(label) as label, min(view_rank) as view_rank
    from seeds.reserve_definitions
    group by definition
)
select
    r.definition, l.label, r.frequency, r.period,
    cast(case r.frequency when 'A' then r.period_start + interval 1 year else r.period_start + interval 1 month end
        - interval 1 day as date) as period_end,
    r.reserves_usd, r.import_cover_months, r.imports_basis, r.imports_until, r.null_reason, r.dataset
from marts.reserve_adequacy as r
inner join labels as l on r.definition = l.definition
where r.country_iso3 = $home and r.frequency in ('A', 'M')
    and r.period_start >= (select max(period_start) from marts.reserve_adequacy where country_iso3 = $home)
        - interval 15 year
order by l.view_rank, r.period_start
