"""Reliefs: what a household need not pay for some days, applied for, inspected, and approved by a second person."""
