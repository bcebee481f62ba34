"""What heads wear, as meshes: hair, hats, glasses, shoulders and collars. Lengths and shapes as in `shape`."""

from __future__ import annotations

import numpy as np

from .kernels import Doubles, Floats, mix, noise, ramp
from .mesh import Material, Patch, from_middle, patch, shares, tube
from .shape import EYES, GRID_OF_SKULL, column_angles, lifted, profile
from .traits import Traits

LINE_ANGLES = np.array([0.0, 0.6, 1.05, 1.36, 1.68, 2.13, 3.1416])
"""Around the head, where the lower edge of hair and hats is given: front, temple, sideburn, ear, behind it, nape."""

# rows and columns of patches
_GRID_OF_SHEET = (20, 49)
_GRID_OF_LENS = (2, 25)
_GRID_OF_BUN = (11, 21)
_GRID_OF_BRIM = (5, 41)
_GRID_OF_TORSO = (25, 41)
_GRID_OF_COLLAR = (8, 37)

# neck to hips: height, half-width, depth
_TORSO = np.array(
    [
        [1.06, 0.28, 0.26],
        [1.26, 0.50, 0.46],
        [1.40, 0.80, 0.50],
        [1.56, 1.22, 0.58],
        [1.76, 1.52, 0.67],
        [2.05, 1.62, 0.76],
        [2.60, 1.58, 0.80],
        [3.60, 1.50, 0.76],
        [7.00, 1.50, 0.76],
    ]
).T.copy()
# shoulder to hand: x, height, z, radius
_ARM = np.array(
    [
        [1.00, 1.62, -0.16, 0.05],
        [1.22, 1.80, -0.16, 0.24],
        [1.36, 2.05, -0.16, 0.33],
        [1.48, 2.50, -0.12, 0.34],
        [1.60, 3.40, -0.02, 0.32],
        [1.70, 7.00, 0.10, 0.30],
    ]
).T.copy()


def line_at(line: Doubles, angle: Doubles) -> Doubles:
    """Heights of edges around heads, `(..., 1, columns)`, given at `LINE_ANGLES`, `(..., 1, 1, 7)`."""
    around = np.abs(angle)
    i = np.searchsorted(LINE_ANGLES[1:-1], around)
    before, after = (line[..., 0, :].take(k, axis=-1) for k in (i, i + 1))
    height: Doubles = mix(before, after, ramp(LINE_ANGLES[i], LINE_ANGLES[i + 1], around))
    return height


def _hidden(y: Doubles, angle: Doubles) -> Doubles:
    """A shell that lies this far under the skin is not seen: deeper behind the eyes' sockets and under the chin."""
    return -0.07 - 0.18 * ramp(-0.3, -0.1, y) * ramp(1.2, 0.8, np.abs(angle)) - 0.3 * ramp(0.3, 0.8, y)


def hair_depth(p: Traits, x: Doubles, y: Doubles, angle: Doubles) -> Doubles:
    """How thick the hair lies on the skull; negative where there is none."""
    seed, s = p.seed, np.sin(angle)
    jag = noise(angle * 9, y * 3, seed) - 0.5 + 0.6 * (noise(angle * 26, 2 * y, seed) - 0.5)
    edge = line_at(p.hairline, angle) + p.parting * s * ramp(0.3, -0.5, y) + 0.16 * p.jagged * jag
    depth = p.hair_thick * (1 + 0.25 * (noise(angle * 3, y * 3, seed + 1) - 0.5))
    depth += p.hair_top * ramp(-0.2, -0.95, y) * (1 + 0.6 * s * np.sign(p.parting))
    depth += p.lumps * (noise(angle * 5, y * 6 + 9, seed + 2) + noise(angle * 11, y * 13, seed + 3) - 1)
    crest = mix(depth, p.mohawk, ramp(0.2, 0.1, np.abs(x)) * ramp(0.5, -0.3, y))
    depth = np.where(p.mohawk > 0, crest, depth)
    pressed = (p.hat_thick > 0) & (y < line_at(p.hatline, angle) + 0.06)
    depth = np.where(pressed, np.minimum(depth, 0.5 * p.hat_thick), depth)
    shown: Doubles = mix(_hidden(y, angle), depth, ramp(0.0, p.hair_soft, edge - y))
    return shown


def hat_depth(p: Traits, x: Doubles, y: Doubles, angle: Doubles) -> Doubles:
    """How thick a hat lies on the skull; negative where there is none."""
    edge = line_at(p.hatline, angle)
    depth = p.hat_thick + p.hat_top * ramp(-0.3, -1.0, y)
    depth = depth + 0.05 * p.hat_cuff * ramp(edge - 0.3, edge - 0.27, y)
    depth += 0.04 * (noise(angle * 2, y * 4, p.seed + 5) - 0.5)
    shown: Doubles = mix(_hidden(y, angle), depth, ramp(0.0, 0.05, edge - y))
    return shown


