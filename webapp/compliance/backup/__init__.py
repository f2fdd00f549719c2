"""Backups of all there is, in one file, made while people work; and coming back from one (docs/adr/0015)."""
