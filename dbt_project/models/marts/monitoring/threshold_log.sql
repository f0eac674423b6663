-- Every change of a threshold's state, and why: did the world move, or was the past rewritten? A pure function of the
-- raw store and the code: the newest state of each rule as it would have been known after each release, and what
-- differs from one release to the next. Staleness of a source is no part of it: who fell silent changed no figure.
with known as (

    select * from {{ ref('int_thresholds__worlds') }} where world = 'known'

),

revised as (

    select * from {{ ref('int_thresholds__worlds') }} where world = 'revised'

),

mass_revisions as (

    select cast(known_from as date) as day, min(dataset) as dataset
    from {{ ref('revisions') }}
    where is_mass_revision
    group by cast(known_from as date)

),

changes as (

    select
        after.step_kind,
        after.changed_at,
        after.datasets,
        after.subject,
        after.rule_id,
        before.state as from_state,
        after.state as to_state,
        before.period as period_before,
        after.period,
        before.value as value_before,
        after.value as value_after,
        -- Without a revision the points known before the step look as they did before it.
        case when after.has_revisions then revised.value else before.value end as value_revised,
        after.has_revisions and (
            revised.state is distinct from before.state
            or revised.value is distinct from before.value
            or revised.low is distinct from before.low
            or revised.high is distinct from before.high
        ) as is_moved_by_revisions,
        case
            when after.has_revisions then
                after.state is distinct from revised.state
                or after.period is distinct from revised.period
                or after.value is distinct from revised.value
                or after.low is distinct from revised.low
                or after.high is distinct from revised.high
            else true
        end as is_moved_by_new_data
    from known as after
    inner join known as before
        on before.subject = after.subject
        and before.rule_id = after.rule_id
        and before.step = after.step - 1
    left join revised
        on revised.subject = after.subject
        and revised.rule_id = after.rule_id
        and revised.step = after.step
    where after.state <> before.state

),

attributed as (

    select
        changes.*,
        case
            when step_kind = 'rules' then case when value_after = value_before then 0.0 end
            else {{ revision_effect('value_before', 'value_revised') }}
        end as revision_effect,
        case
            when step_kind = 'rules' then case when value_after = value_before then 0.0 end
            else {{ new_data_effect('value_revised', 'value_after') }}
        end as new_data_effect,
        case
            when step_kind = 'rules' then 'rule_changed'
            when is_moved_by_revisions and is_moved_by_new_data then 'both'
            when is_moved_by_revisions then 'revision'
            else 'new_data'
        end as cause
    from changes

)

select
    attributed.changed_at,
    attributed.subject,
    attributed.rule_id,
    attributed.from_state,
    attributed.to_state,
    attributed.period,
    attributed.period_before,
    attributed.value_before,
    attributed.value_after,
    attributed.revision_effect,
    attributed.new_data_effect,
    attributed.cause,
    attributed.datasets,
    attributed.cause in ('revision', 'both') and mass_revisions.day is not null as is_mass_revision,
    concat_ws(
        ' ',
        concat(attributed.subject, ' ', attributed.rule_id, ':'),
        concat(attributed.from_state, ' (', attributed.period_before, ') to ', attributed.to_state, ' (', attributed.period, ')'),
        case attributed.cause
            when 'revision' then 'because published figures were revised'
            when 'new_data' then 'because of new figures'
            when 'both' then 'because of new figures and of revised ones'
            else 'because the rule was changed'
        end,
        case when attributed.cause <> 'rule_changed' then concat('(', attributed.datasets, ')') end,
        case
            when attributed.cause in ('revision', 'both') and mass_revisions.day is not null
                then concat('with a mass revision of ', mass_revisions.dataset)
        end
    ) as sentence
from attributed
left join mass_revisions on mass_revisions.day = cast(attributed.changed_at as date)
