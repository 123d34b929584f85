"""Measurements of this project beside others; benchmarks/README.md tells how."""
