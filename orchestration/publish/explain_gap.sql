-- The gap between both countries' records of one period taken apart, flow by flow, as rows to be read from the top:
-- the two records, the raw gap, freight and insurance, what remains, our reconciled figure, and what may explain the
-- rest. Columns are qualified throughout: an unqualified `period` would be the parameter.
create macro main.explain_gap(home, partner, period) as table
with ledger as (

    select
        mirror.*,
        case when mirror.flow = 'import' then mirror.home_iso3 else mirror.partner_iso3 end as importer_iso3,
        case when mirror.flow = 'import' then mirror.partner_iso3 else mirror.home_iso3 end as exporter_iso3,
        case when mirror.flow = 'import' then mirror.home_reported_usd else mirror.partner_reported_usd end
            as importer_usd,
        case when mirror.flow = 'import' then mirror.partner_reported_usd else mirror.home_reported_usd end
            as exporter_usd
    from marts.mirror_ledger as mirror
    where mirror.home_iso3 = upper(home) and mirror.partner_iso3 = upper(partner) and mirror.period = period

),

causes as (

    select
        ledger.flow,
        causes.*,
        row_number() over (
            partition by ledger.flow
            order by case when causes.home_iso3 is null then 1 else 0 end, causes.larger_record, causes.cause
        ) as place
    from ledger
    inner join seeds.gap_causes as causes
        on (causes.home_iso3 is null or causes.home_iso3 = ledger.home_iso3)
        and (causes.partner_iso3 is null or causes.partner_iso3 = ledger.partner_iso3)
        and (causes.flow is null or causes.flow = ledger.flow)
        and (causes.period_from is null or causes.period_from <= ledger.period_start)
        and (causes.period_to is null or causes.period_to >= ledger.period_start)
        and (
            causes.larger_record is null
            or causes.larger_record = case when ledger.gap_usd > 0 then 'importer' else 'exporter' end
        )
    where ledger.gap_usd is not null

),

steps as (

    select
        ledger.flow, 1 as step, 'record' as kind, concat('imports in the books of ', ledger.importer_iso3) as item,
        ledger.importer_usd as value_usd, cast(null as double) as share_of_gap,
        concat(
            case
                when ledger.importer_usd is null then 'no customs record of this period'
                else concat('valued ', coalesce(ledger.importer_valuation, 'as printed'), ', from ',
                    case when ledger.flow = 'import' then ledger.home_dataset else ledger.partner_dataset end)
            end
        ) as explanation,
        cast(null as varchar) as source_title, cast(null as varchar) as source_url
    from ledger

    union all

    select
        ledger.flow, 2, 'record', concat('exports in the books of ', ledger.exporter_iso3),
        ledger.exporter_usd, null,
        case
            when ledger.exporter_usd is null then 'no customs record of this period'
            else concat('from ', case when ledger.flow = 'import' then ledger.partner_dataset else ledger.home_dataset end)
        end,
        null, null
    from ledger

    union all

    select
        ledger.flow, 3, 'gap', 'raw gap', ledger.gap_raw_usd,
        case when ledger.gap_raw_usd <> 0 then 1.0 end,
        case
            when ledger.gap_raw_usd is null then 'one record only: nothing to compare'
            else 'imports less exports, as both are printed'
        end,
        null, null
    from ledger

    union all

    select
        ledger.flow, 4, 'adjustment', 'freight and insurance', ledger.gap_raw_usd - ledger.gap_usd,
        (ledger.gap_raw_usd - ledger.gap_usd) / nullif(ledger.gap_raw_usd, 0),
        concat(
            'imports divided by ', cast(ledger.cif_fob_factor as varchar), ' (', ledger.cif_fob_basis, ')',
            case when ledger.is_within_freight
                then '; with no freight at all, or with ten percent, the gap changes its sign' else '' end
        ),
        parameters.source_title, parameters.source_url
    from ledger
    left join seeds.parameters as parameters
        on parameters.parameter = 'cif_fob_factor' and ledger.cif_fob_basis = 'default'

    union all

    select
        ledger.flow, 5, 'gap', 'what remains', ledger.gap_usd,
        ledger.gap_usd / nullif(ledger.gap_raw_usd, 0),
        concat(
            'flag ', ledger.flag,
            case when ledger.gap_symmetric is not null
                then concat('; ', cast(round(100 * ledger.gap_symmetric, 1) as varchar), ' percent of the mean record')
                else '' end,
            case when ledger.is_structural_break
                then '; structural break: one side has probably changed how it counts' else '; no structural break' end
        ),
        null, null
    from ledger

    union all

    select
        ledger.flow, 5, 'gap', 'what remains with re-exports through entrepots',
        ledger.importer_fob_usd - ledger.exporter_via_entrepot_high_usd, null,
        concat(
            'the exporter''s record with them lies between ',
            cast(round(ledger.exporter_via_entrepot_low_usd / 1e6, 1) as varchar), ' and ',
            cast(round(ledger.exporter_via_entrepot_high_usd / 1e6, 1) as varchar), ' million USD'
        ),
        null, null
    from ledger
    where ledger.exporter_via_entrepot_high_usd is not null and ledger.importer_usd is not null

    union all

    select
        ledger.flow, 6, 'reconciled', 'our figure between the two', ledger.reconciled_usd, null,
        concat(
            'the exporter''s record weighs ', cast(round(ledger.weight, 3) as varchar), ' (', ledger.weight_basis,
            '); between ', cast(round(ledger.low_usd / 1e6, 1) as varchar), ' and ',
            cast(round(ledger.high_usd / 1e6, 1) as varchar), ' million USD'
        ),
        null, null
    from ledger
    where ledger.reconciled_usd is not null

    union all

    select
        causes.flow, cast(6 + causes.place as int), 'possible cause', replace(causes.cause, '_', ' '), null, null,
        causes.explanation, causes.source_title, causes.source_url
    from causes

    union all

    select
        null, 0, 'nothing', 'no customs record of this pair and period', null, null,
        'see marts.mirror_ledger for the pairs and periods that are known', null, null
    where not exists (select 1 from ledger)

)

select steps.flow, steps.step, steps.kind, steps.item, steps.value_usd, steps.share_of_gap, steps.explanation,
    steps.source_title, steps.source_url
from steps
order by steps.flow, steps.step
