"""Putting right what was billed: asked for with a reason, decided by a second person, written beside the old line."""
