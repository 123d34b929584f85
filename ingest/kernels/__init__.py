"""Compiled loops over the bytes of texts, and nothing else; how all kernels are compiled."""
