{{ stage_published_figures('ember', 'solar_exports') }}
