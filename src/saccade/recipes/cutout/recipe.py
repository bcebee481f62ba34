"""The recipe of CutOut. Optional libraries are imported when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from saccade.runs import Metric
from saccade.training.recipe import REWARD, Column, Recipe, in_training, lazily

from .published import published
from .settings import CutOutSettings

IOU = Metric("iou", "IoU", "mean intersection over union of test images", "{:.3f}", low=0, high=1)
_BASELINES = (
    ("forecast mask", "test.forecast_iou"),
    ("random", "test.baselines.random.iou"),
    ("open-loop", "test.baselines.blind script.iou"),
    ("greedy oracle", "test.baselines.greedy oracle.iou"),
    ("expert on the ground truth", "test.baselines.expert on the ground truth.iou"),
    ("expert on the forecast", "test.baselines.expert on the forecast.iou"),
    ("mean mask", "test.mean_mask_iou"),
)


def shown_baseline(name: str) -> str:
    """The name of a baseline in pages and tables; results keep an older one of the open-loop strokes."""
    return "open-loop" if name == "blind script" else name


def _open_images(path: str | None, settings: CutOutSettings, watch: Callable[[float], None]) -> Any:
    """The images of a folder, or drawn faces; see `open_masked`."""
    from saccade.worlds.cutout.images import open_masked

    return open_masked("faces" if path is None else path, settings.size, settings.faces, watch)


def _example(settings: CutOutSettings) -> Any:
    """A face, to draw the graph around."""
    from saccade.worlds.faces import faces

    return faces(1, settings.size)


def _stand_in(settings: CutOutSettings, _: Any) -> Any:
    """Three blank pictures, one for each fold of the forecasts."""
    import torch

    from saccade.worlds.data.masked import MaskedImages

    masks = torch.zeros(3, settings.size, settings.size, dtype=torch.bool)
    masks[:, 0, 0] = True
    return MaskedImages(torch.zeros(3, 3, settings.size, settings.size, dtype=torch.uint8), masks, "blank pictures")


CUTOUT = Recipe(
    "cutout",
    "Segment by scribbling with two pens: drawn faces, or --data DIR of images with masks",
    CutOutSettings(),
    lazily("saccade.recipes.cutout.wiring:wire_unforecast"),
    _open_images,
    IOU,
    lazily("saccade.recipes.cutout.task:begin"),
    publication="CutOutRL report, section 4",
    progress=(REWARD, in_training(IOU)),
    columns=tuple(Column(title, path, "{:.3f}", averaged=True) for title, path in _BASELINES),
    published=published,
    tables=lazily("saccade.recipes.cutout.tables:tables"),
    page=lazily("saccade.recipes.cutout.page:sections"),
    export=lazily("saccade.recipes.cutout.export:export"),
    example=_example,
    stand_in=_stand_in,
    data_help="Folder of the pictures: images/ and masks/, with masks of the same names; default: drawn faces.",
)
