"""Drawn people with exact masks, by seed: nothing to fetch. Wants the extra `cutout`, for numba."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from saccade.worlds.data.masked import MaskedImages

from .backgrounds import paint_backgrounds
from .build import build_people
from .cast import cast
from .dress import People
from .kernels import Bools, Bytes, Doubles, Floats, Ints, Longs
from .light import light_up
from .mask import in_one_piece
from .mesh import Mesh
from .photograph import photograph
from .render import FAR, FINER, framed, project, rasterise
from .samples import shade_pictures

_SMALLEST, _LARGEST = 32, 1024
_LEAST, _TRIES = 0.14, 12  # share of the picture that person and ground have, and how often that is tried
_AT_ONCE = 2**18  # pixels of the pictures that are drawn together: few enough for a cache, many for each call


def draw_people(people: People, size: int) -> tuple[Floats, Floats]:
    """Draw people without a ground: colours (n, size, size, 3) and coverage (n, size, size)."""
    mesh = build_people(people)
    screen, depths, owners = _in_view(mesh, people, size)
    return shade_pictures(mesh, people, light_up(mesh, people), screen, owners, depths)


def _in_view(mesh: Mesh, people: People, size: int) -> tuple[Floats, Floats, Ints]:
    """The mesh on the screen (V, 3), larger or smaller until it has its share of the picture; depths and owners (n, h, w)."""
    depths = np.empty((len(people), FINER * size, FINER * size), np.float32)
    owners = np.zeros(depths.shape, np.int32)
    shrink, wrong = np.ones(len(people)), np.arange(len(people))
    for _ in range(_TRIES):
        screen = project(mesh, framed(mesh, people, size, shrink))
        depths[wrong] = FAR
        for i in wrong:
            rasterise(mesh.patches[mesh.of[i] : mesh.of[i + 1]], screen, depths[i], owners[i], 1)
        share = (depths[wrong] > FAR).mean((1, 2))
        off = (share <= _LEAST) | (share >= 1 - _LEAST)
        if not off.any():
            break
        shrink[wrong] *= np.where(off, np.where(share <= _LEAST, 1.12, 0.88), 1.0)
        wrong = wrong[off]
    return screen, depths, owners


def own_colours(people: People) -> Doubles:
    """What backgrounds may take up, display values (n, 5, 3): skin, hair, cloth, again skin, and a hat or cloth."""
    fifth = np.where(people["hat"][:, None] > 0, people["hat_colour"], people["cloth_too"])
    colours = [*(people[name] for name in ("skin", "hair", "cloth", "skin")), fifth]
    own: Doubles = np.sqrt(np.stack(colours, 1).astype(np.float64))
    own[:, 1] += 0.05
    return own


def _render(people: People, grounds: Longs, images: Bytes, masks: Bools) -> None:
    """Fill images (n, 3, size, size) and masks (n, size, size); `grounds` (n,) are the seeds of what lies behind."""
    colours, covers = draw_people(people, masks.shape[1])
    pictures = np.empty_like(colours)
    for i, (colour, cover) in enumerate(zip(colours, covers, strict=True)):
        masks[i] = in_one_piece(cover, colour)
    paint_backgrounds(pictures, own_colours(people), grounds)
    pictures += (colours - pictures) * covers[..., None]
    photograph(pictures, people["seed"], images)


class Faces:
    """Heads with shoulders before cluttered grounds, with the mask of each person, drawn as they are asked for.

    The i-th depends on the seed, i and size only. Person and ground are each one 4-connected piece in every mask, of an
    eighth of the picture or more, and the mask is where the person covers more than half of a pixel. As many threads draw
    them as torch uses; the bits are the same on one machine, whatever their number.

    Args:
        n: how many, 1 or more.
        size: side of the images in pixels, 32 to 1024.
        seed: of the people and all around them.

    Raises:
        ValueError: n or size is out of range.
    """

    def __init__(self, n: int, size: int = 128, seed: int = 0) -> None:
        if n < 1:
            raise ValueError(f"n={n}: draw 1 face or more")
        if not _SMALLEST <= size <= _LARGEST:
            raise ValueError(f"size={size}: the side of the images must be {_SMALLEST} to {_LARGEST} pixels")
        self.name = f"faces of seed {seed}"
        self._people = cast(n, seed)
        self._images, self._masks = np.empty((n, 3, size, size), np.uint8), np.empty((n, size, size), np.bool_)
        self._missing, self._lock = np.ones(n, np.bool_), Lock()

    def __len__(self) -> int:
        return len(self._people)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._masks.shape[1], self._masks.shape[2]

    def take(self, which: Tensor) -> tuple[Tensor, Tensor]:
        """Images, uint8 RGB `(n, 3, size, size)`, and masks, bool `(n, size, size)`, of these, int64 `(n,)`."""
        self._draw(np.unique(which.numpy()))
        return torch.from_numpy(self._images)[which], torch.from_numpy(self._masks)[which]

    def all(self) -> MaskedImages:
        """All of them."""
        self._draw(np.arange(len(self)))
        return MaskedImages(torch.from_numpy(self._images), torch.from_numpy(self._masks), self.name)

    def _draw(self, which: Longs) -> None:
        """Draw those of them that are missing."""
        with self._lock:
            wanted = which[self._missing[which]]
            people = self._people[wanted]
            self._images[wanted], self._masks[wanted] = render(people, people["ground"], self.size[0])
            self._missing[wanted] = False


def render(people: People, grounds: Longs, size: int, threads: int | None = None) -> tuple[Bytes, Bools]:
    """Images (n, 3, size, size) and masks (n, size, size); `grounds` (n,) are the seeds of what lies behind.

    Some people at once, on as many threads as torch has, or `threads`. What is drawn of one does not depend on the others.
    """
    images = np.empty((len(people), 3, size, size), np.uint8)
    masks = np.empty((len(people), size, size), np.bool_)
    cuts = [*range(0, len(people), max(1, _AT_ONCE // size**2)), len(people)]
    with ThreadPoolExecutor(threads or torch.get_num_threads()) as pool:
        for done in [
            pool.submit(_render, people[a:b], grounds[a:b], images[a:b], masks[a:b]) for a, b in pairwise(cuts)
        ]:
            done.result()
    return images, masks


def faces(n: int, size: int = 128, seed: int = 0) -> MaskedImages:
    """`n` of the pictures that `Faces` draws, all at once: `faces(100)` begins with `faces(10)`.

    Raises:
        ValueError: n or size is out of range.
    """
    return Faces(n, size, seed).all()
