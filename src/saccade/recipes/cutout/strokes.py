"""How human the strokes are: where in the object they run, and how often they turn."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from saccade.extras import missing
from saccade.worlds.cutout.canvas import line
from saccade.worlds.data.masked import MaskedImages

try:
    from skimage.morphology import skeletonize
except ImportError as error:  # pragma: no cover
    raise missing("measuring scribbles", "scikit-image", "cutout") from error

_DEEP = 3.0  # pixels from the contour that count as the interior
_TURN = 30.0  # degrees from which a change of direction is a turn


def habits(pens: Tensor, data: MaskedImages) -> dict[str, float]:
    """Measures of the strokes of games, by name.

    `interior`: share of the object's strokes, in pixels, that runs 3 pixels or more inside the object. `astray`: share of all strokes
    on the other side of the contour. `to_skeleton`: mean distance of the object's strokes within it from its skeleton, in pixels.
    `turns`: share of strokes that turn by 30 degrees or more against the one before; `idle`: share of moves that lead nowhere.

    Args:
        pens: (y, x) of both pens before and after every move, `(t + 1, n, 2, 2)`.
        data: the `n` images.
    """
    start, end = pens[:-1].long(), pens[1:].long()
    gap = end - start
    length = gap.abs().amax(-1)  # (t, n, 2)
    pixels = line(start, end, max(1, int(length.max())))
    drawn = torch.arange(pixels.shape[3]) <= length[..., None]
    drawn &= (length > 0)[..., None]
    image = torch.arange(len(data)).view(1, -1, 1, 1).expand(pixels.shape[:4])
    masks = data.masks.numpy()
    inside = torch.from_numpy(
        np.stack([distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1] for mask in masks])
    )
    bones = torch.from_numpy(np.stack([distance_transform_edt(~skeletonize(mask)) for mask in masks]))
    at = (image, pixels[..., 0], pixels[..., 1])
    objects, grounds = drawn[:, :, 0], drawn[:, :, 1]
    depth, bone = inside[at], bones[at]
    on = data.masks[at]
    within = objects & on[:, :, 0]
    wrong = (objects & ~on[:, :, 0]).sum() + (grounds & on[:, :, 1]).sum()
    turned, comparable = _turns(gap.double(), length > 0)
    return {
        "interior": _share((objects & (depth[:, :, 0] >= _DEEP)).sum(), objects.sum()),
        "astray": _share(wrong, drawn.sum()),
        "to_skeleton": _share(bone[:, :, 0][within].sum(), within.sum()),
        "turns": _share(turned.sum(), comparable.sum()),
        "idle": _share((length.amax(2) == 0).sum(), torch.tensor(length[..., 0].numel())),
    }


def _turns(gap: Tensor, moved: Tensor) -> tuple[Tensor, Tensor]:
    """Which moves turn against the same pen's last one, and for which that can be said; each `(t - 1, n, 2)`."""
    step = torch.arange(len(gap)).view(-1, 1, 1)
    last = torch.where(moved, step, -1).cummax(0).values[:-1]  # the pen's latest move before each step
    before, after = gap.gather(0, last.clamp(min=0)[..., None].expand(-1, -1, -1, 2)), gap[1:]
    comparable = (last >= 0) & moved[1:]
    lengths = (before.norm(dim=-1) * after.norm(dim=-1)).clamp(min=1e-9)
    cosine = (before * after).sum(-1) / lengths
    return comparable & (cosine < np.cos(np.radians(_TURN))), comparable


def _share(part: Tensor, whole: Tensor) -> float:
    return float(part) / max(float(whole), 1.0)
