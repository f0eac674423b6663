-- title: The largest of those revisions that concern the two countries
-- needs: observation_history
with newest as (
    select dataset, max(known_from) as known_from
    from marts.observation_history
    where change in ('revised', 'deleted')
    group by dataset
)
select
    h.dataset, s.title, h.known_from, h.reporter_iso3, h.partner_iso3, coalesce(i.name, h.definition) as what,
    h.flow, h.period, h.unit, b.value as before_value, h.value as after_value,
    h.value / nullif(b.value, 0) - 1 as relative_change
from marts.observation_history as h
inner join newest on h.dataset = newest.dataset and h.known_from = newest.known_from
inner join marts.observation_history as b
    on h.series_id = b.series_id and h.period = b.period and h.known_from = b.known_to
left join marts.sources as s on h.dataset = s.dataset
left join seeds.indicators as i on h.definition = i.indicator_code and h.dataset = i.dataset
where h.change = 'revised' and h.reporter_iso3 in ($home, $partner) and h.value is distinct from b.value
order by abs(h.value / nullif(b.value, 0) - 1) desc nulls last, h.dataset, h.period, what
limit 12
