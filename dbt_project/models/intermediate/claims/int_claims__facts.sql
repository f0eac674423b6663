-- What dated facts say of a claim: one row for each claim and fact, with the fact as the beginning of a sentence.
-- `verdict` is filled where the fact decides by itself, `value` where it is held against the claim; a fact that is_complete
-- is the whole sentence.
with claims as (

    select * from {{ ref('claims') }}

),

facts as (

    select * from {{ ref('dated_evidence') }}

),

reference as (

    select reference_date from {{ ref('stg_store__reference') }}

),

parts as (

    select
        claim_id,
        home_iso3,
        partner_iso3,
        metric,
        {{ split_rows('item', ';') }} as part
    from claims
    where metric in ('ties_to_form', 'member_since')

),

-- A fact that measures what is claimed, or (context) the nearest thing to it that is known.
stated as (

    select
        claims.claim_id,
        facts.evidence_id as definition,
        concat({{ unfinished('facts.statement') }}, ' (', facts.source_title, ')') as fact,
        case when claims.is_context then 'not_reproducible' end as verdict,
        case facts.observed_precision when 'year' then 'A' when 'month' then 'M' else 'D' end as frequency,
        case facts.observed_precision
            when 'year' then substr(cast(facts.observed_on as string), 1, 4)
            when 'month' then substr(cast(facts.observed_on as string), 1, 7)
            else cast(facts.observed_on as string)
        end as period,
        case
            when claims.unit = 'fraction' and facts.unit = 'percent' then facts.value / 100 else facts.value
        end as value,
        cast(null as date) as observed_date,
        false as is_complete
    from claims
    inner join facts on facts.evidence_id = claims.item
    where claims.metric = 'evidence_value' and facts.value is not null

),

dated as (

    select
        claims.claim_id,
        facts.evidence_id as definition,
        concat(
            {{ unfinished('facts.statement') }}, ' on ', cast(facts.observed_on as string), ' (', facts.source_title, ')'
        ) as fact,
        case when facts.observed_on = claims.claimed_date then 'matches' else 'contradicted' end as verdict,
        'A' as frequency,
        substr(cast(facts.observed_on as string), 1, 4) as period,
        cast(null as double) as value,
        facts.observed_on as observed_date,
        false as is_complete
    from claims
    inner join facts on facts.evidence_id = claims.item and facts.observed_precision = 'day'
    where claims.metric = 'evidence_date'

),

years as (

    select
        claims.claim_id,
        facts.evidence_id as definition,
        concat(
            {{ unfinished('facts.statement') }}, ' on ', cast(facts.observed_on as string), ' (', facts.source_title,
            '), ', cast({{ full_years('facts.observed_on', 'reference.reference_date') }} as string),
            ' full years before ', cast(reference.reference_date as string)
        ) as fact,
        cast(null as string) as verdict,
        'D' as frequency,
        cast(reference.reference_date as string) as period,
        cast({{ full_years('facts.observed_on', 'reference.reference_date') }} as double) as value,
        facts.observed_on as observed_date,
        false as is_complete
    from claims
    inner join facts on facts.evidence_id = claims.item and facts.observed_precision = 'day'
    cross join reference
    where claims.metric = 'years_since'

),

members as (

    select
        parts.claim_id,
        concat('member_since_', lower(countries.iso3)) as definition,
        concat(
            countries.name, ' became a member of the ', named_groups.name, ' on ', cast(memberships.member_from as string),
            ' (', memberships.source_title, ')'
        ) as fact,
        cast(null as string) as verdict,
        'A' as frequency,
        cast(year(memberships.member_from) as string) as period,
        cast(year(memberships.member_from) as double) as value,
        memberships.member_from as observed_date,
        false as is_complete
    from parts
    inner join {{ ref('group_memberships') }} as memberships
        on parts.part = concat(memberships.group_id, ':', memberships.iso3)
    inner join {{ ref('groups') }} as named_groups on named_groups.group_id = memberships.group_id
    inner join {{ ref('countries') }} as countries on countries.iso3 = memberships.iso3
    where parts.metric = 'member_since'

),

-- Whether two named places are tied already.
ties as (

    select
        parts.claim_id,
        parts.part,
        facts.status,
        facts.observed_on,
        facts.observed_precision,
        facts.source_title
    from parts
    left join facts
        on facts.home_iso3 = parts.home_iso3
        and facts.partner_iso3 = parts.partner_iso3
        and facts.topic = 'sister_cities'
        and facts.subject = parts.part
    where parts.metric = 'ties_to_form'

),

pairs as (

    select
        claim_id,
        concat('tie_', lower(replace(replace(replace(part, '-', '_'), ' ', '_'), '''', ''))) as definition,
        case
            when status is null then concat('No public record of a tie between ', replace(part, '-', ' and '), ' was found')
            when status = 'established' then concat(
                replace(part, '-', ' and '), ' have been sister cities since ',
                case observed_precision
                    when 'year' then substr(cast(observed_on as string), 1, 4)
                    when 'month' then substr(cast(observed_on as string), 1, 7)
                    else cast(observed_on as string)
                end, ' (', source_title, '), so that this tie need not be formed')
            else concat(
                'A tie between ', replace(part, '-', ' and '), ' is on record as ', replace(status, '_', ' '), ' of ',
                substr(cast(observed_on as string), 1, 4), ' (', source_title, ')')
        end as fact,
        case when status = 'established' then 'contradicted' else 'not_reproducible' end as verdict,
        'A' as frequency,
        substr(cast(observed_on as string), 1, 4) as period,
        cast(null as double) as value,
        observed_on as observed_date,
        true as is_complete
    from ties

),

all_pairs as (

    select
        claim_id,
        'ties_still_to_form' as definition,
        concat(
            'Of the ', cast(count(*) as string), ' pairs named, tied already: ',
            cast(count(case when status = 'established' then 1 end) as string),
            case
                when count(case when status = 'established' then 1 end) > 0 then concat(
                    ' (', min(case when status = 'established' then part end), ' since ',
                    min(case when status = 'established' then substr(cast(observed_on as string), 1, 4) end), ')')
                else ''
            end
        ) as fact,
        cast(null as string) as verdict,
        'A' as frequency,
        max(substr(cast(observed_on as string), 1, 4)) as period,
        cast(count(*) - count(case when status = 'established' then 1 end) as double) as value,
        cast(null as date) as observed_date,
        false as is_complete
    from ties
    group by claim_id

)

select * from stated
union all
select * from dated
union all
select * from years
union all
select * from members
union all
select * from pairs
union all
select * from all_pairs
