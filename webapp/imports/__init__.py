"""Bringing in what other systems know."""
