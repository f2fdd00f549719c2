"""What is told of a school, its classes or a student (docs/metrics.md, "School, class and engagement figures")."""
