{{ stage_published_figures('un_comtrade', 'two_way_totals') }}
