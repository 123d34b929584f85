"""Compiled loops over Arrow buffers, and nothing else.

They take flat arrays, one for each column, since numba knows no tables; so they have many parameters. A hot
loop stands in one function: what it tallies for a row lives in registers, and parts would have to hand it on.
"""
