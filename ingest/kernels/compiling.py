"""How kernels are compiled.

Explicit signatures make every kernel compile when its module is imported, once a machine (the result is
cached), and accept read-only arrays, as Arrow hands them out. All release the interpreter lock.

A kernel takes every array it touches as a parameter of its own, as do its parts, and is one loop however
long: numba has no objects that would cost nothing to hand over, and what one pass over the data decides
together is not cheap to do in two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic


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


def _prefetch(_context: Any, array: Any, place: Any) -> Any:
    """Ask the processor for `array[place]` (1-D, contiguous), so that it is near when it is read soon after.

    A kernel that follows numbers into large arrays spends its time waiting for memory. No result changes. See
    `llvm.prefetch` in LLVM's reference.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        address, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        declared = ir.FunctionType(ir.VoidType(), [address, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [address], declared)
        reading, kept_near, of_data = number(0), number(3), number(1)
        there = builder.bitcast(builder.gep(data, [args[1]]), address)
        builder.call(function, [there, reading, kept_near, of_data])
        return context.get_dummy_value()

    return types.none(array, types.int64 if isinstance(place, types.Integer) else place), emit


prefetch = cast("Callable[[npt.NDArray[Any], Any], None]", intrinsic(_prefetch))

_SCALARS = (types.uint8, types.uint32, types.uint64, types.int64, types.float64)
# Contiguous arrays that may be read-only, and such as are written to.
U8, U32, U64, I64, F64 = (types.Array(scalar, 1, "C", readonly=True) for scalar in _SCALARS)
TO_U8, _, TO_U64, TO_I64, _ = (types.Array(scalar, 1, "C") for scalar in _SCALARS)
TO_U32_ROWS, TO_I64_ROWS = (types.Array(scalar, 2, "C") for scalar in (types.uint32, types.int64))
