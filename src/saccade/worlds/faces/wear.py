"""What heads wear, as meshes: hair, hats, glasses, shoulders and collars. Lengths as in `face_shape`."""

from __future__ import annotations

import math

import numpy as np

from saccade.jit import fast_kernel

from .kernels import Floats, mix, noise, ramp
from .shape import EYES, GRID_OF_SKULL, Material, Mesh, add_patch, column_angle, lifted, profile, put, tube

LINE_ANGLES = np.array([0.0, 0.6, 1.05, 1.36, 1.68, 2.13, 3.1416])
"""Around the head, where the lower edge of hair and hats is given: front, temple, sideburn, ear, behind it, nape."""

# rows and columns of patches
_GRID_OF_SHEET = np.array([20, 49])
_GRID_OF_LENS = np.array([2, 25])
_GRID_OF_BUN = np.array([11, 21])
_GRID_OF_BRIM = np.array([5, 41])
_GRID_OF_TORSO = np.array([25, 41])
_GRID_OF_COLLAR = np.array([8, 37])

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
)
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
)


@fast_kernel
def line_at(line: Floats, angle: float) -> float:
    """Height of an edge around the head, given at `LINE_ANGLES`."""
    around = abs(angle)
    for i in range(len(LINE_ANGLES) - 1):
        if around <= LINE_ANGLES[i + 1]:
            return mix(line[i], line[i + 1], ramp(LINE_ANGLES[i], LINE_ANGLES[i + 1], around))
    return float(line[-1])


@fast_kernel
def _hidden(y: float, angle: float) -> float:
    """A shell that lies this far under the skin is not seen: deeper behind the eyes' sockets and under the chin."""
    return -0.07 - 0.18 * ramp(-0.3, -0.1, y) * ramp(1.2, 0.8, abs(angle)) - 0.3 * ramp(0.3, 0.8, y)


@fast_kernel
def hair_depth(person: np.record, x: float, y: float, angle: float) -> float:
    """How thick the hair lies on the skull; negative where there is none."""
    seed = person.seed
    jag = 0.16 * person.jagged * (noise(angle * 9, y * 3, seed) - 0.5 + 0.6 * (noise(angle * 26, 2 * y, seed) - 0.5))
    edge = line_at(person.hairline, angle) + person.parting * math.sin(angle) * ramp(0.3, -0.5, y) + jag
    depth = person.hair_thick * (1 + 0.25 * (noise(angle * 3, y * 3, seed + 1) - 0.5))
    depth += person.hair_top * ramp(-0.2, -0.95, y) * (1 + 0.6 * math.sin(angle) * np.sign(person.parting))
    depth += person.lumps * (noise(angle * 5, y * 6 + 9, seed + 2) + noise(angle * 11, y * 13, seed + 3) - 1)
    if person.mohawk > 0:
        depth = mix(depth, person.mohawk, ramp(0.2, 0.1, abs(x)) * ramp(0.5, -0.3, y))
    if person.hat_thick > 0 and y < line_at(person.hatline, angle) + 0.06:
        depth = min(depth, 0.5 * person.hat_thick)
    return mix(_hidden(y, angle), depth, ramp(0.0, person.hair_soft, edge - y))


@fast_kernel
def hat_depth(person: np.record, x: float, y: float, angle: float) -> float:
    """How thick a hat lies on the skull; negative where there is none."""
    edge = line_at(person.hatline, angle)
    depth = person.hat_thick + person.hat_top * ramp(-0.3, -1.0, y)
    depth += 0.05 * person.hat_cuff * ramp(edge - 0.3, edge - 0.27, y)
    depth += 0.04 * (noise(angle * 2, y * 4, person.seed + 5) - 0.5)
    return mix(_hidden(y, angle), depth, ramp(0.0, 0.05, edge - y))


@fast_kernel
def build_shell(mesh: Mesh, person: np.record, material: Material) -> None:
    """Hair or a hat: the skull once more, blown up by its thickness; its edge is where it dips under the skin."""
    rows, columns = GRID_OF_SKULL
    first = add_patch(mesh, rows, columns, material)
    for row in range(rows):
        height, wide, front, back = profile(person, row / (rows - 1))
        for column in range(columns):
            angle = column_angle(2 * column / (columns - 1) - 1)
            s, c = math.sin(angle), math.cos(angle)
            x, y, z = wide * s, lifted(height, front, angle), (front if c > 0 else back) * c
            depth = hair_depth(person, x, y, angle) if material == Material.HAIR else hat_depth(person, x, y, angle)
            away = depth / math.sqrt(x * x + (y - 0.1) ** 2 + z * z)
            put(
                mesh,
                first + row * columns + column,
                x * (1 + away),
                y + (y - 0.1) * away,
                z * (1 + away),
                angle,
                height,
            )


