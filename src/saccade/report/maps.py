"""Where the eye lands: maps of the fixations by class and by look, and whether the gaze has collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from .group import Group
from .looks import Looks, entropy
from .markup import Array, Bytes, count, element, figure, label, listed, many, picture, png
from .palette import INK, MUTED, badge_text, heat, look_colour

_SIDE = 120.0
_FEW_BITS, _SHORT_JUMP = 2.0, 1.0  # a gaze below either has collapsed
