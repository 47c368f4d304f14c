"""Meters of units and their readings."""
