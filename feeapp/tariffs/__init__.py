"""Published prices, dated."""
