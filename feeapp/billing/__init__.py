"""Bill runs and charges."""
