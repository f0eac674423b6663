-- title: The home country among its peers, newest period of each measure
-- needs: peer_comparison
with newest as (
    select peer_group, metric, max(period) as period
    from marts.peer_comparison
    where partner_iso3 = $partner and peer_iso3 = $home and value is not null
    group by peer_group, metric
)
select
    p.peer_group, p.metric, d.label as metric_label, d.unit, p.period, p.peer_iso3, c.name as peer, p.value, p.rank,
    p.n_peers
from marts.peer_comparison as p
inner join newest on p.peer_group = newest.peer_group and p.metric = newest.metric and p.period = newest.period
left join seeds.countries as c on p.peer_iso3 = c.iso3
left join marts.definitions as d on p.metric = d.metric
where p.partner_iso3 = $partner and p.value is not null
order by p.peer_group, p.metric, p.rank, p.peer_iso3