@fast_kernel
def build_curtain(mesh: Mesh, person: np.record) -> None:
    """Long hair: a sheet around the back of the head, from above the ears down."""
    rows, columns = _GRID_OF_SHEET
    first = add_patch(mesh, rows, columns, Material.SHEET)
    opening, seed = person.curtain_from, person.seed
    for column in range(columns):
        share = 2 * column / (columns - 1) - 1  # -1 and 1 at the edges, next to the face
        angle = (math.pi - opening) * share
        edge = ramp(0.8, 1.0, abs(share))
        length = person.curtain_long * (1 - 0.12 * noise(share * 8, 0.0, seed + 7)) - 0.1 * edge
        for row in range(rows):
            t = row / (rows - 1)
            y = mix(-0.62, length, t)
            _, wide, _, back = profile(person, 0.12 + 0.35 * ramp(-0.62, 0.1, y))
            swell = person.hair_thick * 0.92 * (1 - 0.6 * edge) + person.flare * ramp(0.1, 1.6, y)
            swell += person.wavy * 0.06 * math.sin(7 * y + 3 * noise(share * 6, y, seed + 8))
            swell += person.lumps * 2 * (noise(share * 16, 5 * y, seed + 9) - 0.5)
            swell -= 0.1 * edge * ramp(-0.6, -0.2, y)
            x, z = (wide + swell) * math.sin(angle), -(back * 0.95 + swell) * math.cos(angle)
            z += 0.28 * ramp(0.5, 1.8, y) * ramp(0.6, 1.0, abs(share))
            # behind the nape the hair follows the neck
            z += 0.3 * ramp(0.2, 1.0, y) * ramp(0.6, 0.2, abs(share))
            # seen from outside the back, columns run from the right of the picture to its left
            put(mesh, first + row * columns + columns - 1 - column, x, y, z, angle * 1.1, y)


@fast_kernel
def build_bun(mesh: Mesh, person: np.record) -> None:
    """A bun on the crown or at the back, lumpy."""
    rows, columns = _GRID_OF_BUN
    first = add_patch(mesh, rows, columns, Material.HAIR)
    middle, back = (-1.12, -0.25) if person.bun < 1.5 else (-0.5, -1.0)
    for row in range(rows):
        down = math.pi * row / (rows - 1)
        for column in range(columns):
            share = 2 * column / (columns - 1) - 1
            angle = math.pi * share
            lump = (0.15 + person.lumps) * (noise(6 * (1 - abs(share)), 4 * down, person.seed + 20) - 0.5)
            r = 0.32 * (1 + lump * math.sin(down))
            x, y, z = math.sin(down) * math.sin(angle), -0.85 * math.cos(down), math.sin(down) * math.cos(angle)
            put(mesh, first + row * columns + column, r * x, middle + r * y, back + r * z, 2 * angle, down)


@fast_kernel
def build_brim(mesh: Mesh, person: np.record) -> None:
    """Brim or visor of a hat."""
    rows, columns = _GRID_OF_BRIM
    first = add_patch(mesh, rows, columns, Material.BRIM)
    for column in range(columns):
        angle = math.pi * (2 * column / (columns - 1) - 1)
        s, c = math.sin(angle), math.cos(angle)
        edge = line_at(person.hatline, angle) - 0.04
        _, wide, front, back = profile(person, 0.36 + 0.3 * (edge + 0.3))
        reach = person.brim + person.visor * ramp(1.25, 0.5, abs(angle))
        for row in range(rows):
            t = row / (rows - 1)
            out = person.hat_thick + reach * t
            y = edge + 0.25 * reach * t * t - 0.02 + person.brim * 0.25 * t * (s * s - 0.5)
            put(
                mesh,
                first + row * columns + column,
                (wide + out) * s,
                y,
                ((front if c > 0 else back) + out) * c,
                angle,
                y,
            )


@fast_kernel
def build_tail(mesh: Mesh, person: np.record) -> None:
    """A pony-tail, from the back of the head over a shoulder."""
    k = 9
    line, radius = np.empty((k, 3), np.float32), np.empty(k, np.float32)
    for i in range(k):
        t = i / (k - 1)
        line[i, 0] = person.tail * (0.1 + 0.45 * ramp(0.0, 0.5, t) + 0.08 * math.sin(5 * t))
        line[i, 1] = -0.45 + 2.2 * t * t + 0.35 * t - 0.25 * math.sin(math.pi * t)
        line[i, 2] = -0.85 - 0.35 * math.sin(math.pi * min(1.0, 1.6 * t)) + 0.45 * t
        radius[i] = 0.05 + 0.19 * math.sin(math.pi * min(1.0, 0.12 + 0.88 * t)) * (1 + person.lumps)
    tube(mesh, line, radius, Material.HAIR)


