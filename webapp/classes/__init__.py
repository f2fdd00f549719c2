"""Classes: who teaches whom, and since when."""
