"""Drawn people with exact masks."""

from saccade.extras import require

require("drawing faces", "cutout", "numba", "cv2")

from .people import Faces, faces  # noqa: E402  # the extra is named before what it brings is missed

__all__ = ["Faces", "faces"]
