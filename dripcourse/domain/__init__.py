"""Values and rules: standard library only, no clock, no I/O. Everything here can be tested with a table."""
