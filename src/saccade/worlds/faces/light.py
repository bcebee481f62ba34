"""Light on people: two lamps, one with shadows, and the sky."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .dress import People
from .kernels import Bools, Doubles, Floats, Ints, Longs, mix, noise, ramp
from .mesh import Material, Mesh
from .paint import (
    EYE_BALL,
    paint_cloth,
    paint_collar,
    paint_ear,
    paint_face,
    paint_hair,
    paint_hat,
    paint_neck,
)
from .render import FAR, SHADOWED, SHADOWS, lamp_basis, project_to_lamp, rasterise, turned
from .shape import EYES
from .traits import Traits

_OFF = 0.06  # points are looked up this far off the surface, else slopes would shadow themselves
_BIAS = 0.04  # nearer to the lamp than what the map says by less than this: lit
_IS_HAIR = np.isin(np.arange(len(Material)), (Material.HAIR, Material.SHEET))
_IS_CLOTH = np.isin(np.arange(len(Material)), (Material.CLOTH, Material.COLLAR))
_WRAP = np.where(np.isin(np.arange(len(Material)), (Material.SKIN, Material.NECK, Material.EAR)), 0.2, 0.05)
"""How far light reaches around edges: far around those of skin, which lets some through."""
_GLASS = np.array([[0.012], [0.012], [0.016]])


class Lamps(NamedTuple):
    """The lamps of n pictures."""

    key: Doubles  # (3, 3, n), see `lamp_basis`
    fill: Doubles  # (3, n), the direction to it
    shadows: Floats  # (n * SHADOWS * SHADOWS,), nearness to the key lamp
    head: Doubles  # (3, 3, n), how the head is turned


class Surface(NamedTuple):
    """Points of people `(s,)` that the camera sees."""

    who: Longs  # (s,), of which picture
    material: Ints  # (s,)
    at: Doubles  # (3, s), where they lie on the person at rest
    uv: Doubles  # (2, s), where they lie on the patch
    seen: Doubles  # (3, s), as the camera sees them
    normal: Doubles  # (3, s), outward, of any length
    back: Bools  # (s,), whether it is the patch's back


def light_up(mesh: Mesh, people: People) -> Lamps:
    """The lamps, with the shadows that people throw on themselves."""
    keys, fills = lamp_basis(people["key_x"], people["key_y"]), lamp_basis(people["fill_x"], np.full(len(people), -0.1))
    heads, screen = turned(people["yaw"], people["pitch"], people["roll"]), project_to_lamp(mesh, keys)
    shadows = np.full((len(people), SHADOWS, SHADOWS), FAR, np.float32)
    owner = np.empty((SHADOWS, SHADOWS), np.int32)
    for i, each in enumerate(shadows):
        rasterise(mesh.patches[mesh.of[i] : mesh.of[i + 1]], screen, each, owner, 2)
    key, fill, head = (
        np.ascontiguousarray(np.moveaxis(each, 0, -1), np.float64) for each in (keys, fills[:, 2], heads)
    )
    return Lamps(key, fill, shadows.reshape(-1), head)


def _on_map(key: Doubles, points: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Column and row on the map of shadows, and nearness to the lamp (3, 3, s), of points (3, s)."""
    x, y, z = points
    across, down, near = (row[0] * x + row[1] * y + row[2] * z for row in key)
    scale = SHADOWS / (2 * SHADOWED)
    return (across + SHADOWED) * scale, (down + 0.6 * SHADOWED) * scale, near


def lit(lamps: Lamps, who: Longs, points: Doubles) -> Doubles:
    """Share of the key lamp that reaches points (3, s), 0 to 1."""
    across, down, near = _on_map(lamps.key[..., who], points)
    across, down, near = across - 0.5, down - 0.5, near + _BIAS
    top, left = np.floor(down), np.floor(across)
    v, u = down - top, across - left
    i, j = top.clip(0, SHADOWS - 2).astype(np.int64), left.clip(0, SHADOWS - 2).astype(np.int64)
    on_map = (i == top) & (j == left)
    place, map_ = (who * SHADOWS + i) * SHADOWS + j, lamps.shadows
    above = (1 - u) * (near > map_[place]) + u * (near > map_[place + 1])
    below = (1 - u) * (near > map_[place + SHADOWS]) + u * (near > map_[place + SHADOWS + 1])
    return np.where(on_map, (1 - v) * above + v * below, 1.0)


