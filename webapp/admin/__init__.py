"""Administration: people, schools, flags and the audit log."""
