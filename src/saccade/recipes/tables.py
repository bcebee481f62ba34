"""Every table, by name."""

from __future__ import annotations

from . import cutout_tables, dqn_tables, grlf_tables, ram_tables
from .table import Table

TABLES: dict[str, Table] = {
    table.name: table for table in (*grlf_tables.TABLES, *ram_tables.TABLES, *cutout_tables.TABLES, *dqn_tables.TABLES)
}
