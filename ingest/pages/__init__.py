"""Pages of HTML: the article in them, and what they say of it."""
