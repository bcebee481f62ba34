"""Meshes of people: patches, each a grid of points. Lengths are in half-heights of the skull."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from .kernels import Doubles, Floats, Ints, Longs
from .traits import Traits

Floating = TypeVar("Floating", bound=np.floating[Any])


class Material(IntEnum):
    """What a patch is made of; the backs of those up to `HAT` are never seen."""

    SKIN = 0
    NECK = 1
    CLOTH = 2
    HAIR = 3
    RIM = 4
    HAT = 5
    BRIM = 6
    SHEET = 7  # of hair
    EAR = 8
    COLLAR = 9
    LENS = 10


class Patch(NamedTuple):
    """A patch that m people have. Rows of points go down and columns to the right, seen from outside."""

    who: Longs  # (m,), which people of the batch, rising
    material: Material
    points: Floats  # (3, m, rows, columns), where a point lies on the person at rest
    uv: Floats  # (2, m, rows, columns), where it lies on the patch, for textures

    @property
    def closed(self) -> bool:
        """Whether its back is never seen."""
        return self.material <= Material.HAT


class Mesh(NamedTuple):
    """All patches of a batch of n people: by person, and then in the order in which they are built."""

    points: Floats  # (V, 3), where a point lies on the person at rest
    uv: Floats  # (V, 2), where it lies on the patch, for textures
    seen: Floats  # (V, 3), where the camera sees it
    normals: Floats  # (V, 3), outward, as the camera sees them
    patch_of: Ints  # (V,), row of `patches`
    patches: Ints  # (K, 5): first point, rows, columns, material, 1 if closed (its back is never seen)
    of: Longs  # (n + 1,): person i has patches[of[i]:of[i + 1]]

    @property
    def starts(self) -> Longs:
        """The first point of every person, `(n + 1,)`; the last number is V."""
        first = self.patches[self.of[:-1], 0].astype(np.int64)
        return np.append(first, len(self.points))

    def spread(self, each: npt.NDArray[Floating]) -> npt.NDArray[Floating]:
        """From values of every person `(n, ...)` to values of every point `(V, ...)`."""
        return np.repeat(each, np.diff(self.starts), axis=0)


def patch(
    p: Traits,
    material: Material,
    place: tuple[Doubles | float, Doubles | float, Doubles | float],
    uv: tuple[Doubles | float, Doubles | float],
) -> Patch:
    """A patch of these people, from places and textures that broadcast to `(m, rows, columns)`."""
    shape = np.broadcast_shapes(p.who.shape, *(np.shape(part) for part in (*place, *uv)))
    points, texture = np.empty((3, *shape), np.float32), np.empty((2, *shape), np.float32)
    for k, part in enumerate(place):
        points[k] = part
    for k, part in enumerate(uv):
        texture[k] = part
    return Patch(p.who.ravel(), material, points, texture)


def tube(p: Traits, line: Floats, radius: Floats, material: Material) -> Patch:
    """A tube around a line of k points `(3, m, k)` with a radius at each `(m, k)`."""
    k, sides = line.shape[2], 5 if material == Material.RIM else 14
    at = np.arange(k)
    dx, dy, dz = (line[:, :, np.minimum(at + 1, k - 1)] - line[:, :, np.maximum(at - 1, 0)]).astype(np.float64)
    # two directions across the line; the first one lies as level as it can
    level = np.abs(dx) + np.abs(dz) > np.abs(dy) * 0.3
    ax, ay, az = np.where(level, dz, -dy), np.where(level, 0.0, dx), np.where(level, -dx, 0.0)
    length = np.sqrt(ax * ax + ay * ay + az * az) + 1e-9
    ax, ay, az = ax / length, ay / length, az / length
    bx, by, bz = dy * az - dz * ay, dz * ax - dx * az, dx * ay - dy * ax
    length = np.sqrt(bx * bx + by * by + bz * bz) + 1e-9
    bx, by, bz = bx / length, by / length, bz / length
    angle = 2 * np.pi * np.arange(sides + 1) / sides
    c, s = np.cos(angle) * radius[..., None], np.sin(angle) * radius[..., None]
    x, y, z = (
        middle[..., None] + a[..., None] * c + b[..., None] * s
        for middle, a, b in zip(line, (ax, ay, az), (bx, by, bz), strict=True)
    )
    return patch(p, material, (x, y, z), (angle, np.float64(0.2) * at[:, None]))


def shares(count: int) -> Doubles:
    """From 0 to 1, `(count,)`."""
    parts: Doubles = np.arange(count) / (count - 1)
    return parts


def from_middle(count: int) -> Doubles:
    """From -1 to 1, `(count,)`."""
    parts: Doubles = 2 * np.arange(count) / (count - 1) - 1
    return parts
