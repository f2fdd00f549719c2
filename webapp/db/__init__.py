"""Storage: columns, engine settings and statements that read the same on SQLite and PostgreSQL."""
