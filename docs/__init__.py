"""The pages, and the code that fills their tables and draws their curves."""
