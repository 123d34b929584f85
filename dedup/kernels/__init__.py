"""Compiled loops over Arrow buffers, and nothing else."""
