"""The names of the segmenters."""

from __future__ import annotations

from enum import StrEnum


class Method(StrEnum):
    """How scribbles become a mask."""

    GEODESIC = "geodesic"  # cheapest paths, see `geodesic`
    GRABCUT = "grabcut"  # Rother et al. 2004, OpenCV
    RANDOM_WALKER = "random-walker"  # Grady 2006, scikit-image
    WATERSHED = "watershed"  # scikit-image
    GRAPH_CUT = "graph-cut"  # Boykov and Jolly 2001, PyMaxflow
