"""The WSGI entry: ``granian --interface wsgi app:app``, ``flask --app app …``."""

import gc

from feeapp import create_app

app = create_app()

# What stands now stands as long as the process: the collector need not walk it in the midst of a bill run.
gc.freeze()
