"""Sign-up forms and subscriber pages. Thin handlers; no GET changes anything."""
