"""Property tests are not timed: a busy machine is no reason to fail."""

from hypothesis import settings

settings.register_profile("rules", deadline=None, database=None, print_blob=True)
settings.load_profile("rules")
