"""What touches our own files: published schemas, the commit, the history, reading back."""

from storage.reading import read

__all__ = ["read"]
