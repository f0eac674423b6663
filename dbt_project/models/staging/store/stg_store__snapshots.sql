-- Every snapshot in the raw store: where it came from, since when it was known, what it changed.
select
    snapshot_id,
    dataset,
    scope,
    origin,
    release,
    cast(released_at as timestamp) as released_at,
    cast(known_from as timestamp) as known_from,
    known_from_basis,
    cast(retrieved_at as timestamp) as retrieved_at,
    url,
    sha256,
    n_rows,
    n_added,
    n_revised,
    n_deleted
from {{ read_store('snapshots') }}
