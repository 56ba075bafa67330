"""The customer base in SQLite or PostgreSQL."""
