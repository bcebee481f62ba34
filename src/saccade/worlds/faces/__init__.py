"""Drawn people with exact masks."""

from .people import faces

__all__ = ["faces"]
