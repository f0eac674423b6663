-- Ranks run from 1 to the number of members with a figure; one view in each comparison; a missing figure says why.
select peer_group, peer_iso3, partner_iso3, period, metric, value, rank, n_peers
from {{ ref('peer_comparison') }}
where
    (value is null) <> (rank is null)
    or (value is null) <> (null_reason is not null)
    or rank < 1
    or rank > n_peers
    or n_peers < 2

union all

select peer_group, min(peer_iso3), partner_iso3, period, metric, cast(count(value) as double), min(rank), max(n_peers)
from {{ ref('peer_comparison') }}
group by peer_group, partner_iso3, frequency, period, metric
having count(distinct view) > 1 or count(value) <> max(n_peers) or min(rank) <> 1
