-- title: What the last release that rewrote anything changed, by dataset
-- needs: observation_history
with changed as (
    select
        h.dataset, h.known_from, h.change, h.period,
        abs(h.value - b.value) / nullif(abs(b.value), 0) as relative_change
    from marts.observation_history as h
    inner join marts.observation_history as b
        on h.series_id = b.series_id and h.period = b.period and h.known_from = b.known_to
    where h.change in ('revised', 'deleted')
),
newest as (
    select dataset, max(known_from) as known_from
    from changed
    group by dataset
)
select
    c.dataset, s.title, s.publisher_name, c.known_from,
    count(*) filter (where c.change = 'revised') as n_revised,
    count(*) filter (where c.change = 'deleted') as n_deleted,
    max(c.relative_change) filter (where c.change = 'revised') as largest_change,
    min(c.period) as oldest_period, max(c.period) as newest_period
from changed as c
inner join newest on c.dataset = newest.dataset and c.known_from = newest.known_from
left join marts.sources as s on c.dataset = s.dataset
group by c.dataset, s.title, s.publisher_name, c.known_from
order by c.known_from desc, c.dataset
