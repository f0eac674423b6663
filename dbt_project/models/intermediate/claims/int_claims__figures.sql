-- Every published figure that a claim could mean, under every definition: one row for each claim, definition and period.
-- Which metric a claim is about says seeds/claims.csv; what the metric is made of says this query, once for all claims.
with claims as (

    select claim_id, home_iso3, partner_iso3, metric, item from {{ ref('claims') }}

),

trade as (

    select * from {{ ref('trade_balance') }} where frequency in ('A', 'FY')

),

-- The figures of one reporter at a time.
balances as (

    select
        home_iso3,
        partner_iso3,
        frequency,
        period,
        concat(view, '_', basis) as definition,
        view,
        false as is_mixed,
        exports_usd,
        imports_usd,
        total_usd,
        coalesce(dataset_exports, dataset_imports, dataset_total) as source,
        case when dataset_imports <> dataset_exports then dataset_imports end as second_source
    from trade

    union all

    -- Two reporters in one sum: what nobody publishes and many people compute.
    {% for view, exporter, importer in [
        ('mixed_exporters', 'home', 'partner'), ('mixed_importers', 'partner', 'home')
    ] %}
    select
        home.home_iso3,
        home.partner_iso3,
        home.frequency,
        home.period,
        '{{ view }}_customs' as definition,
        '{{ view }}' as view,
        true as is_mixed,
        {{ exporter }}.exports_usd,
        {{ importer }}.imports_usd,
        {{ two_way_total(exporter ~ '.exports_usd', importer ~ '.imports_usd') }} as total_usd,
        {{ exporter }}.dataset_exports as source,
        {{ importer }}.dataset_imports as second_source
    from trade as home
    inner join trade as partner
        on partner.home_iso3 = home.home_iso3
        and partner.partner_iso3 = home.partner_iso3
        and partner.frequency = home.frequency
        and partner.period = home.period
        and partner.basis = 'customs'
        and partner.view = 'partner_reported'
    where home.view = 'home_reported' and home.basis = 'customs'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

of_trade as (

    select
        claims.claim_id,
        balances.definition,
        case balances.view
            when 'home_reported' then concat(
                case when balances.definition like '%payments' then 'in payments through banks as ' else 'as customs of ' end,
                homes.name,
                case when balances.definition like '%payments' then ' reports them' else ' report' end
            )
            when 'partner_reported' then concat('as customs of ', partners.name, ' report')
            when 'reconciled' then 'as reconciled here between both reports'
            when 'third_party' then 'as a third party reconciled both reports'
            when 'mixed_exporters' then 'when each country''s own report of its exports is taken'
            else 'when each country''s own report of its imports is taken'
        end as how,
        balances.is_mixed,
        balances.frequency,
        balances.period,
        case claims.metric
            when 'exports_usd' then balances.exports_usd
            when 'imports_usd' then balances.imports_usd
            when 'total_usd' then balances.total_usd
            else {{ deficit(balance('balances.exports_usd', 'balances.imports_usd')) }}
        end as value,
        balances.source,
        balances.second_source
    from claims
    inner join balances
        on balances.home_iso3 = claims.home_iso3
        and balances.partner_iso3 = claims.partner_iso3
        -- One leg is one reporter's alone; only sums and differences can be mixed.
        and (not balances.is_mixed or claims.metric in ('total_usd', 'deficit_usd'))
    left join {{ ref('countries') }} as homes on homes.iso3 = claims.home_iso3
    left join {{ ref('countries') }} as partners on partners.iso3 = claims.partner_iso3
    where claims.metric in ('total_usd', 'exports_usd', 'imports_usd', 'deficit_usd')

),

of_reserves as (

    select
        claims.claim_id,
        reserves.definition,
        concat('as ', lower(substr(definitions.label, 1, 1)), substr(definitions.label, 2)) as how,
        false as is_mixed,
        reserves.frequency,
        reserves.period,
        reserves.reserves_usd as value,
        reserves.dataset as source,
        cast(null as string) as second_source
    from claims
    inner join {{ ref('reserve_adequacy') }} as reserves
        on reserves.country_iso3 = claims.home_iso3
        and reserves.frequency in ('A', 'M', 'W')
    left join (
        select definition, max(label) as label from {{ ref('reserve_definitions') }} group by definition
    ) as definitions on definitions.definition = reserves.definition
    where claims.metric = 'reserves_usd'

),

of_ict as (

    select
        claims.claim_id,
        case ict.frequency when 'YTD' then concat(ict.definition, '_year_to_date') else ict.definition end as definition,
        case
            when definitions.label is not null
                then concat('as ', lower(substr(definitions.label, 1, 1)), substr(definitions.label, 2))
            else concat('as ', replace(ict.definition, '_', ' '))
        end as how,
        false as is_mixed,
        ict.frequency,
        ict.period,
        ict.exports_usd as value,
        ict.dataset as source,
        cast(null as string) as second_source
    from claims
    inner join {{ ref('ict_exports') }} as ict
        on ict.country_iso3 = claims.home_iso3
        and ict.frequency in ('A', 'FY', 'YTD')
    left join (
        select definition, dataset, max(label) as label
        from {{ ref('ict_definitions') }}
        group by definition, dataset
    ) as definitions
        on definitions.definition = ict.definition
        and definitions.dataset = ict.dataset
    where claims.metric = 'ict_exports_usd'

),

of_students as (

    select
        claims.claim_id,
        students.definition,
        concat('as ', lower(substr(definitions.label, 1, 1)), substr(definitions.label, 2)) as how,
        false as is_mixed,
        students.frequency,
        students.period,
        students.students as value,
        students.dataset as source,
        cast(null as string) as second_source
    from claims
    inner join {{ ref('student_mobility') }} as students
        on students.origin_iso3 = claims.home_iso3
        and students.host_iso3 = claims.partner_iso3
    left join {{ ref('student_definitions') }} as definitions on definitions.definition = students.definition
    where claims.metric = 'students'

),

-- A theme's share of exports: of all goods, by year, in whoever's books its lines are known in full.
of_products as (

    select
        claims.claim_id,
        concat(structure.view, '_customs') as definition,
        concat('as customs of ', reporters.name, ' report') as how,
        false as is_mixed,
        structure.frequency,
        structure.period,
        structure.share as value,
        structure.dataset as source,
        cast(null as string) as second_source
    from claims
    inner join {{ ref('trade_structure') }} as structure
        on structure.home_iso3 = claims.home_iso3
        and structure.partner_iso3 = claims.partner_iso3
        and structure.flow = 'export'
        and structure.grouping = 'article_theme'
        and structure.group_code = claims.item
        and structure.frequency in ('A', 'FY')
    left join {{ ref('countries') }} as reporters on reporters.iso3 = structure.reporter_iso3
    where claims.metric = 'export_theme_share'

),

figures as (

    select * from of_trade
    union all
    select * from of_reserves
    union all
    select * from of_ict
    union all
    select * from of_students
    union all
    select * from of_products

)

select
    figures.claim_id,
    figures.definition,
    figures.how,
    figures.is_mixed,
    figures.frequency,
    figures.period,
    {{ period_start('figures.period', 'figures.frequency', "case when figures.frequency = 'YTD' then 'FY' end") }}
        as period_start,
    {{ period_end('figures.period', 'figures.frequency') }} as period_end,
    figures.value,
    figures.source,
    figures.second_source
from figures
where figures.value is not null
