"""Inputs of predictions: what can be taken as a tensor, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.training.predictor import PredictionError, tensor_of

PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
FRACTIONS = PIXELS / 32


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        (torch.from_numpy(PIXELS), PIXELS),
        (torch.from_numpy(FRACTIONS).requires_grad_(), FRACTIONS),
        (PIXELS[:, ::-1, ::-1], PIXELS[:, ::-1, ::-1]),
        (FRACTIONS.astype(">f4"), FRACTIONS.astype(np.float32)),
        (FRACTIONS.tolist(), FRACTIONS),
        (list(PIXELS), PIXELS),
        (tuple(torch.from_numpy(PIXELS)), PIXELS),
        ([torch.from_numpy(PIXELS[0]), PIXELS[1]], PIXELS),
        ([[torch.from_numpy(image)] for image in PIXELS], PIXELS[:, None]),
        ([image[::-1] for image in PIXELS], PIXELS[:, ::-1]),
        ([Image.fromarray(image) for image in PIXELS], PIXELS),
        (Image.fromarray(PIXELS[0]), PIXELS[0]),
    ],
)
def test_what_can_be_taken(inputs: Any, wanted: Any) -> None:
    assert torch.equal(tensor_of(inputs, "images"), torch.from_numpy(np.ascontiguousarray(wanted)))


@pytest.mark.parametrize(
    "inputs",
    [
        None, "x", {}, ["a.png"], b"x", iter(PIXELS), [None], [PIXELS[0], PIXELS[0, :2]], [torch.zeros(2), torch.zeros(3)],
        torch.zeros(2, 2).to_sparse(), torch.zeros(2, device="meta"), PIXELS.astype(np.longdouble), 10**30,
    ],
)  # fmt: skip
def test_what_cannot_be_taken(inputs: Any) -> None:
    with pytest.raises(PredictionError, match=r"^[^\n]* cannot be taken for images: give a dense tensor, a NumPy array, or a list of them, all of one shape$"):  # fmt: skip
        tensor_of(inputs, "images")
