{{ config(alias='claims') }}
-- What the essays claim, recomputed under every definition that applies, each with a verdict and one plain sentence that
-- says which reporter, which period and which definition make the number true. (The seed has the name `claims` already.)
with claims as (

    select
        claims.*,
        case when period like 'FY%' then 'FY' when length(period) = 7 then 'M' when period is not null then 'A' end
            as claim_frequency,
        essays.title as document,
        metrics.is_stock,
        replace(replace(replace(metrics.label,
            '{home}', coalesce(homes.name, '')),
            '{partner}', coalesce(partners.name, '')),
            '{item}', coalesce(replace(claims.item, '_', ' '), '')) as label
    from {{ ref('claims') }} as claims
    inner join {{ ref('claim_metrics') }} as metrics on metrics.metric = claims.metric
    inner join {{ ref('essays') }} as essays on essays.document_id = claims.document_id
    left join {{ ref('countries') }} as homes on homes.iso3 = claims.home_iso3
    left join {{ ref('countries') }} as partners on partners.iso3 = claims.partner_iso3

),

sources as (

    select dataset, publisher_name from {{ ref('stg_store__datasets') }}

),

compared as (

    select
        compared.*,
        case
            when second_sources.publisher_name <> sources.publisher_name
                then concat(sources.publisher_name, ' and ', second_sources.publisher_name)
            else sources.publisher_name
        end as publishers
    from {{ ref('int_claims__compared') }} as compared
    left join sources on sources.dataset = compared.source
    left join sources as second_sources on second_sources.dataset = compared.second_source

),

by_figure as (

    select
        claims.claim_id,
        compared.definition,
        compared.verdict,
        compared.period as observed_period,
        compared.frequency as observed_frequency,
        case
            when compared.verdict <> 'not_reproducible' or compared.is_part then compared.value
        end as observed_value,
        cast(null as date) as observed_date,
        compared.source as dataset,
        compared.second_source as second_dataset,
        compared.is_mixed,
        concat(
            claims.label, ' came to ', {{ shown_value('compared.value', 'claims.unit') }}, ' ',
            case
                when compared.frequency = 'YTD' then concat(
                    'from ', {{ shown_period("substr(cast(compared.period_start as string), 1, 7)", "'M'") }}, ' to ',
                    {{ shown_period('compared.period', 'compared.frequency') }})
                else {{ shown_moment('compared.period', 'compared.frequency', 'claims.is_stock') }}
            end,
            ' ', compared.how,
            case when compared.publishers is not null then concat(', according to ', compared.publishers) else '' end
        ) as said,
        concat(
            'the claimed ', case claims.comparison when 'more_than' then 'more than ' else '' end,
            {{ shown_value('claims.claimed_value', 'claims.unit') }}
        ) as claimed,
        concat(
            {{ plain_number('abs(' ~ percent_error('claims.claimed_value', 'compared.value') ~ ')', 1) }}, ' percent ',
            case when compared.value < claims.claimed_value then 'more' else 'less' end, ' than that'
        ) as distance,
        compared.true_how,
        compared.mixed_how,
        compared.is_part,
        compared.bears_out,
        concat(
            'it came to ', {{ shown_value('compared.home_value', 'claims.unit') }}, ' ', compared.home_how, ' and to ',
            {{ shown_value('compared.partner_value', 'claims.unit') }}, ' ', compared.partner_how
        ) as both_sides,
        case
            when compared.in_period_value is not null then concat(
                ', and ', {{ shown_moment('compared.in_period', 'compared.in_period_frequency', 'claims.is_stock') }},
                ' to ', {{ shown_value('compared.in_period_value', 'claims.unit') }})
            when compared.newest_period <> compared.period then concat(
                ', and ', {{ shown_moment('compared.newest_period', 'compared.newest_frequency', 'claims.is_stock') }},
                ', the newest that is known, to ', {{ shown_value('compared.newest_value', 'claims.unit') }})
            else ', and no newer figure is known'
        end as beside,
        coalesce({{ shown_period('claims.period', 'claims.claim_frequency') }}, 'the present') as claim_period
    from claims
    inner join compared on compared.claim_id = claims.claim_id

),

