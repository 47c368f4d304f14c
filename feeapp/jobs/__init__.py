"""Ground floor: long work, started inside a transaction and run outside it."""
