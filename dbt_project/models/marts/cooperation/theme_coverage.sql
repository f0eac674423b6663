-- Every theme that the essays raise: the mart that answers it, with how many rows it has for the pair, or the plain
-- statement that no public source was found.
with themes as (

    select * from {{ ref('themes') }}

),

counted as (

    select
        themes.theme_id,
        count(answers.mart) as n_answers,
        coalesce(sum(answers.n_rows), 0) as n_rows
    from themes
    left join {{ ref('int_themes__answers') }} as answers
        on answers.mart = themes.answered_by
        and answers.home_iso3 = themes.home_iso3
        and coalesce(answers.partner_iso3, themes.partner_iso3) = themes.partner_iso3
        and (themes.item is null or answers.item = themes.item)
    group by themes.theme_id

)

select
    themes.home_iso3,
    themes.partner_iso3,
    themes.theme_id,
    essays.title as document,
    themes.pillar,
    themes.theme,
    case
        when themes.answered_by is null then 'no_public_source'
        when counted.n_rows = 0 then 'no_rows'
        when themes.gap is not null then 'answered_in_part'
        else 'answered'
    end as state,
    themes.answered_by,
    themes.item,
    cast(counted.n_rows as int) as n_rows,
    themes.answer,
    themes.gap
from themes
inner join counted on counted.theme_id = themes.theme_id
inner join {{ ref('essays') }} as essays on essays.document_id = themes.document_id
