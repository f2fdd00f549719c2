"""Carrying a planned import out, and taking it back: each a handful of statements in one transaction."""
