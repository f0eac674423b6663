-- title: Exports of information and communication technology, by definition
-- needs: ict_exports
with labels as (
    select definition, dataset, min(label) as label
    from seeds.ict_definitions
    group by definition, dataset
)
select
    i.definition, l.label, i.frequency, i.period, i.period_start, i.exports_usd, i.share_of_services_exports,
    i.growth_yoy, i.is_derived, i.dataset
from marts.ict_exports as i
left join labels as l on i.definition = l.definition and i.dataset = l.dataset
where i.country_iso3 = $home and i.frequency in ('A', 'FY', 'YTD')
    and i.definition in ('ict_services', 'ict_goods', 'it_and_ites')
order by i.definition, i.frequency, i.period
