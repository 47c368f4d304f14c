"""Bedrock: the values and words every room shares. Standard library only."""
