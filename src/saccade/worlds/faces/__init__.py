"""Drawn people with exact masks."""

from .people import Faces, faces

__all__ = ["Faces", "faces"]