def build_shell(p: Traits, material: Material) -> Patch:
    """Hair or a hat: the skull once more, blown up by its thickness; its edge is where it dips under the skin."""
    angle = column_angles()
    height, wide, front, back = profile(p, shares(GRID_OF_SKULL[0])[:, None])
    c = np.cos(angle)
    x, y, z = wide * np.sin(angle), lifted(height, front, angle), np.where(c > 0, front, back) * c
    depth = (hair_depth if material == Material.HAIR else hat_depth)(p, x, y, angle)
    away = depth / np.sqrt(x * x + (y - 0.1) ** 2 + z * z)
    return patch(p, material, (x * (1 + away), y + (y - 0.1) * away, z * (1 + away)), (angle, height))


def build_curtain(p: Traits) -> Patch:
    """Long hair: a sheet around the back of the head, from above the ears down."""
    rows, columns = _GRID_OF_SHEET
    # seen from outside the back, columns run from the right of the picture to its left
    share, t = -from_middle(columns), shares(rows)[:, None]  # -1 and 1 at the edges, next to the face
    angle, off = (np.pi - p.curtain_from) * share, np.abs(share)
    edge = ramp(0.8, 1.0, off)
    length = p.curtain_long * (1 - 0.12 * noise(share * 8, 0.0, p.seed + 7)) - 0.1 * edge
    y = mix(-0.62, length, t)
    _, wide, _, back = profile(p, 0.12 + 0.35 * ramp(-0.62, 0.1, y))
    swell = p.hair_thick * 0.92 * (1 - 0.6 * edge) + p.flare * ramp(0.1, 1.6, y)
    swell += p.wavy * 0.06 * np.sin(7 * y + 3 * noise(share * 6, y, p.seed + 8))
    swell += p.lumps * 2 * (noise(share * 16, 5 * y, p.seed + 9) - 0.5)
    swell -= 0.1 * edge * ramp(-0.6, -0.2, y)
    x, z = (wide + swell) * np.sin(angle), -(back * 0.95 + swell) * np.cos(angle)
    z += 0.28 * ramp(0.5, 1.8, y) * ramp(0.6, 1.0, off)
    z += 0.3 * ramp(0.2, 1.0, y) * ramp(0.6, 0.2, off)  # behind the nape the hair follows the neck
    return patch(p, Material.SHEET, (x, y, z), (angle * 1.1, y))


def build_bun(p: Traits) -> Patch:
    """A bun on the crown or at the back, lumpy."""
    rows, columns = _GRID_OF_BUN
    crown = p.bun < 1.5
    middle, back = np.where(crown, -1.12, -0.5), np.where(crown, -0.25, -1.0)
    down, share = np.pi * shares(rows)[:, None], from_middle(columns)
    angle, s = np.pi * share, np.sin(down)
    lump = (0.15 + p.lumps) * (noise(6 * (1 - np.abs(share)), 4 * down, p.seed + 20) - 0.5)
    r = 0.32 * (1 + lump * s)
    x, y, z = s * np.sin(angle), -0.85 * np.cos(down), s * np.cos(angle)
    return patch(p, Material.HAIR, (r * x, middle + r * y, back + r * z), (2 * angle, down))


def build_brim(p: Traits) -> Patch:
    """Brim or visor of a hat."""
    rows, columns = _GRID_OF_BRIM
    angle, t = np.pi * from_middle(columns), shares(rows)[:, None]
    s, c = np.sin(angle), np.cos(angle)
    edge = line_at(p.hatline, angle) - 0.04
    _, wide, front, back = profile(p, 0.36 + 0.3 * (edge + 0.3))
    reach = p.brim + p.visor * ramp(1.25, 0.5, np.abs(angle))
    out = p.hat_thick + reach * t
    y = edge + 0.25 * reach * t * t - 0.02 + p.brim * 0.25 * t * (s * s - 0.5)
    return patch(p, Material.BRIM, ((wide + out) * s, y, (np.where(c > 0, front, back) + out) * c), (angle, y))


def build_tail(p: Traits) -> Patch:
    """A pony-tail, from the back of the head over a shoulder."""
    t = shares(9)
    x = p.tail[..., 0] * (0.1 + 0.45 * ramp(0.0, 0.5, t) + 0.08 * np.sin(5 * t))
    y = -0.45 + 2.2 * t * t + 0.35 * t - 0.25 * np.sin(np.pi * t)
    z = -0.85 - 0.35 * np.sin(np.pi * np.minimum(1.0, 1.6 * t)) + 0.45 * t
    radius = 0.05 + 0.19 * np.sin(np.pi * np.minimum(1.0, 0.12 + 0.88 * t)) * (1 + p.lumps[..., 0])
    return tube(p, _line(x, y, z), radius.astype(np.float32), Material.HAIR)


def _line(x: Doubles | float, y: Doubles | float, z: Doubles | float) -> Floats:
    """A line of k points `(3, m, k)`."""
    return np.stack(np.broadcast_arrays(x, y, z)).astype(np.float32)


