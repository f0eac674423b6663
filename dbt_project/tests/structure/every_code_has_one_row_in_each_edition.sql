-- Were a code in two rows of one edition, its trade would count twice.
with digits as (

    {% for edition in range(7) %}
    select hs6, '{{ edition }}' as edition from {{ ref('hs_concordance') }} where editions like '%{{ edition }}%'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select hs6, edition, count(*) as n_rows
from digits
group by hs6, edition
having count(*) > 1
