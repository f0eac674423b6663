{# Composite indicators after the OECD/JRC Handbook (2008). Plain Jinja: SQL expressions in, one SQL expression out. #}

{# Aggregate: the sum of what is known, added up as decimals, so that the order in which an engine meets the rows
   changes not even the last digit. Also a window, with `over`. Whole numbers below 2^53 are added up as they are. #}
{% macro exact_sum(value, over='', is_whole=false) -%}
    cast(sum({{ value if is_whole else 'cast(' ~ value ~ ' as decimal(38, 18))' }}) {{ over }} as double)
{%- endmacro %}

{# The same for the mean of what is known. #}
{% macro exact_mean(value, over='') -%}
    ({{ exact_sum(value, over) }} / nullif(count({{ value }}) {{ over }}, 0))
{%- endmacro %}

{# ---- from a figure to an indicator ---- #}

{# Both sides of a pair on the same level give 1, one of them at zero gives 0: the lesser over the greater. #}
{% macro closeness(x, y) -%}
    (case when ({{ x }}) >= 0 and ({{ y }}) >= 0
        then least({{ x }}, {{ y }}) / nullif(greatest({{ x }}, {{ y }}), 0) end)
{%- endmacro %}

{# 1 for two records of the same flow that agree, 0 for records whose symmetric gap A is 1 or more. #}
{% macro agreement(x, y) -%}
    (case when {{ mirror_gap_symmetric(x, y) }} is not null
        then 1 - least(1.0, abs({{ mirror_gap_symmetric(x, y) }})) end)
{%- endmacro %}

{# The measure that the seed names: the figure itself, its evenness 1 - |x|, or the figure held against another one. #}
{% macro indicator_value(measure, x, y) -%}
    case {{ measure }}
        when 'plain' then {{ x }}
        when 'evenness' then 1 - abs({{ x }})
        when 'ratio' then {{ share(x, y) }}
        when 'closeness' then {{ closeness(x, y) }}
        when 'agreement' then {{ agreement(x, y) }}
    end
{%- endmacro %}

{# ---- normalising ---- #}

{# Where x stands between the worst and the best value, 0 to 1; beyond them it goes on. `worst` may be the greater. #}
{% macro distance_to_target(x, worst, best) -%}
    ((({{ x }}) - ({{ worst }})) / nullif(({{ best }}) - ({{ worst }}), 0))
{%- endmacro %}

{# The same with fixed goalposts, cut off at 0 and 1; a missing x stays missing, equal goalposts give nothing. #}
{% macro between_goalposts(x, worst, best) -%}
    (case when {{ distance_to_target(x, worst, best) }} is not null
        then least(1.0, greatest(0.0, {{ distance_to_target(x, worst, best) }})) end)
{%- endmacro %}

{# x on the scale that the seed names: linear, or log, where what is below the low goalpost stands on it. #}
{% macro on_scale(x, low, scale) -%}
    (case when ({{ x }}) is not null and {{ scale }} = 'log' then ln(greatest({{ x }}, {{ low }})) else {{ x }} end)
{%- endmacro %}

{# An indicator between its goalposts: direction 1 when more is better, -1 when less is. #}
{% macro goalpost_score(x, low, high, direction, scale) -%}
    {{ between_goalposts(
        on_scale(x, low, scale),
        on_scale('case when ' ~ direction ~ ' < 0 then ' ~ high ~ ' else ' ~ low ~ ' end', low, scale),
        on_scale('case when ' ~ direction ~ ' < 0 then ' ~ low ~ ' else ' ~ high ~ ' end', low, scale)
    ) }}
{%- endmacro %}

{# ---- aggregating ---- #}

{# Aggregate: weighted mean of what is known, NULL unless known weights are at least `min_share` of all weights.
   Coverage is judged by `nominal` weights where `weight` is drawn at random. #}
{% macro mean_if_observed(value, weight, min_share, nominal=none) -%}
    {%- set judged = nominal or weight -%}
    (case when {{ exact_sum('case when ' ~ value ~ ' is not null then ' ~ judged ~ ' end') }}
            >= {{ min_share }} * {{ exact_sum(judged) }}
        then {{ exact_sum('(' ~ weight ~ ') * (' ~ value ~ ')') }}
            / nullif({{ exact_sum('case when ' ~ value ~ ' is not null then ' ~ weight ~ ' end') }}, 0) end)
{%- endmacro %}

{# Aggregate: weighted geometric mean, so that one field cannot be bought off by another; values below `floor` count as
   `floor`, because a single zero would wipe out all the rest. #}
{% macro geometric_mean_if_observed(value, weight, min_share, floor, nominal=none) -%}
    (exp({{ mean_if_observed(
        'case when ' ~ value ~ ' is not null then ln(greatest(' ~ value ~ ', ' ~ floor ~ ')) end',
        weight, min_share, nominal
    ) }}))
{%- endmacro %}

{# Aggregate: Pearson's r of the pairs in which both are known, from exact sums, so that it is the same on every engine;
   NULL when one of the two does not change. #}
{% macro correlation(x, y) -%}
    {%- set u = '(case when ' ~ y ~ ' is not null then ' ~ x ~ ' end)' -%}
    {%- set v = '(case when ' ~ x ~ ' is not null then ' ~ y ~ ' end)' -%}
    (case when {{ variance(u) }} > 1e-12 and {{ variance(v) }} > 1e-12
        then ({{ exact_mean(u ~ ' * ' ~ v) }} - {{ exact_mean(u) }} * {{ exact_mean(v) }})
            / sqrt({{ variance(u) }} * {{ variance(v) }}) end)
{%- endmacro %}

{# Aggregate: the population's variance, from exact sums. #}
{% macro variance(value) -%}
    ({{ exact_mean('(' ~ value ~ ') * (' ~ value ~ ')') }} - {{ exact_mean(value) }} * {{ exact_mean(value) }})
{%- endmacro %}

{# ---- going back to the details ---- #}

{# What one part adds to a geometric mean S of parts P with weights v that sum to 1: S * v * ln(P / floor) / ln(S / floor).
   The parts sum to S, because ln(S / floor) is the sum of all v * ln(P / floor); a part on the floor adds nothing, and
   of a mean that lies on the floor itself each part has its weight. #}
{% macro geometric_contribution(mean, part, weight, floor) -%}
    (case when ({{ mean }}) > {{ floor }} * (1 + 1e-12)
        then ({{ mean }}) * ({{ weight }}) * ln(greatest({{ part }}, {{ floor }}) / {{ floor }})
            / ln(({{ mean }}) / {{ floor }})
        else ({{ mean }}) * ({{ weight }}) end)
{%- endmacro %}

{# Aggregate over model runs: the first-order Sobol index of one factor, Var(E[y | factor]) / Var(y), with
   `conditional_mean` the mean of y over all runs with the same level of the factor, on every run (Saltelli and others,
   Global Sensitivity Analysis, 2008, chapter 1). The plain estimator: right for factors of few levels that runs fill
   evenly; with L levels and N runs it is about L / N too high. #}
{% macro first_order_share(conditional_mean, y) -%}
    ({{ variance(conditional_mean) }} / nullif({{ variance(y) }}, 0))
{%- endmacro %}
