"""The outside judges of the mails: development tools, never run-time dependencies (docs/judges.md)."""
