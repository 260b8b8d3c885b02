"""Course folders on disk: what an author edits, read strictly and written whole or not at all."""
