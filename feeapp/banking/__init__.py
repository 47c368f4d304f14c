"""Bank and channel statements: read, imported once, matched with households."""
