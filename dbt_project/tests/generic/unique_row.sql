{# No two rows agree in all of `columns`: the grain that a table promises. NULL counts as a value like any other. #}
{% test unique_row(model, columns) %}
select {{ columns | join(', ') }}, count(*) as n_rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
