"""Nobody who installs copydesk gets pandas with it, and pyarrow takes a quarter of a second to load it."""

raise ImportError("commands are tested without pandas")
