"""Games that show pixels."""
