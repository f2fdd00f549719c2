"""Reading what administration shows, by noun."""
