"""The only room that knows SQL. Functions take an open connection, return frozen values and never commit."""
