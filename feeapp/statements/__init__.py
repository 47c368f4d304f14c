"""What a household is told on paper and on its pages: bills, statements of account, certificates."""
