-- title: What this warehouse is
-- needs: publication
select fact, value
from marts.publication
order by fact
