"""Paying ahead: months at today's prices, offers for it, how far each unit has paid, and prices that rise meanwhile."""
