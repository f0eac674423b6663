{# Last day of the period after the one that ends on `period_end`. #}
{% macro following_period_end(period_end, frequency) -%}
    case
        when {{ frequency }} = 'W' then {{ period_end }} + 7
        when {{ frequency }} = 'D' then {{ period_end }} + 1
        when {{ frequency }} in ('A', 'FY') then make_date(year({{ period_end }}) + 1, month({{ period_end }}), 30 + case
            when {{ frequency }} = 'A' then 1 else 0 end)
        when {{ frequency }} = 'Q' then last_day(make_date(
            year({{ period_end }}) + case when month({{ period_end }}) = 12 then 1 else 0 end,
            case when month({{ period_end }}) = 12 then 3 else month({{ period_end }}) + 3 end, 1))
        else last_day(make_date(
            year({{ period_end }}) + case when month({{ period_end }}) = 12 then 1 else 0 end,
            case when month({{ period_end }}) = 12 then 1 else month({{ period_end }}) + 1 end, 1))
    end
{%- endmacro %}
