"""Light on a person: two lamps, one with shadows, and the sky."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from saccade.jit import fast_kernel

from .kernels import Doubles, Floats, Ints, mix, noise, ramp
from .paint import EYE_BALL, Colour, Paint, paint_cloth, paint_face, paint_hair, paint_hat, paint_skin
from .render import FAR, SHADOWED, SHADOWS, corners, lamp_basis, project_to_lamp, rasterise, turned
from .shape import EYES, Material, Mesh

_OFF = 0.06  # points are looked up this far off the surface, else slopes would shadow themselves
_BIAS = 0.04  # nearer to the lamp than what the map says by less than this: lit


class Lamps(NamedTuple):
    """The lamps of one picture."""

    key: Floats  # (3, 3), see `lamp_basis`
    fill: Floats  # (3, 3)
    shadows: Floats  # (SHADOWS, SHADOWS), nearness to the key lamp
    head: Floats  # (3, 3), how the head is turned


@fast_kernel
def light_up(mesh: Mesh, person: np.record) -> Lamps:
    """The lamps, with the shadows that this person throws on himself."""
    key, fill = lamp_basis(person.key_x, person.key_y), lamp_basis(person.fill_x, -0.1)
    screen = np.empty((mesh.used[1], 3), np.float32)
    project_to_lamp(mesh, key, screen)
    shadows = np.full((SHADOWS, SHADOWS), FAR, np.float32)
    rasterise(mesh, screen, shadows, np.empty((SHADOWS, SHADOWS), np.int32), 2)
    return Lamps(key, fill, shadows, turned(person.yaw, person.pitch, person.roll))


@fast_kernel
def lit(lamps: Lamps, x: float, y: float, z: float) -> float:
    """Share of the key lamp that reaches a point, 0 to 1."""
    key, scale = lamps.key, SHADOWS / (2 * SHADOWED)
    across = (key[0, 0] * x + key[0, 1] * y + key[0, 2] * z + SHADOWED) * scale - 0.5
    down = (key[1, 0] * x + key[1, 1] * y + key[1, 2] * z + 0.6 * SHADOWED) * scale - 0.5
    near = key[2, 0] * x + key[2, 1] * y + key[2, 2] * z + _BIAS
    i, j = math.floor(down), math.floor(across)
    if i < 0 or j < 0 or i >= SHADOWS - 1 or j >= SHADOWS - 1:
        return 1.0
    v, u, map_ = down - i, across - j, lamps.shadows
    above = (1 - u) * (near > map_[i, j]) + u * (near > map_[i, j + 1])
    below = (1 - u) * (near > map_[i + 1, j]) + u * (near > map_[i + 1, j + 1])
    return float((1 - v) * above + v * below)


@fast_kernel
def paint(
    mesh: Mesh, person: np.record, quad: int, a: int, b: int, c: int, wb: float, wc: float
) -> tuple[float, float, float, float, float, float, float]:
    """Colour, gloss, eye (see `paint_face`) and place x, y on the person, of a point within a triangle."""
    wa = 1 - wb - wc
    points, uv = mesh.points, mesh.uv
    x = wa * points[a, 0] + wb * points[b, 0] + wc * points[c, 0]
    y = wa * points[a, 1] + wb * points[b, 1] + wc * points[c, 1]
    z = wa * points[a, 2] + wb * points[b, 2] + wc * points[c, 2]
    u, v = wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0], wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1]
    material = mesh.patches[mesh.patch_of[quad], 3]
    if material == Material.SKIN:
        red, green, blue, gloss, eye = paint_face(person, x, y, z)
        return red, green, blue, gloss, eye, x, y
    if material in (Material.HAIR, Material.SHEET):
        red, green, blue, gloss = paint_hair(person, u, v)
    elif material == Material.CLOTH:
        red, green, blue, gloss = paint_cloth(person, x, y, z, u)
    elif material in (Material.HAT, Material.BRIM):
        red, green, blue, gloss = paint_hat(person, u, v)
    else:
        red, green, blue, gloss = _paint_small(person, material, x, y, z, u, v)
    return red, green, blue, gloss, 0.0, x, y


@fast_kernel
def _paint_small(person: np.record, material: int, x: float, y: float, z: float, u: float, v: float) -> Paint:
    """Neck, ears, collars and glasses."""
    if material == Material.NECK:
        red, green, blue, gloss = paint_skin(person, x, y + 2, z)
        shade = mix(0.55, 1.0, ramp(0.2, 0.7, v))
        return red * shade, green * shade * (0.75 + 0.25 * shade), blue * shade * (0.75 + 0.25 * shade), gloss
    if material == Material.EAR:
        red, green, blue, gloss = paint_skin(person, x, y, z)
        hollow = 1 - 0.45 * ramp(0.6, 0.3, math.sqrt(u * u + v * v)) * ramp(0.5, 0.1, v)
        return red * hollow, green * hollow * 0.92, blue * hollow * 0.9, gloss
    if material == Material.COLLAR:
        weave = 0.9 + 0.2 * noise(50 * u, 50 * y, person.seed + 17)
        if person.collar_bulge > 0.1:
            weave *= 0.8 + 0.2 * math.sin(30 * u + 8 * y)
        colour = person.collar_colour
        return colour[0] * weave, colour[1] * weave, colour[2] * weave, 0.04
    if material == Material.RIM:
        return person.rim_colour[0], person.rim_colour[1], person.rim_colour[2], 0.6
    return 0.012, 0.012, 0.016, 0.9  # dark glass


@fast_kernel
def shade(
    mesh: Mesh, person: np.record, lamps: Lamps, quad: int, half: int, wb: float, wc: float, back: bool
) -> Colour:
    """Colour that the camera sees, display values 0 to 1, of a point within a triangle given by shares of corners."""
    a, b, c = corners(mesh, quad, half)
    wa = 1 - wb - wc
    red, green, blue, gloss, eye, x, y = paint(mesh, person, quad, a, b, c, wb, wc)
    normals, seen = mesh.normals, mesh.seen
    nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
    ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
    nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
    material = mesh.patches[mesh.patch_of[quad], 3]
    if eye != 0:
        ex, ey = (x - eye * person.eye_apart) / EYE_BALL, (y - EYES) / EYE_BALL
        ez = math.sqrt(max(0.2, 1 - ex * ex - ey * ey))
        turn = lamps.head
        nx = turn[0, 0] * ex + turn[0, 1] * ey + turn[0, 2] * ez
        ny = turn[1, 0] * ex + turn[1, 1] * ey + turn[1, 2] * ez
        nz = turn[2, 0] * ex + turn[2, 1] * ey + turn[2, 2] * ez
    elif material in (Material.CLOTH, Material.COLLAR):
        # folds of the cloth, as a wobble of the normal
        nx += person.folds * (noise(3.3 * x + y, 2 * y - x, person.seed + 18) - 0.5)
        ny += 0.7 * person.folds * (noise(2 * x - y, 3 * y + x, person.seed + 19) - 0.5)
    if back:
        nx, ny, nz = -nx, -ny, -nz
    length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    nx, ny, nz = nx / length, ny / length, nz / length
    vx = wa * seen[a, 0] + wb * seen[b, 0] + wc * seen[c, 0]
    vy = wa * seen[a, 1] + wb * seen[b, 1] + wc * seen[c, 1]
    vz = wa * seen[a, 2] + wb * seen[b, 2] + wc * seen[c, 2]
    key, fill = lamps.key[2], lamps.fill[2]
    to_key, to_fill = nx * key[0] + ny * key[1] + nz * key[2], nx * fill[0] + ny * fill[1] + nz * fill[2]
    open_ = lit(lamps, vx + _OFF * nx, vy + _OFF * ny, vz + _OFF * nz) if to_key > -0.2 else 0.0
    hair = material in (Material.HAIR, Material.SHEET)
    # skin lets light around its edges
    wrap = 0.2 if material in (Material.SKIN, Material.NECK, Material.EAR) else 0.05
    by_key = person.key * max(0.0, (to_key + wrap) / (1 + wrap)) * mix(0.12, 1.0, open_)
    by_fill = person.fill * max(0.0, (to_fill + 0.2) / 1.2)
    by_sky = person.ambient * (0.75 - 0.25 * ny + 0.15 * nz) * (0.55 if back else 1.0)
    if hair:
        shine = gloss * _hair_shine(lamps, nx, ny, nz) * (0.2 + open_)
    else:
        toward = max(0.0, (to_key + nz) / math.sqrt(2 + 2 * key[2]))  # the half-way direction to the camera
        shine = gloss * toward**12 * open_
        if eye != 0:
            shine *= toward**48
    shine *= person.key * (0.6 if hair else 1.0)
    return (
        _display(
            red * (by_key * person.key_colour[0] + by_fill * person.fill_colour[0] + by_sky * person.sky[0]), shine
        ),
        _display(
            green * (by_key * person.key_colour[1] + by_fill * person.fill_colour[1] + by_sky * person.sky[1]), shine
        ),
        _display(
            blue * (by_key * person.key_colour[2] + by_fill * person.fill_colour[2] + by_sky * person.sky[2]), shine
        ),
    )


@fast_kernel
def _hair_shine(lamps: Lamps, nx: float, ny: float, nz: float) -> float:
    """Shine across the strands, which run down the head along its surface (Kajiya and Kay 1989)."""
    down, key = lamps.head[:, 1], lamps.key[2]
    along = down[0] * nx + down[1] * ny + down[2] * nz
    tx, ty, tz = down[0] - along * nx, down[1] - along * ny, down[2] - along * nz
    hx, hy, hz = key[0], key[1], key[2] + 1
    scale = math.sqrt((tx * tx + ty * ty + tz * tz) * (hx * hx + hy * hy + hz * hz)) + 1e-9
    across = (tx * hx + ty * hy + tz * hz) / scale
    front = nx * key[0] + ny * key[1] + nz * key[2]
    return float(max(0.0, 1 - across * across) ** 12 * ramp(-0.1, 0.6, front))


@fast_kernel
def _display(light: float, shine: float) -> float:
    """Display value of linear light: bright ones are pressed together, as film does."""
    total = max(0.0, light + 0.35 * shine)
    return math.sqrt(1.1 * total / (1 + 0.5 * total))


@fast_kernel
def _is_fine(mesh: Mesh, person: np.record, quad: int) -> bool:
    """Whether there is more to see than one sample a pixel shows: eyes, mouth and patterns."""
    material, uv = mesh.patches[mesh.patch_of[quad], 3], mesh.uv[quad]
    if material == Material.SKIN:
        return bool(abs(uv[0]) < 0.85 and (-0.25 < uv[1] < 0.2 or 0.42 < uv[1] < 0.8))
    return bool(material == Material.CLOTH and person.pattern > 0)


@fast_kernel
def shade_picture(
    mesh: Mesh, person: np.record, screen: Floats, owner: Ints, depth: Floats, colour: Floats, cover: Floats
) -> None:
    """Colours (h, w, 3) and coverage (h, w) of a person from 2×2 samples; colour is the mean of what is covered.

    Of samples of one patch in a pixel one is shaded for all; two of the face and of patterns, across the pixel.
    """
    lamps = light_up(mesh, person)
    height, width = cover.shape
    sample, total = np.zeros(3), np.zeros(3)
    for row in range(height):
        for column in range(width):
            covered, last = 0, -1
            total[:] = 0
            for turn in range(4):  # around the pixel, so that two patches seldom alternate
                i, j = 2 * row + (turn in (1, 2)), 2 * column + (turn >= 2)
                if depth[i, j] == FAR:
                    continue
                mark = owner[i, j]
                patch = mesh.patch_of[mark >> 1]
                if patch != last or (turn == 2 and _is_fine(mesh, person, mark >> 1)):
                    _shade_sample(mesh, person, lamps, screen, mark, i + 0.5, j + 0.5, sample)
                last, covered = patch, covered + 1
                for k in range(3):
                    total[k] += sample[k]
            cover[row, column] = covered / 4
            if covered > 0:
                for k in range(3):
                    colour[row, column, k] = min(1.0, total[k] / covered)


@fast_kernel
def _shade_sample(
    mesh: Mesh, person: np.record, lamps: Lamps, screen: Floats, mark: int, y: float, x: float, sample: Doubles
) -> None:
    """Set `sample` (3,) to the colour at a place in the picture, of the triangle that `rasterise` has marked there."""
    quad, half = mark >> 1, mark & 1
    a, b, c = corners(mesh, quad, half)
    bx, by = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
    cx, cy = screen[c, 0] - screen[a, 0], screen[c, 1] - screen[a, 1]
    dx, dy = x - screen[a, 0], y - screen[a, 1]
    area = bx * cy - by * cx
    b_share, c_share = (dx * cy - dy * cx) / area, (bx * dy - by * dx) / area
    sample[0], sample[1], sample[2] = shade(mesh, person, lamps, quad, half, b_share, c_share, area < 0)
