"""Drawn people with exact masks, by seed: nothing to fetch. Wants the extra `cutout`, for numba."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import torch

from saccade.jit import fast_kernel
from saccade.worlds.data.masked import MaskedImages

from .backgrounds import paint_background
from .cast import cast
from .dress import People
from .kernels import Bools, Bytes, Doubles, Floats, Longs, draw, hashed, mix
from .light import shade_picture
from .mask import in_one_piece
from .render import FAR, Frame, pose, project, rasterise
from .shape import Material, Mesh, build_ear, build_head, build_neck, new_mesh
from .wear import (
    build_brim,
    build_bun,
    build_collar,
    build_curtain,
    build_glasses,
    build_shell,
    build_tail,
    build_torso,
)

FINER = 2  # samples a pixel, along each side
_SMALLEST, _LARGEST = 32, 1024
_LEAST, _TRIES = 0.14, 12  # share of the picture that person and ground have, and how often that is tried


@fast_kernel
def build(mesh: Mesh, person: np.record) -> None:
    """A person at rest."""
    build_torso(mesh, person)
    build_neck(mesh, person)
    build_head(mesh, person)
    if person.headscarf == 0:
        build_ear(mesh, person, -1.0)
        build_ear(mesh, person, 1.0)
        if person.hair_thick > 0:
            build_shell(mesh, person, Material.HAIR)
    if person.hair_thick > 0:
        if person.curtain_long > 0:
            build_curtain(mesh, person)
        if person.tail != 0:
            build_tail(mesh, person)
        if person.bun > 0:
            build_bun(mesh, person)
    if person.hat > 0:
        build_shell(mesh, person, Material.HAT)
        if person.brim + person.visor > 0:
            build_brim(mesh, person)
    if person.glasses > 0:
        build_glasses(mesh, person)
    if person.collar > 0:
        build_collar(mesh, person)


@fast_kernel
def framed(mesh: Mesh, person: np.record, size: int, shrink: float) -> Frame:
    """Where the person goes: the head within the picture, with ground above and at both sides of it."""
    left, right, top = 0.0, 0.0, 0.0
    for which in range(mesh.used[0]):
        first, rows, columns, material, _ = mesh.patches[which]
        if material in (Material.CLOTH, Material.COLLAR, Material.NECK):
            continue
        for p in range(first, first + rows * columns):
            if mesh.seen[p, 1] < 1.1:
                near = 7.0 / (7.0 - mesh.seen[p, 2])
                left, right = min(left, mesh.seen[p, 0] * near), max(right, mesh.seen[p, 0] * near)
                top = min(top, mesh.seen[p, 1] * near)
    margin = 0.035 * size + 2
    scale = min(person.scale * shrink * size, (size - 2 * margin) / (right - left))
    scale = min(scale, (0.9 * size - margin) / (1.0 - top))
    x = margin - left * scale + person.place_x * (size - 2 * margin - (right - left) * scale)
    highest = margin - top * scale
    y = highest + person.place_y * max(0.0, min(0.3 * size, 0.92 * size - highest - scale))
    return Frame(scale * FINER, x * FINER, y * FINER)


@fast_kernel
def covered(depth: Floats) -> float:
    """Share of the samples (h, w) that a person covers."""
    count = 0
    for row in depth:
        for near in row:
            count += near > FAR
    return count / depth.size


@fast_kernel
def draw_person(person: np.record, size: int, colour: Floats, cover: Floats) -> Bools:
    """Draw a person without a ground: colours (size, size, 3), coverage (size, size); the mask (size, size)."""
    mesh = new_mesh()
    build(mesh, person)
    pose(mesh, person)
    screen = np.empty((mesh.used[1], 3), np.float32)
    depth = np.empty((FINER * size, FINER * size), np.float32)
    owner = np.empty((FINER * size, FINER * size), np.int32)
    shrink = 1.0
    for _ in range(_TRIES):
        project(mesh, framed(mesh, person, size, shrink), screen)
        depth[:] = FAR
        rasterise(mesh, screen, depth, owner, 1)
        share = covered(depth)
        if _LEAST < share < 1 - _LEAST:
            break
        shrink *= 1.12 if share <= _LEAST else 0.88
    shade_picture(mesh, person, screen, owner, depth, colour, cover)
    return in_one_piece(cover, colour)


@fast_kernel
def own_colours(person: np.record) -> Doubles:
    """What the background may take up, display values (5, 3): skin, hair, cloth, again skin, and a hat or cloth."""
    own = np.empty((5, 3))
    for k in range(3):
        own[0, k] = own[3, k] = math.sqrt(person.skin[k])
        own[1, k] = math.sqrt(person.hair[k]) + 0.05
        own[2, k] = math.sqrt(person.cloth[k])
        own[4, k] = math.sqrt(person.hat_colour[k] if person.hat > 0 else person.cloth_too[k])
    return own


@fast_kernel
def photograph(picture: Floats, seed: int, image: Bytes) -> None:
    """From display values (h, h, 3) to an image (3, h, h): a soft lens, exposure, tint, contrast and grain."""
    size = len(picture)
    dice = np.array([seed + 77, 0])
    soft, passes = 0.2 * draw(dice), max(1, size // 128)
    exposure, contrast, middle = math.exp(0.4 * (draw(dice) - 0.35)), 0.85 + 0.3 * draw(dice), 0.4
    tint = np.array([1 + 0.12 * (draw(dice) - 0.5), 1 + 0.06 * (draw(dice) - 0.5), 1 + 0.12 * (draw(dice) - 0.5)])
    grain, lift = 0.035 * draw(dice) ** 2, 0.06 * draw(dice)
    for _ in range(passes):
        _soften(picture, soft)
    for i in range(size):
        for j in range(size):
            lot = hashed(i, j, seed)
            common = lot - (1024 * lot) % 1
            for k in range(3):
                lot = (4093 * lot) % 1
                value = (picture[i, j, k] * exposure * tint[k] - middle) * contrast + middle
                value = lift + (1 - lift) * value + grain * (common + lot - 0.5)
                image[k, i, j] = np.uint8(min(255.0, max(0.0, 255 * value + 0.5)))


@fast_kernel
def _soften(picture: Floats, share: float) -> None:
    """Give this share of every pixel to each neighbour, along rows and then columns."""
    size, keep, give = len(picture), np.float32(1 - 2 * share), np.float32(share)
    for turn in range(2):
        for n in range(size):
            for k in range(3):
                line = picture[n, :, k] if turn else picture[:, n, k]
                before = line[0]
                for m in range(size):
                    now, after = line[m], line[min(m + 1, size - 1)]
                    line[m] = keep * now + give * (before + after)
                    before = now


@fast_kernel
def _render(people: People, grounds: Longs, images: Bytes, masks: Bools) -> None:
    """Fill images (n, 3, size, size) and masks (n, size, size); `grounds` (n,) are the seeds of what lies behind."""
    size = masks.shape[1]
    for i in range(len(people)):
        colour = np.zeros((size, size, 3), np.float32)
        cover = np.zeros((size, size), np.float32)
        masks[i] = draw_person(people[i], size, colour, cover)
        picture = np.empty((size, size, 3), np.float32)
        paint_background(picture, own_colours(people[i]), grounds[i])
        for y in range(size):
            for x in range(size):
                for k in range(3):
                    picture[y, x, k] = mix(picture[y, x, k], colour[y, x, k], cover[y, x])
        photograph(picture, people[i].seed, images[i])


def render(people: People, grounds: Longs, images: Bytes, masks: Bools, threads: int) -> None:
    """Fill images (n, 3, size, size) and masks (n, size, size); `grounds` (n,) are the seeds of what lies behind.

    Python's threads, a share of the images each: numba's own cost half a minute more to compile, for the same speed.
    """
    cuts = [len(people) * part // threads for part in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        for done in [
            pool.submit(_render, people[a:b], grounds[a:b], images[a:b], masks[a:b]) for a, b in pairwise(cuts)
        ]:
            done.result()


def faces(n: int, size: int = 128, seed: int = 0) -> MaskedImages:
    """Heads with shoulders before cluttered grounds, uint8 RGB `(n, 3, size, size)`, with the mask of each person.

    The i-th depends on the seed, i and size only: `faces(100)` begins with `faces(10)`. Person and ground are each one
    4-connected piece in every mask, of an eighth of the picture or more, and the mask is where the person covers more
    than half of a pixel. As many threads draw them as torch uses; the bits are the same on one machine, whatever their number.

    Args:
        n: how many, 1 or more.
        size: side of the images in pixels, 32 to 1024.
        seed: of the people and all around them.

    Raises:
        ValueError: n or size is out of range.
    """
    if n < 1:
        raise ValueError(f"n={n}: draw 1 face or more")
    if not _SMALLEST <= size <= _LARGEST:
        raise ValueError(f"size={size}: the side of the images must be {_SMALLEST} to {_LARGEST} pixels")
    people = cast(n, seed)
    images, masks = np.empty((n, 3, size, size), np.uint8), np.empty((n, size, size), np.bool_)
    render(people, people["ground"].copy(), images, masks, min(n, torch.get_num_threads()))
    return MaskedImages(torch.from_numpy(images), torch.from_numpy(masks), f"faces of seed {seed}")
