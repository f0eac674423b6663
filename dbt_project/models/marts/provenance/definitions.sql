-- What every number in the marts means: its formula, unit, inputs, where the formula comes from, what to beware of.
select metric, label, mart, column_name, formula, unit, inputs, reference_title, reference_url, caveat
from {{ ref('metric_definitions') }}
