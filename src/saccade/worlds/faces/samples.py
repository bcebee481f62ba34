"""From samples to pixels: which triangles the camera sees, and what colour that makes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from saccade.jit import fast_kernel

from .dress import People
from .kernels import Bools, Doubles, Floats, Ints, Longs
from .light import Lamps, Surface, shade
from .mesh import Material, Mesh
from .render import FAR

_AROUND = ((0, 0), (1, 0), (1, 1), (0, 1))  # samples of a pixel in an order in which two patches seldom alternate


class Samples(NamedTuple):
    """The samples (4, p) of the `p` pixels that show some of a person."""

    pixels: Longs  # (p,), place in the pictures, one after the other, row by row
    who: Longs  # (p,), in whose picture
    hit: Bools  # (4, p)
    marks: Ints  # (4, p), as `rasterise` gives them
    x: Doubles  # (4, p), place in samples
    y: Doubles  # (4, p)


def shade_pictures(
    mesh: Mesh, people: People, lamps: Lamps, screen: Floats, owners: Ints, depths: Floats
) -> tuple[Floats, Floats]:
    """Colours (n, h, w, 3) and coverage (n, h, w) of people from 2×2 samples; colour is the mean of what is covered.

    Of samples of one patch in a pixel one is shaded for all; two of the face and of patterns, across the pixel.
    """
    samples = _covered(owners, depths)
    fresh = _fresh(mesh, people, samples)
    who = np.broadcast_to(samples.who, fresh.shape)[fresh]
    surface = _surface(mesh, screen, who, samples.marks[fresh], samples.x[fresh], samples.y[fresh])
    shades = shade(people, lamps, surface)
    number = np.cumsum(fresh.reshape(-1)).reshape(fresh.shape) - 1
    total, shown = np.zeros((3, len(samples.pixels))), np.zeros(len(samples.pixels), np.int64)
    for turn in range(4):
        shown = np.where(fresh[turn], number[turn], shown)
        total += np.where(samples.hit[turn], shades[:, shown], 0.0)
    count = samples.hit.sum(0)
    n, height, width = len(owners), owners.shape[1] // 2, owners.shape[2] // 2
    colour, cover = np.zeros((n * height * width, 3), np.float32), np.zeros(n * height * width, np.float32)
    colour[samples.pixels], cover[samples.pixels] = np.minimum(1.0, total / count).T, count / 4
    return colour.reshape(n, height, width, 3), cover.reshape(n, height, width)


def _covered(owners: Ints, depths: Floats) -> Samples:
    """The pixels with a sample or more on a person."""
    hit = np.stack([(depths[:, i::2, j::2] != FAR).reshape(-1) for i, j in _AROUND])
    pixels = np.flatnonzero(hit.any(0))
    marks = np.stack([owners[:, i::2, j::2].reshape(-1)[pixels] for i, j in _AROUND])
    who, row, column = np.unravel_index(pixels, (len(owners), owners.shape[1] // 2, owners.shape[2] // 2))
    y = np.stack([2 * row + i + 0.5 for i, _ in _AROUND])
    x = np.stack([2 * column + j + 0.5 for _, j in _AROUND])
    return Samples(pixels, who, hit[:, pixels], marks, x, y)


def _fresh(mesh: Mesh, people: People, samples: Samples) -> Bools:
    """Which samples (4, p) are shaded; the others look like the one before them."""
    quad = np.where(samples.hit, samples.marks >> 1, 0)
    patch = mesh.patch_of[quad]
    woven = (people["pattern"] > 0)[samples.who]
    fresh, last = np.empty_like(samples.hit), np.full(len(samples.pixels), -1, np.int32)
    for turn in range(4):
        fresh[turn] = samples.hit[turn] & (patch[turn] != last)
        if turn == 2:
            fresh[turn] |= samples.hit[turn] & _is_fine(mesh, woven, quad[turn], patch[turn])
        last = np.where(samples.hit[turn], patch[turn], last)
    return fresh


def _is_fine(mesh: Mesh, woven: Bools, quad: Ints, patch: Ints) -> Bools:
    """Whether there is more to see than one sample a pixel shows: eyes, mouth and patterns."""
    material, (u, v) = mesh.patches[patch, 3], mesh.uv[quad].T
    face = (np.abs(u) < 0.85) & (((v > -0.25) & (v < 0.2)) | ((v > 0.42) & (v < 0.8)))
    fine: Bools = ((material == Material.SKIN) & face) | ((material == Material.CLOTH) & woven)
    return fine


def _surface(mesh: Mesh, screen: Floats, who: Longs, marks: Ints, x: Doubles, y: Doubles) -> Surface:
    """What lies at places in the picture, of the triangles that `rasterise` has marked there."""
    patch = mesh.patch_of[marks >> 1]
    fields, back = np.empty((11, len(marks))), np.empty(len(marks), np.bool_)
    _interpolate(
        screen, mesh.points, mesh.uv, mesh.seen, mesh.normals, marks, mesh.patches[patch, 2], x, y, fields, back
    )
    return Surface(who, mesh.patches[patch, 3], fields[:3], fields[3:5], fields[5:8], fields[8:], back)


@fast_kernel
def _interpolate(
    screen: Floats, points: Floats, uv: Floats, seen: Floats, normals: Floats,
    marks: Ints, columns: Ints, x: Doubles, y: Doubles, fields: Doubles, back: Bools,
) -> None:  # fmt: skip
    """Fill `fields` (11, s) with points, uv, seen and normals between the corners of triangles; `back` as in `Surface`."""
    for n in range(len(marks)):
        a = marks[n] >> 1
        below = a + columns[n] + 1
        b, c = (a + 1, below) if marks[n] & 1 == 0 else (below, below - 1)
        bx, by = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
        cx, cy = screen[c, 0] - screen[a, 0], screen[c, 1] - screen[a, 1]
        dx, dy = x[n] - screen[a, 0], y[n] - screen[a, 1]
        area = bx * cy - by * cx
        wb, wc = (dx * cy - dy * cx) / area, (bx * dy - by * dx) / area
        wa = 1 - wb - wc
        back[n] = area < 0
        for k in range(3):
            fields[k, n] = wa * points[a, k] + wb * points[b, k] + wc * points[c, k]
            fields[5 + k, n] = wa * seen[a, k] + wb * seen[b, k] + wc * seen[c, k]
            fields[8 + k, n] = wa * normals[a, k] + wb * normals[b, k] + wc * normals[c, k]
        for k in range(2):
            fields[3 + k, n] = wa * uv[a, k] + wb * uv[b, k] + wc * uv[c, k]
