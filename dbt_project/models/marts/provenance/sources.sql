-- Every dataset of the catalogue: who publishes it, under which licence, how new it is, whether it is stale.
with observed as (

    select
        dataset,
        count(distinct series_id) as n_series,
        count(*) as n_observations,
        min_by(period, concat(cast(period_end as string), period)) as first_period,
        max_by(period, concat(cast(period_end as string), period)) as latest_period,
        max(period_end) as latest_period_end
    from {{ ref('observations') }}
    group by dataset

)

select
    datasets.dataset,
    datasets.publisher,
    datasets.publisher_name,
    datasets.title,
    datasets.licence,
    datasets.citation,
    datasets.url,
    datasets.unit,
    datasets.frequencies,
    datasets.origin,
    datasets.retrieved_at,
    datasets.checked_at,
    observed.first_period,
    observed.latest_period,
    observed.latest_period_end,
    {{ age_years('observed.latest_period_end', 'reference.reference_date') }} as latest_period_age_years,
    cast(coalesce(observed.n_series, 0) as int) as n_series,
    cast(coalesce(observed.n_observations, 0) as int) as n_observations,
    datasets.stale_since,
    datasets.last_error,
    datasets.usual_lag_days,
    datasets.tolerance_days,
    datasets.ends,
    datasets.snapshot_id,
    datasets.sha256,
    datasets.n_snapshots
from {{ ref('stg_store__datasets') }} as datasets
cross join {{ ref('stg_store__reference') }} as reference
left join observed on observed.dataset = datasets.dataset