def _paint(p: Traits, material: int, at: Doubles, uv: Doubles) -> tuple[Doubles, Doubles, Doubles | float]:
    """Colour (3, s), gloss (s,) and eye (s,), see `paint_face`, of points of one material."""
    (x, y, z), (u, v) = at, uv
    if material == Material.SKIN:
        return paint_face(p, x, y, z)
    if material in (Material.HAIR, Material.SHEET):
        return *paint_hair(p, u, v), 0.0
    if material == Material.CLOTH:
        return *paint_cloth(p, x, y, z, u), 0.0
    if material in (Material.HAT, Material.BRIM):
        return *paint_hat(p, u, v), 0.0
    if material == Material.NECK:
        return *paint_neck(p, x, y, z, v), 0.0
    if material == Material.EAR:
        return *paint_ear(p, x, y, z, u, v), 0.0
    if material == Material.COLLAR:
        return *paint_collar(p, y, u), 0.0
    if material == Material.RIM:
        return p.rim_colour.T, np.full(len(u), 0.6), 0.0
    return _GLASS, np.full(len(u), 0.9), 0.0


def shade(people: People, lamps: Lamps, surface: Surface) -> Doubles:
    """Colours (3, s) that the camera sees, display values 0 to 1."""
    p, count = Traits(people, surface.who), len(surface.who)
    colour, gloss, eye = np.empty((3, count)), np.empty(count), np.empty(count)
    for material in np.flatnonzero(np.bincount(surface.material)):
        these = np.flatnonzero(surface.material == material)
        colour[:, these], gloss[these], eye[these] = _paint(
            p.only(these), int(material), surface.at[:, these], surface.uv[:, these]
        )
    normal, key, fill = _normal(p, lamps, surface, eye), lamps.key[2][:, p.who], lamps.fill[:, p.who]
    nx, ny, nz = normal
    to_key, to_fill = nx * key[0] + ny * key[1] + nz * key[2], nx * fill[0] + ny * fill[1] + nz * fill[2]
    open_ = np.where(to_key > -0.2, lit(lamps, p.who, surface.seen + _OFF * normal), 0.0)
    wrap = _WRAP[surface.material]
    by_key = p.key * np.maximum(0.0, (to_key + wrap) / (1 + wrap)) * mix(0.12, 1.0, open_)
    by_fill = p.fill * np.maximum(0.0, (to_fill + 0.2) / 1.2)
    by_sky = p.ambient * (0.75 - 0.25 * ny + 0.15 * nz) * np.where(surface.back, 0.55, 1.0)
    toward = np.maximum(0.0, (to_key + nz) / np.sqrt(2 + 2 * key[2]))  # the half-way direction to the camera
    twelfth = _twelfth(toward)
    shine = gloss * twelfth * open_ * np.where(eye != 0, np.square(np.square(twelfth)), 1.0)
    hair = np.flatnonzero(_IS_HAIR[surface.material])
    down = lamps.head[:, 1][:, p.who[hair]]
    shine[hair] = 0.6 * gloss[hair] * _hair_shine(down, key[:, hair], normal[:, hair]) * (0.2 + open_[hair])
    light = by_key * p.key_colour.T + by_fill * p.fill_colour.T + by_sky * p.sky.T
    return _display(colour * light, shine * p.key)


def _twelfth(base: Doubles) -> Doubles:
    """The twelfth power; `**` is slow."""
    fourth: Doubles = np.square(np.square(base))
    return fourth * np.square(fourth)


def _normal(p: Traits, lamps: Lamps, surface: Surface, eye: Doubles) -> Doubles:
    """Normals (3, s) of length 1: those of the surface, of eyeballs where they are, wobbling where cloth has folds."""
    nx, ny, nz = surface.normal.copy()
    x, y, _ = surface.at
    balls = np.flatnonzero(eye)
    ex = (x[balls] - eye[balls] * p.eye_apart[balls]) / EYE_BALL
    ey = (y[balls] - EYES) / EYE_BALL
    ez = np.sqrt(np.maximum(0.2, 1 - ex * ex - ey * ey))
    for axis, row in zip((nx, ny, nz), lamps.head[..., p.who[balls]], strict=True):
        axis[balls] = row[0] * ex + row[1] * ey + row[2] * ez
    cloth = np.flatnonzero(_IS_CLOTH[surface.material])
    x, y, seed, folds = x[cloth], y[cloth], p.seed[cloth], p.folds[cloth]
    nx[cloth] += folds * (noise(3.3 * x + y, 2 * y - x, seed + 18) - 0.5)
    ny[cloth] += 0.7 * folds * (noise(2 * x - y, 3 * y + x, seed + 19) - 0.5)
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    normal: Doubles = np.stack([nx, ny, nz]) / np.where(surface.back, -length, length)
    return normal


def _hair_shine(down: Doubles, key: Doubles, normal: Doubles) -> Doubles:
    """Shine across the strands, which run down the head along its surface (Kajiya and Kay 1989)."""
    nx, ny, nz = normal
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
    lightness: Doubles = np.sqrt(1.1 * total / (1 + 0.5 * total))
    return lightness
