"""Forecasts of masks."""

from __future__ import annotations

import torch

from saccade.recipes.cutout.forecast import Forecasters
from saccade.recipes.cutout.settings import FOLDS
from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.data.masked_folder import MaskedSplits

from .boxes import SIDE


def test_no_image_is_forecast_by_a_network_that_has_seen_it(data: MaskedSplits) -> None:
    torch.manual_seed(0)
    forecasters = Forecasters(data.train, 0, FOLDS)
    for fold in range(FOLDS):
        forecasters.update(fold, 8, 0.0)
    own = torch.arange(36) % FOLDS == 1
    found = forecasters.of_training()
    swapped = MaskedImages(
        torch.where(own[:, None, None, None], 255 - data.train.images, data.train.images), data.train.masks, "boxes"
    )
    torch.manual_seed(0)
    other = Forecasters(swapped, 0, FOLDS)
    for fold in range(FOLDS):
        other.update(fold, 8, 0.0)
    mine, theirs = forecasters.state(), other.state()
    same = {
        fold: all(torch.equal(value, mine[name]) for name, value in theirs.items() if name.startswith(f"{fold}/graph"))
        for fold in range(FOLDS)
    }
    assert same == {0: False, 1: True, 2: False}
    assert found.shape == (36, SIDE, SIDE) and found.dtype == torch.uint8
    # With two of three networks broken only the images of the third are forecast as before.
    weights = {
        name: value * 0 if value.is_floating_point() and not name.startswith("1/") else value
        for name, value in mine.items()
    }
    forecasters.load(weights)
    broken = forecasters.of_training()
    assert torch.equal(broken[own], found[own])
    assert not any(torch.equal(one, other) for one, other in zip(broken[~own], found[~own], strict=True))
