"""What administration does, by noun."""
