-- Every dataset of the catalogue with the state of its last good snapshot, as the raw store wrote it.
select
    dataset,
    publisher,
    publisher_name,
    title,
    licence,
    citation,
    url,
    unit,
    frequencies,
    usual_lag_days,
    tolerance_days,
    ends,
    cast(retrieved_at as timestamp) as retrieved_at,
    cast(checked_at as timestamp) as checked_at,
    cast(stale_since as timestamp) as stale_since,
    last_error,
    origin,
    sha256,
    snapshot_id,
    n_snapshots
from {{ read_store('datasets') }}
