"""Is it up, and is it ready."""
