"""The WSGI entry: ``granian --interface wsgi app:app``, ``flask --app app …``."""

import gc

from feeapp import create_app

app = create_app()

# What stands now stands as long as the process, and a bill run makes many thousands of things that go at once: the
# collector need not walk through all of them in its midst.
gc.freeze()
gc.set_threshold(50_000, 20, 100)
