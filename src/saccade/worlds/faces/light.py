"""Light on a person: two lamps, one with shadows, and the sky."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .dress import Person
from .kernels import Bools, Doubles, Floats, Ints, mix, noise, ramp
from .paint import (
    EYE_BALL,
    paint_cloth,
    paint_collar,
    paint_ear,
    paint_face,
    paint_hair,
    paint_hat,
    paint_neck,
    plain,
)
from .render import FAR, rasterise, turned
from .shape import EYES, Material, Mesh

SHADOWS = 112  # side of the map of shadows in points
SHADOWED = 2.6  # what it covers, from its middle to its edge
_OFF = 0.06  # points are looked up this far off the surface, else slopes would shadow themselves
_BIAS = 0.04  # nearer to the lamp than what the map says by less than this: lit
_IS_HAIR = np.isin(np.arange(len(Material)), (Material.HAIR, Material.SHEET))
_IS_CLOTH = np.isin(np.arange(len(Material)), (Material.CLOTH, Material.COLLAR))
_WRAP = np.where(np.isin(np.arange(len(Material)), (Material.SKIN, Material.NECK, Material.EAR)), 0.2, 0.05)
"""How far light reaches around edges: far around those of skin, which lets some through."""
_GLASS = np.array([0.012, 0.012, 0.016])


class Lamps(NamedTuple):
    """The lamps of one picture."""

    key: Floats  # (3, 3), see `lamp_basis`
    fill: Floats  # (3, 3)
    shadows: Floats  # (SHADOWS, SHADOWS), nearness to the key lamp
    head: Floats  # (3, 3), how the head is turned


class Surface(NamedTuple):
    """Points of a person `(s,)` that the camera sees."""

    material: Ints  # (s,)
    at: Doubles  # (3, s), where they lie on the person at rest
    uv: Doubles  # (2, s), where they lie on the patch
    seen: Doubles  # (3, s), as the camera sees them
    normal: Doubles  # (3, s), outward, of any length
    back: Bools  # (s,), whether it is the patch's back


def lamp_basis(x: float, y: float) -> Floats:
    """Right, down and towards the lamp, `(3, 3)` by rows, for a lamp in the direction (x, y, 1)."""
    length = math.sqrt(x * x + y * y + 1)
    lx, ly, lz = x / length, y / length, 1 / length
    flat = math.sqrt(lx * lx + lz * lz)
    rows = [[lz / flat, 0.0, -lx / flat], [-ly * lx / flat, flat, -ly * lz / flat], [lx, ly, lz]]
    return np.array(rows, np.float32)


def light_up(mesh: Mesh, which: int, person: Person) -> Lamps:
    """The lamps, with the shadows that this person, one of the mesh's, throws on himself."""
    key, fill = lamp_basis(person.key_x, person.key_y), lamp_basis(person.fill_x, -0.1)
    own = mesh.points_of(which)
    screen = np.empty_like(mesh.seen)
    screen[own] = np.stack(_on_map(key, np.ascontiguousarray(mesh.seen[own].T)), 1)
    shadows = np.full((SHADOWS, SHADOWS), FAR, np.float32)
    rasterise(mesh.patches_of(which), screen, shadows, np.empty((SHADOWS, SHADOWS), np.int32), 2)
    return Lamps(key, fill, shadows, turned(person.yaw, person.pitch, person.roll))


