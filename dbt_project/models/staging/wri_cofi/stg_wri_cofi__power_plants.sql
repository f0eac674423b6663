{{ stage_published_figures('wri_cofi', 'power_plants') }}
