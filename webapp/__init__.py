"""Milepost: plan study time, see what it adds up to."""
