"""Office pages across rooms."""
