"""Payments and receipts."""
