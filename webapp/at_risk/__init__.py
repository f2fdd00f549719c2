"""Which students may need help, how much, and why (docs/metrics.md, "At risk")."""
