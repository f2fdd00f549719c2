"""What is switched on for which school and for how many of its people, beside what the code can do."""
