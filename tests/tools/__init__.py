"""Set-up, serving and backups."""
