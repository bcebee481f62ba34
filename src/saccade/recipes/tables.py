"""Every table, by name."""

from __future__ import annotations

from . import grlf_tables, ram_tables
from .table import Table

TABLES: dict[str, Table] = {table.name: table for table in (*grlf_tables.TABLES, *ram_tables.TABLES)}
