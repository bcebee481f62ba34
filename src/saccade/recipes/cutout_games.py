"""Games of CutOut as they were played: overlap by step, strokes and masks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.graph import Graph
from saccade.runs import Checkpoint, save_checkpoint
from saccade.worlds.cutout import CutOutParts
from saccade.worlds.masked import MaskedImages

GAMES_FILE = "games.safetensors"
_SHOWN = 24  # games of which the masks are kept, and as many of the worst
_WORST = 10


@dataclass(frozen=True)
class Games:
    """One game on each of `n` images: `t` moves, and the state before the first."""

    iou: Tensor  # (t + 1, n)
    pens: Tensor  # (t + 1, n, 2, 2), (y, x) in pixels
    masks: Tensor  # (t + 1, n, h, w) bool


@torch.no_grad()
def play(graph: Graph, parts: CutOutParts, n: int) -> Games:
    """Play one game on each of the `n` images of the graph's set."""
    iou, pens, mask = parts.overlap.iou, parts.canvas.pens, parts.segmenter.mask
    trace = graph.unroll(n, watch=(iou, pens, mask))
    return Games(trace[iou], trace[pens], trace[mask])


def summary(games: Games) -> dict[str, Any]:
    """What `result.json` tells of them."""
    last = games.iou[-1]
    return {
        "iou": float(last.mean()),
        "median_iou": float(last.median()),
        "share_above_0.9": float((last >= 0.9).float().mean()),
        "iou_by_step": [float(step) for step in games.iou.mean(1)],
        "images": int(games.iou.shape[1]),
    }


def save_games(folder: Path, games: Games, data: MaskedImages) -> None:
    """Keep every stroke and overlap, and of the first games and of the worst the images and masks."""
    worst = games.iou[-1].argsort()[:_WORST]
    kept = torch.cat([torch.arange(min(_SHOWN, len(data))), worst])
    tensors = {
        "iou": games.iou.half(),
        "pens": games.pens.to(torch.int16),
        "kept": kept,
        "images": data.images[kept],
        "truths": data.masks[kept],
        "masks": games.masks[:, kept],
    }
    save_checkpoint(folder / GAMES_FILE, Checkpoint(tensors, {}))
