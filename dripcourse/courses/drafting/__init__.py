"""From an article to a draft: passages, actions, recaps, day by day, in the author's words. It touches no file."""
