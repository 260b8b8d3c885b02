"""Article -> outline -> draft -> course folder -> checked course. Pure but for reading and writing files."""
