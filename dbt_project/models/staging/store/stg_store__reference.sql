-- The one date from which all ages are counted, so that a rebuild of the same store gives the same tables.
select
    reference_date,
    cast(known_at as timestamp) as known_at
from {{ read_store('reference') }}
