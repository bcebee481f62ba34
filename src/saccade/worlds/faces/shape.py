"""Heads as meshes: grids of points for skull and face, ears and neck.

Lengths are in half-heights of the skull: the crown lies at y = -1, the chin at y = 1, x goes to the right of the
picture, y down, z to the camera. Grids are `(people, rows, columns)`, and fields of people `(people, 1, 1)`.
"""

from __future__ import annotations

import numpy as np

from .kernels import Doubles, bump, ramp
from .mesh import Material, Patch, from_middle, patch, shares
from .traits import Traits

# rows and columns of patches
GRID_OF_SKULL, _GRID_OF_EAR, _GRID_OF_NECK = (40, 59), (9, 17), (10, 25)

EYES, NOSE_ROOT, NOSE_TIP, MOUTH = 0.03, -0.03, 0.37, 0.64  # heights

# crown to chin: height, half-width, depth of the front half, depth of the back half
_PROFILE = np.array(
    [
        [-1.00, 0.00, 0.00, 0.00],
        [-0.97, 0.27, 0.28, 0.34],
        [-0.85, 0.49, 0.50, 0.62],
        [-0.63, 0.64, 0.67, 0.83],
        [-0.36, 0.71, 0.75, 0.93],
        [-0.10, 0.73, 0.77, 0.93],
        [0.15, 0.715, 0.76, 0.84],
        [0.40, 0.66, 0.76, 0.68],
        [0.64, 0.57, 0.76, 0.52],
        [0.84, 0.43, 0.73, 0.38],
        [0.97, 0.24, 0.63, 0.24],
        [1.00, 0.00, 0.36, 0.00],
    ]
).T.copy()


