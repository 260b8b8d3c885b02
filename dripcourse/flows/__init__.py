"""Where rooms meet: one file per story. Flows open and close the transactions."""
