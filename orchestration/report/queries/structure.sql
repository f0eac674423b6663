-- title: What is traded, by group of goods, newest year; of the pair where it is known, else with the world
-- needs: trade_structure
with known as (
    select
        s.*,
        case s.grouping when 'hs_section' then 1 when 'hs_chapter' then 2 when 'article_theme' then 4
            when 'wits_group' then 3 else 5 end as place,
        case when s.reporter_iso3 = $home then 1 else 2 end as side
    from marts.trade_structure as s
    where
        s.home_iso3 = $home and s.partner_iso3 in ($partner, 'WLD') and s.frequency = 'A' and s.share is not null
),
chosen as (
    select *, row_number() over (
        partition by flow order by case when partner_iso3 = $partner then 1 else 2 end, place, period desc, side, grouping
    ) as choice
    from known
)
select
    k.flow, k.period, k.partner_iso3, k.reporter_iso3, k.view, k.grouping, k.group_code, k.group_label, k.value_usd,
    k.share, k.share_of, k.dataset
from known as k
inner join chosen as c
    on c.choice = 1 and k.flow = c.flow and k.period = c.period and k.partner_iso3 = c.partner_iso3
    and k.grouping = c.grouping and k.view = c.view
order by k.flow, k.share desc, k.group_code
