{{ stage_published_figures('aiddata', 'commitments') }}
