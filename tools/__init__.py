"""What a developer or an operator runs: set-up, vendored files, the font."""
