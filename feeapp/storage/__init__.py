"""Ground floor: the database, its column types, counters and guards."""
