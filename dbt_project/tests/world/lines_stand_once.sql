-- A line that stands twice would count twice: refused with its file and key, as the files must be mended, not the sums.
-- Tables hold no key for it: an index on a hundred million rows would cost more than all sums, and would not spill.
with twice as (

    select pair_id, product_code, count(*) as n_lines
    from {{ ref('stg_baci__lines') }}
    group by pair_id, product_code
    having count(*) > 1

),

first_of_them as (

    select
        cast(pair_id // 1048576 as string) as t,
        pair_id // 1024 % 1024 as i,
        pair_id % 1024 as j,
        lpad(cast(product_code as string), 6, '0') as k,
        n_lines,
        count(*) over () - 1 as n_more
    from twice
    qualify row_number() over (order by pair_id, product_code) = 1

)

select *
from first_of_them
where error(concat(
    replace('{{ var("baci_file") }}', '{year}', t), ': expected one line for each t, i, j, k, got ', n_lines,
    ' for ', t, ', ', i, ', ', j, ', ', k, case when n_more > 0 then concat(' (and ', n_more, ' more)') else '' end,
    '; unpack the file again from the zip of BACI, or keep one line for each'
)) is not null
