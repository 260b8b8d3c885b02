"""The one way out to the web: what may be fetched, and the fetching itself; no HTML, no articles, no hooks."""