def _on_map(key: Floats, points: Floats | Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Column and row on the map of shadows, and nearness to the lamp, of points (3, s)."""
    x, y, z = points
    scale = SHADOWS / (2 * SHADOWED)
    across = key[0, 0] * x + key[0, 1] * y + key[0, 2] * z
    down = key[1, 0] * x + key[1, 1] * y + key[1, 2] * z
    near = key[2, 0] * x + key[2, 1] * y + key[2, 2] * z
    return (across.astype(float) + SHADOWED) * scale, (down.astype(float) + 0.6 * SHADOWED) * scale, near.astype(float)


def lit(lamps: Lamps, points: Doubles) -> Doubles:
    """Share of the key lamp that reaches points (3, s), 0 to 1."""
    across, down, near = _on_map(lamps.key, points)
    across, down, near = across - 0.5, down - 0.5, near + _BIAS
    top, left = np.floor(down), np.floor(across)
    v, u = down - top, across - left
    i, j = top.clip(0, SHADOWS - 2).astype(np.int64), left.clip(0, SHADOWS - 2).astype(np.int64)
    on_map = (i == top) & (j == left)
    place, map_ = i * SHADOWS + j, lamps.shadows.reshape(-1)
    above = (1 - u) * (near > map_[place]) + u * (near > map_[place + 1])
    below = (1 - u) * (near > map_[place + SHADOWS]) + u * (near > map_[place + SHADOWS + 1])
    return np.where(on_map, (1 - v) * above + v * below, 1.0)


def _paint(person: Person, material: int, at: Doubles, uv: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Colour (3, s), gloss (s,) and eye (s,), see `paint_face`, of points of one material."""
    (x, y, z), (u, v) = at, uv
    if material == Material.SKIN:
        return paint_face(person, x, y, z)
    if material in (Material.HAIR, Material.SHEET):
        colour, gloss = paint_hair(person, u, v)
    elif material == Material.CLOTH:
        colour, gloss = paint_cloth(person, x, y, z, u)
    elif material in (Material.HAT, Material.BRIM):
        colour, gloss = paint_hat(person, u, v)
    elif material == Material.NECK:
        colour, gloss = paint_neck(person, x, y, z, v)
    elif material == Material.EAR:
        colour, gloss = paint_ear(person, x, y, z, u, v)
    elif material == Material.COLLAR:
        colour, gloss = paint_collar(person, y, u)
    elif material == Material.RIM:
        colour, gloss = plain(person.rim_colour, 0.6, len(u))
    else:
        colour, gloss = plain(_GLASS, 0.9, len(u))
    return colour, gloss, np.zeros(len(u))


def shade(person: Person, lamps: Lamps, surface: Surface) -> Doubles:
    """Colours (3, s) that the camera sees, display values 0 to 1."""
    count = len(surface.material)
    colour, gloss, eye = np.empty((3, count)), np.empty(count), np.empty(count)
    for material in np.flatnonzero(np.bincount(surface.material)):
        these = np.flatnonzero(surface.material == material)
        colour[:, these], gloss[these], eye[these] = _paint(
            person, int(material), surface.at[:, these], surface.uv[:, these]
        )
    normal = _normal(person, lamps, surface, eye)
    nx, ny, nz = normal
    key, fill = lamps.key[2].astype(float), lamps.fill[2].astype(float)
    to_key, to_fill = nx * key[0] + ny * key[1] + nz * key[2], nx * fill[0] + ny * fill[1] + nz * fill[2]
    open_ = np.where(to_key > -0.2, lit(lamps, surface.seen + _OFF * normal), 0.0)
    wrap = _WRAP[surface.material]
    by_key = person.key * np.maximum(0.0, (to_key + wrap) / (1 + wrap)) * mix(0.12, 1.0, open_)
    by_fill = person.fill * np.maximum(0.0, (to_fill + 0.2) / 1.2)
    by_sky = person.ambient * (0.75 - 0.25 * ny + 0.15 * nz) * np.where(surface.back, 0.55, 1.0)
    toward = np.maximum(0.0, (to_key + nz) / math.sqrt(2 + 2 * key[2]))  # the half-way direction to the camera
    twelfth = _twelfth(toward)
    shine = gloss * twelfth * open_ * np.where(eye != 0, np.square(np.square(twelfth)), 1.0)
    hair = np.flatnonzero(_IS_HAIR[surface.material])
    shine[hair] = 0.6 * gloss[hair] * _hair_shine(lamps, normal[:, hair]) * (0.2 + open_[hair])
    light = by_key * person.key_colour[:, None] + by_fill * person.fill_colour[:, None] + by_sky * person.sky[:, None]
    return _display(colour * light, shine * person.key)


def _twelfth(base: Doubles) -> Doubles:
    """The twelfth power; `**` is slow."""
    fourth = np.square(np.square(base))
    return fourth * np.square(fourth)


def _normal(person: Person, lamps: Lamps, surface: Surface, eye: Doubles) -> Doubles:
    """Normals (3, s) of length 1: those of the surface, of eyeballs where they are, wobbling where cloth has folds."""
    nx, ny, nz = surface.normal.copy()
    x, y, _ = surface.at
    balls = np.flatnonzero(eye)
    if len(balls):
        ex = (x[balls] - eye[balls] * person.eye_apart) / EYE_BALL
        ey = (y[balls] - EYES) / EYE_BALL
        ez = np.sqrt(np.maximum(0.2, 1 - ex * ex - ey * ey))
        turn = lamps.head.astype(float)
        for axis, row in zip((nx, ny, nz), turn, strict=True):
            axis[balls] = row[0] * ex + row[1] * ey + row[2] * ez
    cloth = np.flatnonzero(_IS_CLOTH[surface.material])
    x, y, seed = x[cloth], y[cloth], person.seed
    nx[cloth] += person.folds * (noise(3.3 * x + y, 2 * y - x, seed + 18) - 0.5)
    ny[cloth] += 0.7 * person.folds * (noise(2 * x - y, 3 * y + x, seed + 19) - 0.5)
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    return np.stack([nx, ny, nz]) / np.where(surface.back, -length, length)


def _hair_shine(lamps: Lamps, normal: Doubles) -> Doubles:
    """Shine across the strands, which run down the head along its surface (Kajiya and Kay 1989)."""
    nx, ny, nz = normal
    down, key = lamps.head[:, 1].astype(float), lamps.key[2].astype(float)
    along = down[0] * nx + down[1] * ny + down[2] * nz
    tx, ty, tz = down[0] - along * nx, down[1] - along * ny, down[2] - along * nz
    hx, hy, hz = key[0], key[1], key[2] + 1
    scale = np.sqrt((tx * tx + ty * ty + tz * tz) * (hx * hx + hy * hy + hz * hz)) + 1e-9
    across = (tx * hx + ty * hy + tz * hz) / scale
    front = nx * key[0] + ny * key[1] + nz * key[2]
    return _twelfth(np.maximum(0.0, 1 - across * across)) * ramp(-0.1, 0.6, front)


def _display(light: Doubles, shine: Doubles) -> Doubles:
    """Display value of linear light: bright ones are pressed together, as film does."""
    total = np.maximum(0.0, light + 0.35 * shine)
    return np.sqrt(1.1 * total / (1 + 0.5 * total))
