"""Letting go of what is kept ready, by hand."""
