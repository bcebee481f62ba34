"""Every table, by name."""

from __future__ import annotations

from saccade.recipes.cutout import tables as cutout_tables
from saccade.recipes.dqn import tables as dqn_tables
from saccade.recipes.grlf import tables as grlf_tables
from saccade.recipes.ram import tables as ram_tables
from .table import Table

TABLES: dict[str, Table] = {
    table.name: table for table in (*grlf_tables.TABLES, *ram_tables.TABLES, *cutout_tables.TABLES, *dqn_tables.TABLES)
}
