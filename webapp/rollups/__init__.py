"""Daily figures per person, exact at any moment."""
