"""Houses and people: the household ledger."""
