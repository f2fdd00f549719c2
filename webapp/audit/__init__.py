"""Who did what to whom: a record that only grows, each entry bound to the one before it."""
