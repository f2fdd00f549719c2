"""Schools: the tenants."""
