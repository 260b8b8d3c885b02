"""The measurements behind `make bench`. Each file says what it compares and why that is fair; no product code."""