def profile(p: Traits, row: Doubles) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Height, half-width and depths, front and back, of the skull at a share of the way from crown to chin."""
    last = _PROFILE.shape[1] - 1
    at = row.clip(0.0, 1.0) * last
    i = np.minimum(at.astype(np.int64), last - 1)
    t = at - i
    # Catmull-Rom weights
    wa, wb = t * (t * (2 - t) - 1) / 2, (t * t * (3 * t - 5) + 2) / 2
    wc, wd = t * (t * (4 - 3 * t) + 1) / 2, t * t * (t - 1) / 2
    y, wide, front, back = (
        wa * line[np.maximum(i - 1, 0)] + wb * line[i] + wc * line[i + 1] + wd * line[np.minimum(i + 2, last)]
        for line in _PROFILE
    )
    wide = wide * (p.width * (1 + p.jaw * ramp(0.1, 0.75, y) + p.crown * ramp(0.0, -0.7, y)))
    return y, np.maximum(wide, 0.0), np.maximum(front, 0.0), np.maximum(back, 0.0) * p.depth


def column_angles() -> Doubles:
    """Angles around the skull of its columns, 0 at the front: closest where the face is."""
    share = from_middle(GRID_OF_SKULL[1])
    return np.pi * share * (0.5 + 0.5 * share * share)


def lifted(y: Doubles, front: Doubles, angle: Doubles) -> Doubles:
    """Height of a point of the skull: the ring of the jaw, so deep in front, climbs from the chin to the nape."""
    climb: Doubles = 0.19 * ramp(0.25, 1.0, y) * (1 - np.cos(angle) * np.minimum(1.0, front / 0.63))
    return y - climb


def relief(p: Traits, x: Doubles, y: Doubles) -> Doubles:
    """How far the face stands out of the skull, at a place seen from the front."""
    side = np.abs(x)
    out = _nose(p, side, y)
    apart = side - p.eye_apart
    out -= p.sockets * bump(apart, y - EYES + 0.01, 0.16, 0.11)
    out += 0.055 * bump(apart, y - EYES, 0.1, 0.065)
    out += p.brow_ridge * bump(side - 0.24, y - EYES + 0.17, 0.2, 0.06)
    out += p.cheeks * bump(side - 0.4, y - 0.3, 0.17, 0.15)
    mouth = y - MOUTH
    out += 0.06 * bump(x, mouth, 0.26, 0.16)
    out += p.lips * (bump(x, mouth + 0.045, 0.15, 0.036) + 1.1 * bump(x, mouth - 0.06, 0.13, 0.042))
    out -= 0.025 * bump(x, mouth, 0.2, 0.02) + 0.035 * bump(x, mouth - 0.15, 0.15, 0.045)
    out += p.chin * bump(x, y - 0.89, 0.17, 0.1) + beard(p, x, y) * p.beard_thick
    return out


def _nose(p: Traits, side: Doubles, y: Doubles) -> Doubles:
    """How far the nose stands out."""
    tip = NOSE_ROOT + (NOSE_TIP - NOSE_ROOT) * p.nose_long
    along = ((y - NOSE_ROOT) / (tip - NOSE_ROOT)).clip(0.0, 1.0)
    height = (0.3 + 0.7 * along * (0.6 + 0.4 * along) + p.nose_hump * along * (1 - along)) * ramp(-0.17, 0.04, y)
    height = height * ramp(tip + 0.1, tip - 0.01, y)
    across = side / ((0.055 + 0.045 * along) * p.nose_wide)
    ridge: Doubles = p.nose_high * height * np.exp(-0.5 * (across * across))
    return ridge + 0.09 * bump(side - 0.1 * p.nose_wide, y - tip - 0.02, 0.05, 0.055)


def beard(p: Traits, x: Doubles, y: Doubles) -> Doubles:
    """Share of beard at a place seen from the front, 0 to 1."""
    side = np.abs(x)
    jaw = ramp(-0.04, 0.05, y - _upper_edge(side, p.beard_line))
    lips = bump(x, y - MOUTH - 0.01, 0.17, 0.055)
    chin_only = ramp(p.beard_wide + 0.06, p.beard_wide - 0.04, side)
    full = jaw * chin_only * np.maximum(0.0, 1 - 1.8 * lips)
    lip = bump(side - 0.09, y - MOUTH + 0.115 - 0.3 * side * side, 0.11, 0.035)
    lip = p.moustache * np.minimum(1.0, 1.7 * lip)
    return np.maximum(full, lip) * ramp(0.02, 0.06, np.abs(y - MOUTH) + 0.4 * side)


def _upper_edge(side: Doubles, line: Doubles) -> Doubles:
    """Upper edge of a beard: high at the ears, low next to the mouth."""
    return line + 0.3 - 0.75 * ramp(0.3, 0.75, side)


def build_head(p: Traits) -> Patch:
    """Skull and face."""
    angle = column_angles()
    height, wide, front, back = profile(p, shares(GRID_OF_SKULL[0])[:, None])
    s, c = np.sin(angle), np.cos(angle)
    x, y, z = wide * s, lifted(height, front, angle), np.where(c > 0, front, back) * c
    middle, last = len(c) // 2, int(np.flatnonzero(c > 0)[-1])
    half = slice(middle, last + 1)  # of the face: the other one is like it
    out = relief(p, x[..., half], y[..., half]) * ramp(0.0, 0.45, z[..., half])
    z[..., half] += out
    z[..., 2 * middle - last : middle] += out[..., :0:-1]
    return patch(p, Material.SKIN, (x, y, z), (angle, height))


def build_ear(p: Traits, side: float) -> Patch:
    """An ear: a shell with a rim and a hollow, standing off the head."""
    rows, columns = _GRID_OF_EAR
    _, wide, _, _ = profile(p, np.full(1, 0.56))
    r = np.arange(rows)[:, None] / (rows - 2)
    out = 0.035 + 0.05 * bump(r - 0.85, 0.0, 0.18, 1.0) + 0.02 * bump(r - 0.35, 0.0, 0.15, 1.0)
    reach = np.minimum(r, 1.0)
    out[-1], reach[-1] = -0.06, 0.9  # the last row folds back to the head
    angle = 2 * np.pi * shares(columns)[:: 1 if side > 0 else -1].copy()
    across, up = np.cos(angle), np.sin(angle)
    narrow = 0.15 * (1 - 0.35 * ramp(0.0, 1.0, up))  # towards the lobe
    back = reach * across * narrow * p.ear_size
    down = reach * up * 0.27 * p.ear_size - 0.12 * back
    x = wide * 0.955 + out * 0.9 + p.ear_flare * np.maximum(back + 0.08, 0.0)
    z = -0.1 - back + 0.25 * out
    return patch(p, Material.EAR, (side * x, 0.12 + down, z), (across * reach, up * reach))


def build_neck(p: Traits) -> Patch:
    """The neck; texture height 0 where it goes with the head, 1 where with the body."""
    rows, columns = _GRID_OF_NECK
    t, angle = shares(rows)[:, None], np.pi * from_middle(columns)
    radius = p.neck * (1 + 0.25 * (2 * t - 1) ** 2 * ramp(0.4, 1.0, t))
    z = radius * (0.95 * np.cos(angle)) - 0.12 - 0.04 * t
    return patch(p, Material.NECK, (radius * np.sin(angle), 0.35 + 1.25 * t, z), (angle, t))
