"""What is kept about people, why, for how long, who looked at it, and how it leaves."""
