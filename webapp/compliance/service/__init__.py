"""What is done for people about their data, by noun."""
