-- title: The home country among its peers, newest year of each measure in which it has a figure
-- needs: peer_comparison
with newest as (
    select peer_group, metric, partner_iso3, max(period) as period
    from marts.peer_comparison
    where partner_iso3 in ($partner, 'WLD') and peer_iso3 = $home and frequency = 'A' and value is not null
    group by peer_group, metric, partner_iso3
)
select
    p.peer_group, p.metric, p.unit, p.period, p.partner_iso3, p.peer_iso3, coalesce(c.name, p.peer_iso3) as peer,
    p.value, p.rank, p.n_peers, p.group_median, p.view, p.publisher, p.null_reason
from marts.peer_comparison as p
inner join newest
    on p.peer_group = newest.peer_group and p.metric = newest.metric and p.period = newest.period
    and p.partner_iso3 = newest.partner_iso3
left join seeds.countries as c on p.peer_iso3 = c.iso3
where p.frequency = 'A'
order by p.partner_iso3 = 'WLD', p.metric <> 'normalised_balance', p.peer_group desc, p.metric, p.rank nulls last,
    p.peer_iso3
