"""Money held for households: paid ahead, overpaid, given or handed back, until a charge or a refund takes it."""
