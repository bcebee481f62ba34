"""From meshes to samples: seeing from the camera or from a lamp, filling triangles."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from saccade.jit import fast_kernel

from .dress import People
from .kernels import Doubles, Floats, Ints
from .mesh import Material, Mesh

FINER = 2  # samples a pixel, along each side
FAR = -1e9
SHADOWS = 112  # side of the map of shadows in points
SHADOWED = 2.6  # what it covers, from its middle to its edge
_CAMERA = 7.0  # distance


class Frame(NamedTuple):
    """Where n people lie in their pictures: samples a length, and the place of (0, 0); each `(n,)`."""

    scale: Doubles
    x: Doubles
    y: Doubles


def turned(yaw: Floats, pitch: Floats, roll: Floats) -> Floats:
    """Rotations `(n, 3, 3)` by angles `(n,)`: nod, then turn, then tilt."""
    angles = np.stack([yaw, pitch, roll]).astype(np.float64)
    (cy, cp, cr), (sy, sp, sr) = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    rows = (  # of roll · yaw · pitch
        (cr * cy, cr * sy * sp - sr * cp, cr * sy * cp + sr * sp),
        (sr * cy, sr * sy * sp + cr * cp, sr * sy * cp - cr * sp),
        (-sy, cy * sp, cy * cp),
    )
    return np.stack([np.stack(row, 1) for row in rows], 1)


def framed(mesh: Mesh, people: People, size: int, shrink: Doubles) -> Frame:
    """Where people go, with ground above their heads and at both sides; `shrink` `(n,)` makes them smaller."""
    left, right, top = _extent(mesh)
    margin = 0.035 * size + 2
    scale, place_x, place_y = (people[name].astype(np.float64) for name in ("scale", "place_x", "place_y"))
    scale = np.minimum(scale * shrink * size, (size - 2 * margin) / (right - left))
    scale = np.minimum(scale, (0.9 * size - margin) / (1.0 - top))
    x = margin - left * scale + place_x * (size - 2 * margin - (right - left) * scale)
    highest = margin - top * scale
    y = highest + place_y * np.minimum(0.3 * size, 0.92 * size - highest - scale).clip(0.0)
    return Frame(scale * FINER, x * FINER, y * FINER)


def _extent(mesh: Mesh) -> tuple[Doubles, Doubles, Doubles]:
    """How far heads and hair reach to the left, to the right and up, as the camera sees them; each `(n,)`."""
    body = np.isin(mesh.patches[:, 3], (Material.CLOTH, Material.COLLAR, Material.NECK))
    head = ~body[mesh.patch_of] & (mesh.seen[:, 1] < 1.1)
    near = np.where(head, _CAMERA / (_CAMERA - mesh.seen[:, 2].astype(np.float64)), 0.0)
    x, y, starts = mesh.seen[:, 0] * near, mesh.seen[:, 1] * near, mesh.starts[:-1]
    left, right, top = np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts), np.minimum.reduceat(y, starts)
    return np.minimum(left, 0.0), np.maximum(right, 0.0), np.minimum(top, 0.0)


def project(mesh: Mesh, frame: Frame) -> Floats:
    """Where the camera sees the points, `(V, 3)`: x and y in samples, nearness."""
    screen = mesh.seen.copy()
    near = mesh.spread(frame.scale * _CAMERA) / (_CAMERA - mesh.seen[:, 2].astype(np.float64))
    screen[:, 0] = mesh.spread(frame.x) + mesh.seen[:, 0] * near
    screen[:, 1] = mesh.spread(frame.y) + mesh.seen[:, 1] * near
    return screen


def lamp_basis(x: Floats, y: Floats) -> Floats:
    """Right, down and towards the lamp, `(n, 3, 3)` by rows, for lamps in the directions (x, y, 1), each `(n,)`."""
    length = np.sqrt((x * x + y * y).astype(np.float64) + 1)
    lx, ly, lz = x / length, y / length, 1 / length
    flat = np.sqrt(lx * lx + lz * lz)
    rows = (
        (lz / flat, np.zeros_like(flat), -lx / flat),
        (-ly * lx / flat, flat, -ly * lz / flat),
        (lx, ly, lz),
    )
    return np.stack([np.stack(row, 1) for row in rows], 1).astype(np.float32)


def project_to_lamp(mesh: Mesh, basis: Floats) -> Floats:
    """Where the lamps `(n, 3, 3)` see the points, as in `project`, on maps of shadows."""
    scale, rows = SHADOWS / (2 * SHADOWED), mesh.spread(basis)
    screen = np.empty_like(mesh.seen)
    x, y, z = mesh.seen.T
    for k, middle in enumerate((SHADOWED, 0.6 * SHADOWED)):
        screen[:, k] = ((rows[:, k, 0] * x + rows[:, k, 1] * y + rows[:, k, 2] * z).astype(np.float64) + middle) * scale
    screen[:, 2] = rows[:, 2, 0] * x + rows[:, 2, 1] * y + rows[:, 2, 2] * z
    return screen


@fast_kernel
def rasterise(patches: Ints, screen: Floats, depth: Floats, owner: Ints, stride: int) -> None:
    """Fill `depth` (h, w), nearest wins, and `owner` (h, w) with twice the triangle's first point plus its half.

    A triangle is half 0 or 1, above or below the diagonal, of the square right and below of a point. The patches are those of one person,
    `mesh.patches[mesh.of[i] : mesh.of[i + 1]]`, and the screen is that of the batch. A `stride` of 2 takes every second row and
    column of the patches, for shadows; then `owner` means nothing.
    """
    for which in range(len(patches)):
        first, rows, columns, closed = patches[which, 0], patches[which, 1], patches[which, 2], patches[which, 4]
        for row in range(0, rows - 1, stride):
            down = columns * (stride if row + stride < rows else rows - 1 - row)
            for column in range(0, columns - 1, stride):
                a = first + row * columns + column
                right = stride if column + stride < columns else columns - 1 - column
                for half in range(2):
                    b, c = a + right + half * down, a + down + (1 - half) * right
                    _fill(screen, a, b, c, closed, 2 * a + half, depth, owner)


@fast_kernel
def _fill(screen: Floats, a: int, b: int, c: int, closed: int, mark: int, depth: Floats, owner: Ints) -> None:
    """One triangle. `min` and `max` would take longer to compile than all the rest."""
    ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
    bx, by, cx, cy = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
    area = bx * cy - by * cx
    zero, one, half = np.float32(0), np.float32(1), np.float32(0.5)
    if area == zero or (closed and area < zero):
        return
    x0, x1 = (bx, cx) if bx < cx else (cx, bx)
    y0, y1 = (by, cy) if by < cy else (cy, by)
    left = math.ceil(ax + (x0 if x0 < zero else zero) - half)
    end = math.floor(ax + (x1 if x1 > zero else zero) + half)
    top = math.ceil(ay + (y0 if y0 < zero else zero) - half)
    bottom = math.floor(ay + (y1 if y1 > zero else zero) + half)
    height, width = depth.shape
    left, end = left if left > 0 else 0, end if end < width else width
    top, bottom = top if top > 0 else 0, bottom if bottom < height else height
    if left >= end or top >= bottom:
        return
    inverse, slack = one / area, np.float32(1e-4)  # slack: neighbours leave no gap
    b_z, c_z = screen[b, 2] - az, screen[c, 2] - az
    b_step, c_step = cy * inverse, -by * inverse  # what the shares of b and c gain a step to the right
    dx = np.float32(left) + half - ax
    for y in range(top, bottom):
        dy = np.float32(y) + half - ay
        at_b, at_c = (dx * cy - dy * cx) * inverse, (dy * bx - dx * by) * inverse
        for x in range(left, end):
            if at_b >= -slack and at_c >= -slack and at_b + at_c <= one + slack:
                z = az + at_b * b_z + at_c * c_z
                if z > depth[y, x]:
                    depth[y, x] = z
                    owner[y, x] = mark
            at_b += b_step
            at_c += c_step
