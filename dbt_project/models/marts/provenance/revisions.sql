-- Which publisher rewrote what: one row for each snapshot that changed anything. A point that was known before and has
-- another figure now is revised; how far is measured against the figure that it replaces.
with history as (

    select
        history.*,
        lag(value) over (partition by series_id, period order by known_from) as value_before,
        lag(change) over (partition by series_id, period order by known_from) as change_before
    from {{ ref('int_observations__history') }} as history

),

changes as (

    select
        history.*,
        case
            when change = 'deleted' then 'deleted'
            when coalesce(change_before, 'deleted') = 'deleted' then 'added'
            else 'revised'
        end as kind,
        abs(value - value_before) / nullif(abs(value_before), 0) as relative_revision
    from history

),

by_snapshot as (

    select
        dataset,
        publisher,
        snapshot_id,
        max(release) as release,
        min(known_from) as known_from,
        sum(case when kind = 'added' then 1 else 0 end) as n_added,
        sum(case when kind = 'revised' then 1 else 0 end) as n_revised,
        sum(case when kind = 'deleted' then 1 else 0 end) as n_deleted,
        median(case when kind = 'revised' then relative_revision end) as median_relative_revision,
        max(case when kind = 'revised' then relative_revision end) as max_relative_revision,
        min_by(case when kind = 'revised' then period end, case when kind = 'revised' then period_end end)
            as oldest_revised_period,
        min(case when kind = 'revised' then period_end end) as oldest_revised_period_end
    from changes
    group by dataset, publisher, snapshot_id

),

counted as (

    select
        by_snapshot.*,
        coalesce(sum(n_added - n_deleted) over (
            partition by dataset order by known_from, snapshot_id rows between unbounded preceding and 1 preceding
        ), 0) as n_known_before
    from by_snapshot

),

measured as (

    select
        counted.*,
        {{ share('cast(n_revised as double)', 'n_known_before') }} as revised_share
    from counted

)

select
    dataset,
    publisher,
    snapshot_id,
    release,
    known_from,
    cast(n_known_before as int) as n_known_before,
    cast(n_added as int) as n_added,
    cast(n_revised as int) as n_revised,
    cast(n_deleted as int) as n_deleted,
    revised_share,
    median_relative_revision,
    max_relative_revision,
    oldest_revised_period,
    cast(year(known_from) - year(oldest_revised_period_end) as int) as years_back,
    coalesce(revised_share > {{ parameter('mass_revision_share') }}, false) as is_mass_revision,
    concat_ws(
        ', ',
        case when n_known_before = 0 then 'first figures' end,
        case when n_added > 0 then concat(cast(n_added as string), ' points added') end,
        case
            when n_revised > 0 then concat(
                cast(n_revised as string), ' of ', cast(n_known_before as string), ' revised (',
                cast(round(100 * revised_share, 1) as string), ' percent) back to ', oldest_revised_period
            )
        end,
        case
            when max_relative_revision is not null then concat(
                'the largest by ', cast(round(100 * max_relative_revision, 1) as string), ' percent, half of them by less than ',
                cast(round(100 * median_relative_revision, 1) as string)
            )
        end,
        case when n_deleted > 0 then concat(cast(n_deleted as string), ' taken back') end,
        case
            when coalesce(revised_share > {{ parameter('mass_revision_share') }}, false)
                then 'a mass revision: changes of state that come with it may be the publisher''s, not the world''s'
        end
    ) as sentence
from measured
