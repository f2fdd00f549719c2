"""Alerts: rules held against figures, what came of it, and telling people."""
