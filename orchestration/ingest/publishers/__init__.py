"""One module per publisher: plan and send its requests, and purely parse its answers.

``base.py`` says what a module offers; ``registry.py`` names the source of every dataset in the catalogue.
"""
