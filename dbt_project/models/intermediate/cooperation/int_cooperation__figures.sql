-- Every indicator of the cooperation index as the figures of a year give it: nothing carried, nothing normalised. Which
-- figure an indicator is made of stands in the seed; here is where a mart's figures are laid out so that a row of the
-- seed can name them. Trade is laid out once for each record that an experiment takes; all else is the same for all.
with indicators as (

    select * from {{ ref('cooperation_indicator_definitions') }}

),

wanted as (

    select
        indicator, 'figure' as role, source_mart as mart, source_column as column_name,
        source_definition as definition, source_filter as detail, source_side as side, window_years
    from indicators

    union all

    select
        indicator, 'divisor', divisor_mart, divisor_column,
        divisor_definition, cast(null as string), divisor_side, 1
    from indicators
    where divisor_mart is not null

),

watched as (

    select home_iso3, partner_iso3 from {{ ref('int_dyads__watched') }}

),

records as (

    select distinct trade_view, cif_fob_factor from {{ ref('cooperation_experiments') }}

),

-- Calendar years at customs, both legs of one reporter and one dataset. Who imports records CIF.
legs as (

    select
        records.trade_view,
        records.cif_fob_factor,
        balance.home_iso3,
        balance.partner_iso3,
        balance.period,
        balance.view,
        case
            when balance.view = 'partner_reported'
                then {{ fob_equivalent('balance.exports_usd', 'records.cif_fob_factor') }}
            else balance.exports_usd
        end as exports_usd,
        case
            when balance.view = 'home_reported'
                then {{ fob_equivalent('balance.imports_usd', 'records.cif_fob_factor') }}
            else balance.imports_usd
        end as imports_usd,
        balance.total_usd
    from {{ ref('trade_balance') }} as balance
    cross join records
    where balance.frequency = 'A' and balance.basis = 'customs' and not balance.is_mixed

),

trade as (

    select
        legs.trade_view,
        legs.cif_fob_factor,
        wanted.indicator,
        wanted.role,
        legs.home_iso3,
        legs.partner_iso3,
        legs.period,
        case wanted.column_name
            when 'normalised_balance' then {{ normalised_balance('legs.exports_usd', 'legs.imports_usd') }}
            when 'coverage_ratio' then {{ coverage_ratio('legs.exports_usd', 'legs.imports_usd') }}
            -- Freight cannot be taken out of a total whose legs are not known.
            when 'total_usd' then coalesce({{ two_way_total('legs.exports_usd', 'legs.imports_usd') }}, legs.total_usd)
        end as value
    from legs
    inner join wanted
        on wanted.mart = 'trade_balance'
        and legs.view = case when wanted.definition = 'record' then legs.trade_view else wanted.definition end

),

found as (

    select
        wanted.indicator,
        wanted.role,
        watched.home_iso3,
        watched.partner_iso3,
        observations.frequency,
        observations.period,
        cast(year(observations.period_start) as int) as year_number,
        observations.value
    from {{ ref('observations') }} as observations
    inner join wanted
        on wanted.mart = 'observations'
        and observations.definition = wanted.definition
        and coalesce(observations.product, '') like coalesce(wanted.detail, '%')
    inner join watched
        on observations.reporter_iso3 = case
            when wanted.side in ('home', 'home_to_partner') then watched.home_iso3 else watched.partner_iso3
        end
        and coalesce(observations.partner_iso3, '') = case
            when wanted.side = 'home_to_partner' then watched.partner_iso3
            when wanted.side = 'partner_to_home' then watched.home_iso3
            else ''
        end
    where observations.frequency in ('A', 'M')

    union all

    select
        wanted.indicator,
        wanted.role,
        watched.home_iso3,
        watched.partner_iso3,
        students.frequency,
        students.period,
        cast(year(students.period_start) as int),
        students.students
    from {{ ref('student_mobility') }} as students
    inner join wanted on wanted.mart = 'student_mobility' and students.definition = wanted.definition
    inner join watched
        on students.origin_iso3 = watched.home_iso3
        and students.host_iso3 = watched.partner_iso3

),

-- Products of a year together; months only when all twelve were published.
added_up as (

    select
        indicator,
        role,
        home_iso3,
        partner_iso3,
        year_number,
        case
            when count(value) = count(*) and count(distinct period) = max(case when frequency = 'M' then 12 else 1 end)
                then {{ exact_sum('value') }}
        end as value
    from found
    group by indicator, role, home_iso3, partner_iso3, frequency, year_number

),

