"""Rosters: people, classes and who is in them, as the school's own records say."""
