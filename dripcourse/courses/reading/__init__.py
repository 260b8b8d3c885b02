"""From bytes to a checked article: decoding, one reader a format, the ledger. It knows no days."""
