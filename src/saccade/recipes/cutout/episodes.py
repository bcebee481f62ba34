"""Episodes of CutOut: overlap by step, strokes and masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.graph import Graph
from saccade.runs import Checkpoint, save_checkpoint
from saccade.training.task import Advance, silently
from saccade.worlds.cutout.wiring import CutOutParts
from saccade.worlds.data.masked import MaskedImages

GAMES_FILE = "games.safetensors"
_AT_ONCE = 32  # a pass keeps everything that the world has shown: a few MB a game
_SEED = 20_201_108  # of every game that is measured: the same starts for all
_SHOWN = 24  # games of which the masks are kept, and as many of the worst
_WORST = 10

Wired = tuple[Graph, CutOutParts]
Wire = Callable[[slice], Wired]  # a game around some of the images, in their order


@dataclass(frozen=True)
class Games:
    """One game on each of `n` images: `t` moves, and the state before the first; on the CPU."""

    iou: Tensor  # (t + 1, n)
    pens: Tensor  # (t + 1, n, 2, 2), (y, x) in pixels
    kept: Tensor  # (m,): games of which the masks are kept: the first, and those that ended worst
    masks: Tensor  # (t + 1, m, h, w) bool


@torch.no_grad()
def play(wire: Wire, n: int, advance: Advance = silently) -> Games:
    """Play one game on each of `n` images, from the same starts whatever is wired; `advance` is called with the games that were played."""
    ious, pens, kept = list[Tensor](), list[Tensor](), list[tuple[float, int, Tensor]]()
    for first in range(0, n, _AT_ONCE):
        which = slice(first, min(n, first + _AT_ONCE))
        graph, parts = wire(which)
        graph.seed(_SEED + first)
        iou, pen, mask = parts.overlap.iou, parts.canvas.pens, parts.segmenter.mask
        trace = graph.unroll(which.stop - first, watch=(iou, pen, mask))
        advance(which.stop - first)
        overlaps, masks = trace[iou].cpu(), trace[mask].cpu()
        ious.append(overlaps)
        pens.append(trace[pen].cpu())
        found = [
            (float(overlaps[-1, place]), first + place, masks[:, place].clone()) for place in range(masks.shape[1])
        ]
        kept = _worth_keeping([*kept, *found])
    kept.sort(key=lambda each: each[1])
    return Games(
        torch.cat(ious, 1),
        torch.cat(pens, 1),
        torch.tensor([index for _, index, _ in kept], device="cpu"),
        torch.stack([mask for *_, mask in kept], 1),
    )


def _worth_keeping(games: list[tuple[float, int, Tensor]]) -> list[tuple[float, int, Tensor]]:
    """The first, and the worst."""
    worst = {index for _, index, _ in sorted(games, key=lambda each: each[:2])[:_WORST]}
    return [each for each in games if each[1] < _SHOWN or each[1] in worst]


def summary(games: Games) -> dict[str, Any]:
    """Their summary for `result.json`."""
    last = games.iou[-1]
    return {
        "iou": float(last.mean()),
        "median_iou": float(last.median()),
        "good_share": float((last >= 0.9).float().mean()),
        "iou_by_step": [float(step) for step in games.iou.mean(1)],
        "images": int(games.iou.shape[1]),
    }


def save_games(folder: Path, games: Games, data: MaskedImages) -> None:
    """Keep every stroke and overlap, and of the first games and of the worst the images and masks."""
    tensors = {
        "iou": games.iou,
        "pens": games.pens.to(torch.int16),
        "kept": games.kept,
        "images": data.images[games.kept],
        "ground_truths": data.masks[games.kept],
        "masks": games.masks,
    }
    save_checkpoint(folder / GAMES_FILE, Checkpoint(tensors, {}))
