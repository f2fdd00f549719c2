"""What can be done to accounts, by noun."""
