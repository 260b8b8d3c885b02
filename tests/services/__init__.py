"""A real PostgreSQL and a real Redis for the tests, started when first asked for. Not a way to run them for work."""
