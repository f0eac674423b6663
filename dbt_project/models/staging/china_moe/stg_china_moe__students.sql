{{ stage_published_figures('china_moe', 'students') }}