figures as (

    select
        claim_id,
        definition,
        verdict,
        observed_period,
        observed_frequency,
        observed_value,
        observed_date,
        dataset,
        second_dataset,
        is_mixed,
        case
            when verdict = 'matches' then concat(said, ': so ', claimed, ' is true by this definition.')
            when verdict = 'matches_other_definition' and is_mixed and bears_out
                then concat(said, ': ', claimed, ' is reached only so, by mixing two reporters, while ', both_sides, '.')
            when verdict = 'matches_other_definition'
                then concat(said, ': ', claimed, ' is ', distance, ' and is true only ', true_how, '.')
            when verdict = 'contradicted' and mixed_how is not null
                then concat(said, ': ', claimed, ' is ', distance, ' and is reached only ', mixed_how, '.')
            when verdict = 'contradicted' then concat(said, ': ', claimed, ' is ', distance, '.')
            when verdict = 'stale' then concat(said, beside, ': ', claimed, ' is not of ', claim_period, '.')
            when is_part then concat(said, ', which is only a part of ', claim_period, ': whether ', claimed,
                ' is true cannot be told.')
            else concat(said, beside, ': by this definition no figure bears ', claimed, ' out.')
        end as explanation
    from by_figure

),

by_fact as (

    select
        claims.claim_id,
        facts.definition,
        coalesce(facts.verdict, case
            when {{ bears_out(
                'claims.claimed_value', 'facts.value', 'claims.comparison',
                claim_tolerance('claims.claimed_value', 'claims.rounding', parameter('claim_tolerance'))
            ) }} then 'matches'
            else 'contradicted'
        end) as verdict,
        facts.period as observed_period,
        facts.frequency as observed_frequency,
        case when facts.verdict is null or facts.verdict <> 'not_reproducible' then facts.value end as observed_value,
        facts.observed_date,
        facts.fact,
        facts.is_complete,
        case when claims.claimed_date is not null then cast(claims.claimed_date as string)
            else {{ shown_value('claims.claimed_value', 'claims.unit') }} end as claimed,
        claims.is_context,
        claims.caveat
    from claims
    inner join {{ ref('int_claims__facts') }} as facts on facts.claim_id = claims.claim_id

),

facts as (

    select
        claim_id,
        definition,
        verdict,
        observed_period,
        observed_frequency,
        observed_value,
        observed_date,
        cast(null as string) as dataset,
        cast(null as string) as second_dataset,
        false as is_mixed,
        case
            when is_complete then concat(fact, '.')
            when is_context then concat(
                'No public figure measures this, the nearest being that ', fact, ', of ', observed_period,
                case when caveat is not null then concat('; ', lower(substr(caveat, 1, 1)), substr(caveat, 2)) else '' end,
                '.')
            when verdict = 'matches' then concat(fact, ': so the claimed ', claimed, ' is true.')
            when verdict = 'contradicted' then concat(fact, ': the claimed ', claimed, ' is not what is on record.')
            else concat(fact, '.')
        end as explanation
    from by_fact

),

found as (

    select * from figures
    union all
    select * from facts

),

-- A claim of which nothing at all is known has its row too.
answered as (

    select
        claims.claim_id,
        coalesce(found.definition, 'no_public_source') as definition,
        coalesce(found.verdict, 'not_reproducible') as verdict,
        found.observed_period,
        found.observed_frequency,
        found.observed_value,
        found.observed_date,
        found.dataset,
        found.second_dataset,
        coalesce(found.is_mixed, false) as is_mixed,
        coalesce(found.explanation, concat(
            'No public figure of this was found, so whether the claimed ',
            coalesce({{ shown_value('claims.claimed_value', 'claims.unit') }}, cast(claims.claimed_date as string)),
            ' is true cannot be told.'
        )) as explanation
    from claims
    left join found on found.claim_id = claims.claim_id

),

placed as (

    select
        answered.*,
        min(case verdict
            when 'matches' then 1
            when 'matches_other_definition' then 2
            when 'stale' then 3
            when 'contradicted' then 4
            else 5
        end) over (partition by claim_id) as best_place
    from answered

)

select
    claims.claim_id,
    claims.document,
    claims.home_iso3,
    claims.partner_iso3,
    claims.statement,
    claims.claimed_value,
    claims.claimed_date,
    claims.unit,
    claims.period,
    claims.metric,
    placed.definition,
    placed.observed_value,
    placed.observed_date,
    placed.observed_period,
    case
        when placed.verdict <> 'not_reproducible'
            then {{ percent_error('claims.claimed_value', 'placed.observed_value') }}
    end as gap_pct,
    placed.verdict,
    case placed.best_place
        when 1 then 'matches'
        when 2 then 'matches_other_definition'
        when 3 then 'stale'
        when 4 then 'contradicted'
        else 'not_reproducible'
    end as claim_verdict,
    placed.explanation,
    placed.is_mixed,
    placed.dataset,
    placed.second_dataset,
    claims.caveat
from placed
inner join claims on claims.claim_id = placed.claim_id
