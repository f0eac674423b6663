{{ stage_published_figures('cepii_baci', 'world_exports') }}
