-- Random weights for the runs of the cooperation index, as Python drew them from the weights of the seeds.
select
    run,
    level,
    target,
    weight
from {{ read_store('weight_draws') }}