-- Dated counts are no series: the newest of a year speaks for it.
counts as (

    select
        wanted.indicator,
        wanted.role,
        watched.home_iso3,
        watched.partner_iso3,
        cast(substr(evidence.observed_on, 1, 4) as int) as year_number,
        evidence.value,
        row_number() over (
            partition by wanted.indicator, wanted.role, watched.home_iso3, watched.partner_iso3,
                substr(evidence.observed_on, 1, 4)
            order by evidence.observed_on desc, evidence.evidence_id
        ) as place
    from {{ ref('evidence') }} as evidence
    inner join wanted
        on wanted.mart = 'evidence'
        and evidence.topic = wanted.definition
        and evidence.evidence_id like coalesce(wanted.detail, '%')
    inner join watched
        on evidence.home_iso3 = watched.home_iso3
        and evidence.partner_iso3 = watched.partner_iso3
    where evidence.value is not null

),

years as (

    select * from {{ ref('int_cooperation__years') }}

),

-- A group's members are all listed, so a country that is not among them is no member: zero, and known.
memberships as (

    select
        wanted.indicator,
        wanted.role,
        watched.home_iso3,
        watched.partner_iso3,
        years.year_number,
        cast(count(distinct theirs.group_id) as double) as value
    from watched
    cross join years
    inner join wanted on wanted.mart = 'group_memberships'
    left join {{ ref('group_memberships') }} as ours
        on ours.iso3 = watched.home_iso3
        and ours.member_from <= years.last_day
        and (ours.member_to is null or ours.member_to > years.last_day)
    left join {{ ref('group_memberships') }} as theirs
        on theirs.group_id = ours.group_id
        and theirs.iso3 = watched.partner_iso3
        and theirs.member_from <= years.last_day
        and (theirs.member_to is null or theirs.member_to > years.last_day)
    group by wanted.indicator, wanted.role, watched.home_iso3, watched.partner_iso3, years.year_number

),

independent as (

    select indicator, role, home_iso3, partner_iso3, year_number, value from added_up
    union all
    select indicator, role, home_iso3, partner_iso3, year_number, value from counts where place = 1
    union all
    select indicator, role, home_iso3, partner_iso3, year_number, value from memberships

),

laid_out as (

    select
        trade_view, cif_fob_factor, indicator, role, home_iso3, partner_iso3, cast(period as int) as year_number, value
    from trade
    where value is not null

    union all

    select
        records.trade_view, records.cif_fob_factor, independent.indicator, independent.role, independent.home_iso3,
        independent.partner_iso3, independent.year_number, independent.value
    from independent
    cross join records
    where independent.value is not null

),

-- The mean of the years of an indicator's window, all of them known; most have a window of one year.
windowed as (

    select
        latest.trade_view,
        latest.cif_fob_factor,
        latest.indicator,
        latest.role,
        latest.home_iso3,
        latest.partner_iso3,
        latest.year_number,
        {{ complete_mean('spanned.value', 'max(wanted.window_years)') }} as value
    from laid_out as latest
    inner join wanted on latest.indicator = wanted.indicator and latest.role = wanted.role
    inner join laid_out as spanned
        on latest.trade_view = spanned.trade_view
        and latest.cif_fob_factor = spanned.cif_fob_factor
        and latest.indicator = spanned.indicator
        and latest.role = spanned.role
        and latest.home_iso3 = spanned.home_iso3
        and latest.partner_iso3 = spanned.partner_iso3
        and spanned.year_number > latest.year_number - wanted.window_years
        and spanned.year_number <= latest.year_number
    group by
        latest.trade_view, latest.cif_fob_factor, latest.indicator, latest.role, latest.home_iso3, latest.partner_iso3,
        latest.year_number

)

select
    figures.trade_view,
    figures.cif_fob_factor,
    figures.indicator,
    figures.home_iso3,
    figures.partner_iso3,
    figures.year_number,
    indicators.scale_factor
        * ({{ indicator_value('indicators.measure', 'figures.value', 'divisors.value') }}) as value
from windowed as figures
inner join indicators on figures.indicator = indicators.indicator
left join windowed as divisors
    on divisors.role = 'divisor'
    and figures.indicator = divisors.indicator
    and figures.trade_view = divisors.trade_view
    and figures.cif_fob_factor = divisors.cif_fob_factor
    and figures.home_iso3 = divisors.home_iso3
    and figures.partner_iso3 = divisors.partner_iso3
    and divisors.year_number = coalesce(indicators.divisor_year, figures.year_number)
where figures.role = 'figure'