@fast_kernel
def build_glasses(mesh: Mesh, person: np.record) -> None:
    """Two rims or dark lenses, the bridge and the temples."""
    wide, high, power = 0.2 * person.lens_size, 0.155 * person.lens_size, person.lens_round
    thick, sides = person.rim, _GRID_OF_LENS[1]
    apart = person.eye_apart
    line, radius = np.empty((sides, 3), np.float32), np.full(sides, thick, np.float32)
    for side in (-1.0, 1.0):
        for i in range(sides):
            angle = 2 * math.pi * i / (sides - 1)
            s, c = math.sin(angle), math.cos(angle)
            x = side * apart + wide * np.sign(c) * abs(c) ** power
            line[i, 0], line[i, 1] = x, EYES + 0.03 + high * np.sign(s) * abs(s) ** power
            line[i, 2] = 0.87 - 0.45 * x * x
        tube(mesh, line, radius, Material.RIM)
        if person.lens_dark > 0:
            first = add_patch(mesh, _GRID_OF_LENS[0], sides, Material.LENS)
            for i in range(sides):
                put(mesh, first + i, side * apart, EYES + 0.03, 0.87 - 0.45 * apart * apart, 0.0, 0.0)
                put(mesh, first + sides + i, line[i, 0], line[i, 1], line[i, 2], 1.0, 0.0)
        bar, bars = np.empty((3, 3), np.float32), np.full(3, thick * 1.1, np.float32)
        outer = apart + wide
        bar[0, 0], bar[0, 1], bar[0, 2] = side * outer, EYES - 0.02, 0.87 - 0.45 * outer * outer
        bar[1, 0], bar[1, 1], bar[1, 2] = side * person.width * 0.66, EYES - 0.02, 0.45
        bar[2, 0], bar[2, 1], bar[2, 2] = side * person.width * 0.74, EYES, -0.1
        tube(mesh, bar, bars, Material.RIM)
    bar[0, 0], bar[0, 1], bar[0, 2] = -(apart - wide), EYES, 0.86
    bar[1, 0], bar[1, 1], bar[1, 2] = 0.0, EYES - 0.02, 0.9
    bar[2, 0], bar[2, 1], bar[2, 2] = apart - wide, EYES, 0.86
    tube(mesh, bar, bars, Material.RIM)


@fast_kernel
def build_torso(mesh: Mesh, person: np.record) -> None:
    """Shoulders, chest and arms."""
    rows, columns = _GRID_OF_TORSO
    first = add_patch(mesh, rows, columns, Material.CLOTH)
    last = len(_TORSO) - 1
    for row in range(rows):
        at = min(row / (rows - 1) * last, last - 1e-6)
        i = int(at)
        a, b, t = _TORSO[i], _TORSO[i + 1], at - i
        y, deep = mix(a[0], b[0], t) - 0.07, mix(a[2], b[2], t)
        wide = mix(a[1], b[1], t)
        wide *= 1 + (person.shoulders - 1) * ramp(0.5, 1.4, wide)
        y += person.slope * ramp(0.6, 1.4, wide) * ramp(2.6, 1.8, y)
        for column in range(columns):
            angle = math.pi * (2 * column / (columns - 1) - 1)
            s, c = math.sin(angle), math.cos(angle)
            x, z = wide * np.sign(s) * abs(s) ** 0.85, deep * np.sign(c) * abs(c) ** 0.8 - 0.16
            put(mesh, first + row * columns + column, x, y, z, angle * 0.9, y)
    line, radius = np.empty((len(_ARM), 3), np.float32), np.empty(len(_ARM), np.float32)
    for side in (-1.0, 1.0):
        for i in range(len(_ARM)):
            line[i, 0] = side * _ARM[i, 0] * person.shoulders
            line[i, 1], line[i, 2] = _ARM[i, 1] + person.slope, _ARM[i, 2]
            radius[i] = _ARM[i, 3]
        tube(mesh, line, radius, Material.CLOTH)


@fast_kernel
def build_collar(mesh: Mesh, person: np.record) -> None:
    """A ring around the neck, open in front or not: a shirt's collar, a polo neck, a scarf."""
    rows, columns = _GRID_OF_COLLAR
    first = add_patch(mesh, rows, columns, Material.COLLAR)
    for row in range(rows):
        t = row / (rows - 1)
        for column in range(columns):
            share = 2 * column / (columns - 1) - 1
            angle = math.pi + (math.pi - person.collar_gap) * share
            s, c = math.sin(angle), math.cos(angle)
            tip = ramp(0.7, 1.0, abs(share)) * (1 if person.collar_gap > 0 else 0)
            radius = person.neck + mix(person.collar_in, person.collar_out, t)
            radius += person.collar_bulge * math.sin(math.pi * t)
            y = mix(person.collar_top, person.collar_low, t) + 0.16 * ramp(-0.3, 1.0, c) + 0.05 * tip * t
            put(mesh, first + row * columns + column, radius * s, y, radius * c * 0.95 - 0.13, share * 3, y)
