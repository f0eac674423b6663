{# Why a value changed between two moments. A value is a function f(P, V) of which points are known (P) and of what is
   known of them (V). Between the old moment and the new one lies f(P_old, V_new): the points known before, with the
   figures known now. What leads there rewrote the past; what leads on from there is new. Both sum to the whole. #}

{# f(P_old, V_new) - f(P_old, V_old), in the metric's unit. #}
{% macro revision_effect(old_old, old_new) -%}
    ({{ old_new }} - {{ old_old }})
{%- endmacro %}

{# f(P_new, V_new) - f(P_old, V_new), in the metric's unit. #}
{% macro new_data_effect(old_new, new_new) -%}
    ({{ new_new }} - {{ old_new }})
{%- endmacro %}
