"""An installation in a real browser: what subscribers and marketers do, and what scanners must not be able to do."""
