"""What touches our own files: published schemas, the commit, the history, reading back."""
