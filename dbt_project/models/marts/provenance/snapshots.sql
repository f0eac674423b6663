-- Every snapshot of the raw store: `snapshot_id` of an observation leads here.
select
    snapshot_id,
    dataset,
    scope,
    origin,
    release,
    released_at,
    known_from,
    known_from_basis,
    retrieved_at,
    url,
    sha256,
    cast(n_rows as int) as n_rows,
    cast(n_added as int) as n_added,
    cast(n_revised as int) as n_revised,
    cast(n_deleted as int) as n_deleted
from {{ ref('stg_store__snapshots') }}
