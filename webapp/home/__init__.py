"""The first page of each person, and the first page of an installation."""
