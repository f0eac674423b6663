-- Trade by product: every line, chapter or group of every table that seeds/structure_sources.csv admits. A dataset that
-- is not named there (a sample of lines) gives no structure. A line is in the edition of the HS in which it was reported.
with observations as (

    select
        observations.*,
        case
            when product like 'LALL:%' then 'lall'
            when product in ('WITS:Raw materials', 'WITS:Intermediate goods', 'WITS:Consumer goods', 'WITS:Capital goods')
                then 'wits_stage'
            when product like 'WITS:%' then 'wits_group'
            when product like 'PBS:%' then 'pbs_textile'
            when dataset = 'ember.solar_exports' then 'solar_lines'
            when length(product) = 2 then 'hs2'
            when length(product) = 6 then 'hs6'
        end as product_level
    from {{ ref('observations') }} as observations
    where product is not null and product <> 'TOTAL' and flow in ('export', 'import') and basis = 'customs'

),

sources as (

    select * from {{ ref('structure_sources') }}

),

-- What a publisher prints as a share, beside the value.
printed as (

    select dataset, product, reporter_iso3, partner_iso3, flow, frequency, period, value / 100 as share, definition
    from {{ ref('observations') }}
    where unit = 'percent of total'

),

lines as (

    select
        observations.dataset,
        observations.publisher,
        observations.product_level,
        observations.reporter_iso3,
        observations.partner_iso3,
        observations.flow,
        observations.frequency,
        observations.period,
        observations.period_start,
        observations.valuation,
        case
            when observations.product like '%:%' then split_part(observations.product, ':', 2)
            else observations.product
        end as product,
        coalesce(sources.edition, case when observations.note in ('H0', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6') then
            observations.note end) as edition,
        observations.value_usd,
        printed.share as printed_share,
        observations.is_provisional,
        observations.is_estimated,
        sources.total_product,
        sources.share_definition,
        sources.share_of,
        sources.recorder,
        sources.rank
    from observations
    inner join sources
        on observations.dataset = sources.dataset
        and observations.product_level = sources.product_level
        and observations.definition = sources.definition
    left join printed
        on observations.dataset = printed.dataset
        and sources.share_definition = printed.definition
        and observations.product = printed.product
        and observations.reporter_iso3 = printed.reporter_iso3
        and observations.partner_iso3 = printed.partner_iso3
        and observations.flow = printed.flow
        and observations.frequency = printed.frequency
        and observations.period = printed.period
    where observations.reporter_iso3 is not null and observations.partner_iso3 is not null

)

select
    concat_ws('|', dataset, product_level, reporter_iso3, partner_iso3, flow, frequency, period) as table_id,
    lines.*
from lines
-- A printed total of a few groups is no line.
where total_product is null or product <> total_product
