"""One student's progress, and the students of a class side by side."""
