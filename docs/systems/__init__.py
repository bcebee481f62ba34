"""The pages of the systems, with a module `SYSTEM_tables.py` for the tables of each."""