def build_glasses(p: Traits) -> list[Patch]:
    """Two rims or dark lenses, the bridge and the temples."""
    built = [part for side in (-1.0, 1.0) for part in _build_side_of_glasses(p, side)]
    apart, wide = p.eye_apart[..., 0], 0.2 * p.lens_size[..., 0]
    half = apart - wide
    bridge = _line(half * np.array([-1, 0, 1]), EYES - np.array([0, 0.02, 0]), np.array([0.86, 0.9, 0.86]))
    return [*built, _bar(p, bridge)]


def _build_side_of_glasses(p: Traits, side: float) -> list[Patch]:
    """A rim, a dark lens for some, a temple."""
    angle = 2 * np.pi * shares(_GRID_OF_LENS[1])
    s, c = np.sin(angle), np.cos(angle)
    apart, size, power, width = (field[..., 0] for field in (p.eye_apart, p.lens_size, p.lens_round, p.width))
    wide, high = 0.2 * size, 0.155 * size
    x = side * apart + wide * np.sign(c) * np.abs(c) ** power
    line = _line(x, EYES + 0.03 + high * np.sign(s) * np.abs(s) ** power, 0.87 - 0.45 * x * x)
    rim = tube(p, line, np.broadcast_to(p.rim[..., 0], x.shape).astype(np.float32), Material.RIM)
    dark = p.lens_dark.ravel() > 0
    lens = [_lens(p.only(dark), side, line[:, dark])] if dark.any() else []
    outer, ear = apart + wide, np.ones_like(apart)
    ends = side * np.concatenate([outer, width * 0.66, width * 0.74], 1)
    nearness = np.concatenate([0.87 - 0.45 * outer * outer, 0.45 * ear, -0.1 * ear], 1)
    return [rim, *lens, _bar(p, _line(ends, EYES - np.array([0.02, 0.02, 0.0]), nearness))]


def _bar(p: Traits, line: Floats) -> Patch:
    """A straight part of the frame."""
    return tube(p, line, np.broadcast_to(p.rim[..., 0] * 1.1, line.shape[1:]).astype(np.float32), Material.RIM)


def _lens(p: Traits, side: float, rim: Floats) -> Patch:
    """A dark lens: from its middle, in the first row, to the rim `(3, m, k)`, in the second."""
    apart, middle_first = p.eye_apart, np.array([[1.0], [0.0]])
    middle = _line(side * apart, EYES + 0.03, 0.87 - 0.45 * apart * apart)
    x, y, z = np.where(middle_first > 0, middle, rim[:, :, None])
    return patch(p, Material.LENS, (x, y, z), (1 - middle_first, 0.0))


def build_torso(p: Traits) -> list[Patch]:
    """Shoulders, chest and arms."""
    rows, columns = _GRID_OF_TORSO
    last = _TORSO.shape[1] - 1
    at = np.minimum(shares(rows) * last, last - 1e-6)[:, None]
    i = at.astype(np.int64)
    y, wide, deep = (mix(line[i], line[i + 1], at - i) for line in _TORSO)
    wide = wide * (1 + (p.shoulders - 1) * ramp(0.5, 1.4, wide))
    y = y - 0.07
    y = y + p.slope * ramp(0.6, 1.4, wide) * ramp(2.6, 1.8, y)
    angle = np.pi * from_middle(columns)
    s, c = np.sin(angle), np.cos(angle)
    x, z = wide * np.sign(s) * np.abs(s) ** 0.85, deep * np.sign(c) * np.abs(c) ** 0.8 - 0.16
    arms, (across, down, near, radius) = [], _ARM
    for side in (-1.0, 1.0):
        line = _line(side * across * p.shoulders[..., 0], down + p.slope[..., 0], near)
        arms.append(tube(p, line, np.broadcast_to(radius, line.shape[1:]).astype(np.float32), Material.CLOTH))
    return [patch(p, Material.CLOTH, (x, y, z), (angle * 0.9, y)), *arms]


def build_collar(p: Traits) -> Patch:
    """A ring around the neck, open in front or not: a shirt's collar, a polo neck, a scarf."""
    rows, columns = _GRID_OF_COLLAR
    t, share = shares(rows)[:, None], from_middle(columns)
    angle = np.pi + (np.pi - p.collar_gap) * share
    s, c = np.sin(angle), np.cos(angle)
    tip = ramp(0.7, 1.0, np.abs(share)) * (p.collar_gap > 0)
    radius = p.neck + mix(p.collar_in, p.collar_out, t)
    radius = radius + p.collar_bulge * np.sin(np.pi * t)
    y = mix(p.collar_top, p.collar_low, t) + 0.16 * ramp(-0.3, 1.0, c) + 0.05 * tip * t
    return patch(p, Material.COLLAR, (radius * s, y, radius * c * 0.95 - 0.13), (share * 3, y))
