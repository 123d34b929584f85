"""Columns of Parquet become the values that JSON would have: strings, numbers, lists, objects."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import islice, repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

_DAY, _MOMENT = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"
_LARGEST = 1 << 63  # what JSON readers take for a whole number
_TEXTS = (
    *(types.is_string, types.is_large_string, types.is_string_view),
    *(types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary),
)
_LISTS = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view)


def values(column: pa.Array) -> list[Any]:
    """Return the values of a column.

    Args:
        column: of any type.

    Returns:
        One value a row. Strings, also for dates (ISO 8601, in UTC where they have a zone), for decimals with
        a fraction and for UUIDs; whole numbers, also for floating ones that are whole; None for nulls and
        NaN; bytes where they are no UTF-8, in columns of strings too. For what stands for no such value, as
        a duration, an object with the type's name.
    """
    type_ = column.type
    if isinstance(type_, pa.BaseExtensionType):
        return _extended(column)
    if types.is_dictionary(type_):
        there = values(column.dictionary)
        return [None if index is None else there[index] for index in column.indices.to_pylist()]
    if types.is_timestamp(type_):  # the number counts in UTC, with a zone or without
        plain = column.view(pa.int64()).view(pa.timestamp(type_.unit))
        return list(pc.strftime(plain, format=_MOMENT + "Z" * bool(type_.tz)).to_pylist())
    if types.is_date(type_):
        return list(pc.strftime(column, format=_DAY).to_pylist())
    return _plain(column)


def _plain(column: pa.Array) -> list[Any]:
    type_ = column.type
    if any(is_one(type_) for is_one in _TEXTS):
        return _texts(column)
    if types.is_boolean(type_) or types.is_integer(type_) or types.is_null(type_):
        return list(column.to_pylist())
    if types.is_floating(type_) or types.is_decimal(type_):
        return [None if value is None else _number(value) for value in column.to_pylist()]
    if any(is_one(type_) for is_one in _LISTS):
        return _lists(column)
    if types.is_struct(type_):
        return _objects(column)
    return [{str(type_): None} if there else None for there in _there(column)]


def _extended(column: pa.ExtensionArray) -> list[Any]:
    if column.type.extension_name == "arrow.uuid":
        return [None if value is None else str(value) for value in column.to_pylist()]
    return values(column.storage)


def _texts(column: pa.Array) -> list[Any]:
    try:
        found = column.to_pylist()
    except UnicodeDecodeError:  # Parquet says that they are UTF-8, and nobody sees to it
        found = column.cast(pa.large_binary()).to_pylist()
    return [_text(value) if isinstance(value, bytes) else value for value in found]


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _number(value: float | Decimal) -> int | float | str | None:
    if isinstance(value, float) and math.isnan(value):
        return None
    if math.isfinite(value) and value == int(value) and -_LARGEST <= value < _LARGEST:
        return int(value)
    return str(value) if isinstance(value, Decimal) else value


def _lists(column: pa.Array) -> list[Any]:
    inner = iter(values(column.flatten()))
    lengths = pc.list_value_length(column).to_pylist()
    return [None if length is None else list(islice(inner, length)) for length in lengths]


def _objects(column: pa.StructArray) -> list[Any]:
    names = [field.name for field in column.type]
    rows = zip(*map(values, column.flatten()), strict=True) if names else repeat(())
    return [
        dict(zip(names, row, strict=True)) if there else None
        for there, row in zip(_there(column), rows, strict=False)
    ]


def _there(column: pa.Array) -> list[bool]:
    return list(column.is_valid().to_pylist())
