"""How kernels are compiled.

Explicit signatures make every kernel compile when its module is imported, once a machine (the result is
cached), and accept read-only arrays, as Arrow hands them out. All release the interpreter lock.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from numba import njit, types


def _probe() -> None:
    """Do nothing; numba says at once, before it compiles anything, whether it could cache this."""


try:
    njit(cache=True)(_probe)
    CACHE = True
except RuntimeError:  # neither this folder nor the user's cache can be written: compile in every process
    CACHE = False
compiled = partial(njit, cache=CACHE, nogil=True)
_Function = TypeVar("_Function", bound=Callable[..., Any])


def part(function: _Function) -> _Function:
    """Compile a function that only kernels call, together with them."""
    return cast(_Function, njit(function))


_SCALARS = (types.uint8, types.uint32, types.uint64, types.int64, types.float64)
# Contiguous arrays that may be read-only, and such as are written to.
U8, U32, U64, I64, F64 = (types.Array(scalar, 1, "C", readonly=True) for scalar in _SCALARS)
TO_U8, _, TO_U64, TO_I64, _ = (types.Array(scalar, 1, "C") for scalar in _SCALARS)
TO_U32_ROWS = types.Array(types.uint32, 2, "C")
