"""The WSGI entry: ``granian --interface wsgi app:app``, ``flask --app app …``."""

from feeapp import create_app

app = create_app()
