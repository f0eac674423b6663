-- When each dataset's next figures are due, and whether the newest came early, on time or late. The usual lag is learned
-- from releases that were observed, that is noticed by a nightly question. The first night is none: what it found had
-- been out for long; nor is an embedded vintage, which is seldom the first with its newest period. With too few of them
-- the catalogue's lag stands.
with datasets as (

    select * from {{ ref('stg_store__datasets') }}

),

-- Days on which a dataset's newest period moved on.
days as (

    select
        history.dataset,
        cast(history.known_from as date) as release_day,
        max(history.known_from) as released_at,
        max(history.period_end) as newest_period_end,
        max(case when snapshots.origin = 'live' then 1 else 0 end) = 1 as is_live
    from {{ ref('int_observations__history') }} as history
    inner join {{ ref('stg_store__snapshots') }} as snapshots on snapshots.snapshot_id = history.snapshot_id
    where history.change <> 'deleted'
    group by history.dataset, cast(history.known_from as date)

),

compared as (

    select
        days.*,
        max(newest_period_end) over (
            partition by dataset order by release_day rows between unbounded preceding and 1 preceding
        ) as newest_before,
        min(case when is_live then release_day end) over (partition by dataset) as first_live_day
    from days

),

releases as (

    select
        compared.*,
        {{ days_between('newest_period_end', 'release_day') }} as lag_days,
        is_live and release_day > first_live_day as is_observed
    from compared
    where newest_before is null or newest_period_end > newest_before

),

learned as (

    select
        dataset,
        cast(sum(case when is_observed then 1 else 0 end) as int) as n_observed_releases,
        cast(round(median(case when is_observed then lag_days end)) as int) as observed_lag_days,
        max(released_at) as last_release
    from releases
    group by dataset

),

newest as (

    select
        dataset,
        max_by(period, concat(cast(period_end as string), period)) as latest_period,
        max_by(frequency, concat(cast(period_end as string), period)) as latest_frequency,
        max(period_end) as latest_period_end
    from {{ ref('observations') }}
    group by dataset

),

expected as (

    select
        datasets.dataset,
        datasets.publisher,
        datasets.origin,
        datasets.ends,
        datasets.checked_at,
        datasets.stale_since,
        datasets.tolerance_days,
        newest.latest_period,
        newest.latest_period_end,
        coalesce(learned.n_observed_releases, 0) as n_observed_releases,
        case
            when learned.n_observed_releases >= {{ parameter('release_lag_min_releases') }} then learned.observed_lag_days
            else datasets.usual_lag_days
        end as usual_lag_days,
        case
            when learned.n_observed_releases >= {{ parameter('release_lag_min_releases') }} then 'observed'
            else 'catalogue'
        end as lag_basis,
        learned.last_release,
        {{ following_period_end('newest.latest_period_end', 'newest.latest_frequency') }} as next_period_end,
        reference.reference_date
    from datasets
    cross join {{ ref('stg_store__reference') }} as reference
    left join learned on learned.dataset = datasets.dataset
    left join newest on newest.dataset = datasets.dataset

),

dated as (

    select
        expected.*,
        case when ends is null then next_period_end + usual_lag_days end as next_expected,
        latest_period_end + usual_lag_days as latest_was_due
    from expected

),

judged as (

    select
        dated.*,
        case
            when latest_period is null or ends is not null or stale_since is not null then 'unknown'
            when reference_date > next_expected + tolerance_days then 'late'
            when reference_date < latest_was_due then 'early'
            else 'on_time'
        end as state
    from dated

)

select
    dataset,
    publisher,
    usual_lag_days,
    lag_basis,
    n_observed_releases,
    last_release,
    latest_period,
    next_expected,
    tolerance_days,
    reference_date as judged_on,
    state,
    case
        when stale_since is not null then concat(
            'the pipeline is broken, not the publisher: no good answer since ',
            cast(cast(stale_since as date) as string), '; whether anything was released is not known'
        )
        when latest_period is null then 'no figures yet'
        when ends is not null then concat('the publisher stopped after ', ends, '; nothing more is expected')
        when state = 'late' then concat(
            'late: what follows ', latest_period, ' was expected by ', cast(next_expected as string),
            case when origin = 'bundle' then '; the bundle holds nothing newer and no publisher was asked' else '' end
        )
        when state = 'early' then concat(
            'early: ', latest_period, ' was not expected before ', cast(latest_was_due as string)
        )
        when reference_date > next_expected then concat(
            'on time: what follows ', latest_period, ' is due since ', cast(next_expected as string),
            ', within the usual ', cast(tolerance_days as string), ' days'
        )
        else concat('on time: nothing new is expected before ', cast(next_expected as string))
    end as sentence
from judged
