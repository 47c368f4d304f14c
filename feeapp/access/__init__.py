"""Log-ins and powers."""
