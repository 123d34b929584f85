"""Earlier versions of the published schemas: which columns their files lack, and what stands there instead.

A version only adds columns. Every file says in its metadata which version it has, so it can be read without
asking anybody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage.contract import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDED: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "2": {"batches": {"taken_over": 0, "gone": 0, "forgotten": []}},
    "3": {"batches": {"reread": False}},
}
"""Schema version → table → column that came with it → what it holds in rows of earlier versions."""

KNOWN = ("1", *ADDED)
"""All versions that this copydesk reads, the oldest first; the last is the present one."""


def lacking(table: str, version: str) -> dict[str, pa.Scalar]:
    """Say which columns a table lacks in files of a version.

    Args:
        table: Its name.
        version: The version, one of `KNOWN`.

    Returns:
        Name of the column → what it holds in every row of such a file, of the column's type.
    """
    since = KNOWN[KNOWN.index(version) + 1 :]
    return {
        name: pa.scalar(default, TABLES[table].field(name).type)
        for later in since
        for name, default in ADDED[later].get(table, {}).items()
    }


def schema_of(table: str, version: str) -> pa.Schema:
    """Give the schema that a table had in a version; descriptions are those of today.

    Args:
        table: Its name.
        version: The version, one of `KNOWN`.
    """
    missing = lacking(table, version)
    return pa.schema([field for field in TABLES[table] if field.name not in missing])


def may_lack(schema: pa.Schema) -> bool:
    """Tell whether files of a schema may lack a column, so that each has to be looked at.

    Args:
        schema: The present schema of a table.
    """
    late = {name for tables in ADDED.values() for columns in tables.values() for name in columns}
    return not late.isdisjoint(schema.names)


def version_of(stored: pa.Schema) -> str:
    """Say which version a file is of.

    Args:
        stored: The file's schema, with its metadata.

    Returns:
        The version; an empty text where the file does not say it.
    """
    return str((stored.metadata or {}).get(b"copydesk.schema_version", b"").decode())


def lacking_in(stored: pa.Schema) -> dict[str, pa.Scalar]:
    """Say which columns a file lacks because it is of an earlier version.

    Args:
        stored: The file's schema, with its metadata.

    Returns:
        As `lacking`; nothing where the file does not say which table and version it is of.
    """
    table, version = (stored.metadata or {}).get(b"copydesk.table", b"").decode(), version_of(stored)
    return lacking(table, version) if table in TABLES and version in KNOWN else {}


def problem_with(version: str) -> str | None:
    """Say in words why files of a version cannot be read.

    Args:
        version: The version.

    Returns:
        None where they can.
    """
    if version in KNOWN:
        return None
    return (
        f"has schema version {version or 'none'}, this copydesk knows {KNOWN[0]} to {KNOWN[-1]}; "
        "take the copydesk that wrote it, or a later one"
    )
