"""For programs: sign-ups by token or signature, and a description of it all."""
