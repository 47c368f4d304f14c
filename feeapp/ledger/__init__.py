"""The book: funds, accounts, balanced entries."""
