"""What a trained reader and saccader make of new images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from saccade.graph import Graph
from saccade.training.predictor import PredictionError, tensor_of
from saccade.training.recipe import Recipe
from saccade.worlds import Colour, DataError, LabelledImages, PictureFormat
from saccade.worlds.data.labelled import describe
from saccade.worlds.data.pictures import read_picture

from .classification import Classification
from .looks import Looks, look, rewire
from .system import LookingSystem


class Classifier(nn.Module):
    """Images in, logits of the classes after the last fixation out; the most probable fixations are taken. Gradients reach the images."""

    def __init__(self, system: LookingSystem) -> None:
        super().__init__()
        self.graph = system.graph
        self._digits, self._logits = system.digits, system.reader.logits

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(n, classes)` of images, float in [0, 1], `(n, channels, h, w)`."""
        self._digits.show(images, torch.zeros(len(images), dtype=torch.int64, device=images.device))
        logits: Tensor = self.graph.unroll(len(images), watch=(self._logits,))[self._logits][-1]
        return logits


class LookingPredictor:
    """Classifies images by fixations.

    Args:
        recipe, settings: of the run.
        data: what it was trained on, or a stand-in of the same classes, channels and size.
        brain: trained weights.
    """

    def __init__(self, recipe: Recipe, settings: Any, data: LabelledImages, brain: Mapping[str, Tensor]) -> None:
        self._recipe, self._settings, self._data, self._brain = recipe, settings, data, brain
        self._system = rewire(recipe, settings, brain, data)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images that the eye looks at."""
        return (self._settings.field,) * 2 if self._settings.field else self._data.size

    @property
    def graph(self) -> Graph:
        """The wired graph, around the data or their stand-in."""
        return self._system.graph

    @property
    def module(self) -> nn.Module:
        """Maps images, float in [0, 1], `(n, channels, h, w)`, to logits `(n, classes)`."""
        blank = torch.zeros(1, self._data.channels, *self.size, dtype=torch.uint8)
        return Classifier(self._around(blank)).eval()

    def read(self, files: Sequence[Path]) -> Tensor:
        """Picture files as images, uint8 `(n, channels, h, w)`.

        Raises:
            PredictionError: a file is no picture, or of another size, or in colour where grey ones were learned from.
        """
        grey, side = self._data.channels == 1, getattr(self._settings, "side", 0)
        format_ = PictureFormat(0 if self._settings.field else side, Colour.AS_IS if grey else Colour.RGB)
        return torch.stack([self._read(file, format_) for file in files])

    def _read(self, file: Path, format_: PictureFormat) -> Tensor:
        try:
            pixels = torch.from_numpy(read_picture(file, format_).copy())
        except DataError as error:
            raise PredictionError(str(error)) from error
        if self._data.channels == 1 and pixels.ndim == 3:
            if not (pixels == pixels[..., :1]).all():
                raise PredictionError(
                    f"{file} is in colour, and the run learned from grey pictures: convert it to grey"
                )
            pixels = pixels[..., 0]
        height, width = pixels.shape[:2]
        if (height, width) != self.size:
            raise PredictionError(f"{file} is {width}x{height} pixels: the run looks at pictures of {self._wanted()}")
        return pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)

    def _wanted(self) -> str:
        height, width = self.size
        field = (
            f", which hold {'x'.join(map(str, self._data.size[::-1]))} of them somewhere"
            if self._settings.field
            else ""
        )
        like = " white ink on black, as in MNIST" if self._data.name.startswith(("MNIST", "a blank image")) else ""
        return f"{width}x{height}{field}{';' if like else ''}{like}: scale it first"

    def predict(self, inputs: Any) -> Classification:
        """Classify images.

        Args:
            inputs: a tensor, an array, or a list of them; uint8, or float in [0, 1]; `(n, h, w)` or `(n, channels, h, w)`. Where the run
                laid its images into a field, these are whole fields.

        Raises:
            PredictionError: they are of another shape, type or range.
        """
        images = self._checked(inputs)
        system = self._around(images)
        looks: Looks = look(system)
        last = looks.probabilities[-1]
        window = int(getattr(self._settings, "patch", 0)) if len(looks.places) > 1 else 0
        return Classification(
            self._data.classes, images, last.argmax(1), last, looks.probabilities, looks.places.transpose(0, 1), looks.confidence, window
        )  # fmt: skip

    def _around(self, images: Tensor) -> LookingSystem:
        """The trained system around images that lie in their field already."""
        data = LabelledImages(
            images.squeeze(1) if images.shape[1] == 1 else images, torch.zeros(len(images), dtype=torch.int64), "images", classes=self._data.classes
        )  # fmt: skip
        return rewire(self._recipe, self._settings, self._brain, data, placed=self._data.size)

    def _checked(self, inputs: Any) -> Tensor:
        """The images as uint8 `(n, channels, h, w)`."""
        given = tensor_of(inputs, "images")
        images = given[:, None] if given.ndim == 3 else given
        wanted = (self._data.channels, *self.size)
        if images.ndim != 4 or tuple(images.shape[1:]) != wanted or not len(images):
            raise PredictionError(
                f"images have the shape {tuple(given.shape)}: it must be (n, {', '.join(map(str, wanted))}), 1 image or more"
            )
        if images.dtype == torch.uint8:
            return images
        if not images.is_floating_point() or not bool(((images >= 0) & (images <= 1)).all()):
            raise PredictionError(
                f"images are {describe(images)}: they must be uint8, or floating-point numbers from 0 to 1"
            )
        return (images * 255).round().to(torch.uint8)
