"""What a trained scribbler makes of new photographs: strokes, and a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn

from saccade.disk import write_atomically
from saccade.graph import Graph
from saccade.training.predictor import PredictionError, tensor_of, write_table
from saccade.vision.segmenters import GROUND, OBJECT, segment
from saccade.vision.unet import UNet
from saccade.worlds import Colour, DataError, PictureFormat
from saccade.worlds.data.labelled import describe
from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.data.pictures import read_picture

from .cutting import mask_picture
from .settings import CutOutSettings
from .wiring import CutOutSystem, wire

_AT_ONCE = 32
_SEED = 20_201_108  # of the starts
_INKS = {OBJECT: (0, 255, 0, 255), GROUND: (255, 0, 0, 255)}
_SHADE = 0.35  # of the ground's light that is left in a picture of a mask

Pixels = npt.NDArray[np.uint8]
Forecast = Callable[[Tensor], Tensor]  # of images uint8 (n, 3, h, w): the mask, uint8 (n, h, w), 0 ground … 255 object


@dataclass(frozen=True)
class CutOut:
    """One photograph with the scribbler's strokes and what they cut out.

    Attributes:
        image: uint8 `(h, w, 3)`.
        mask: bool `(h, w)`, True on the object.
        strokes: uint8 `(h, w)`: 0 nothing, 1 on the object, 2 on the ground.
        pens: the way of both pens in pixels of the image, float `(t + 1, 2, 2)` as (object, ground), (y, x).
        forecast: the mask that was forecast before the first stroke, enlarged to the image, bool `(h, w)`; None of a run without forecasts.
    """

    image: Pixels
    mask: npt.NDArray[np.bool_]
    strokes: Pixels
    pens: npt.NDArray[np.float64]
    forecast: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class CutOuts(Sequence[CutOut]):
    """What was cut out of `n` photographs: a sequence of a `CutOut` for each."""

    found: Sequence[CutOut]

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, place: int) -> CutOut: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[CutOut]: ...

    def __getitem__(self, place: int | slice) -> CutOut | Sequence[CutOut]:
        return self.found[place]

    @property
    def masks(self) -> list[npt.NDArray[np.bool_]]:
        """The masks, bool `(h, w)` each."""
        return [each.mask for each in self.found]

    def files(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """The table, and of each photograph its mask, its strokes, a picture of both, and the forecast mask if there is one."""
        pictures = [
            f"{name}.{what}.png" for name, each in zip(names, self.found, strict=True) for what in _pictures(each)
        ]
        return [folder / name for name in ("predictions.csv", *pictures)]

    def write(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """Write what `files` names; the strokes are a layer for `saccade cutout --strokes`."""
        rows = [
            (name, *each.image.shape[1::-1], f"{each.mask.mean():.4f}")
            for name, each in zip(names, self.found, strict=True)
        ]
        table, *targets = self.files(folder, names)
        write_table(table, ["file", "width", "height", "object_share"], rows)
        pictures = (pixels for each in self.found for pixels in _pictures(each).values())
        for target, pixels in zip(targets, pictures, strict=True):
            write_atomically(target, partial(Image.fromarray(pixels).save, format="PNG", compress_level=1))
        return [table, *targets]


def _pictures(found: CutOut) -> dict[str, Pixels]:
    """What is written of a photograph, by the word that its file's name gets."""
    pictures = {"mask": mask_picture(found.mask), "strokes": _layer(found), "picture": _picture(found)}
    return pictures if found.forecast is None else {**pictures, "forecast": mask_picture(found.forecast)}


def _layer(found: CutOut) -> Pixels:
    """The strokes in their inks on nothing."""
    layer = np.zeros((*found.strokes.shape, 4), np.uint8)
    for label, ink in _INKS.items():
        layer[found.strokes == label] = ink
    return layer


def _picture(found: CutOut) -> Pixels:
    """The object as it is, the ground dark, strokes in their inks."""
    light = np.where(found.mask[..., None], 1.0, _SHADE)
    shown = (found.image * light).astype(np.uint8)
    for label, ink in _INKS.items():
        shown[found.strokes == label] = ink[:3]
    return shown


class Cutter(nn.Module):
    """Images in, masks out: forecasts, the scribbler's network, and the game between them.

    Attributes:
        forecasters: networks that map images, float in [0, 1], `(n, 3, h, w)`, to logits of the object `(n, h, w)`.
        scribbler: logits of the strokes and the value of the state, see `ScribblerNetwork`.
    """

    def __init__(self, forecasters: Sequence[UNet], scribbler: nn.Module, play: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.forecasters, self.scribbler, self._play = nn.ModuleList(forecasters), scribbler, play

    def forward(self, images: Tensor) -> Tensor:
        """Masks, bool `(n, h, w)`, of images uint8 `(n, 3, h, w)` of the size that was trained on."""
        return self._play(images)


class ScribblerPredictor:
    """Scribbles on photographs of any size.

    A photograph is brought to the size that was trained on, whole, with a border around it if it is no square. The scribbler plays there;
    its strokes are drawn on the photograph itself and segmented at full resolution.

    Args:
        settings: of the run.
        brain: the scribbler's trained weights.
        forecasters: the networks that forecast masks.
        forecast: the mean of their forecasts; None: there are none, and the pens start in the middle and in a corner.
    """

    def __init__(
        self,
        settings: CutOutSettings,
        brain: Mapping[str, Tensor],
        forecasters: Sequence[UNet],
        forecast: Forecast | None,
    ) -> None:
        self._settings, self._brain, self._forecasters, self._forecast = settings, brain, forecasters, forecast
        side = settings.size
        blank = torch.zeros(1, 3, side, side, dtype=torch.uint8)
        self._system = self._around(blank, None if forecast is None else forecast(blank))

    @property
    def graph(self) -> Graph:
        """The wired graph, around a blank image."""
        return self._system.graph

    @property
    def module(self) -> nn.Module:
        """Forecasters and scribbler; it maps images, uint8 `(n, 3, h, w)`, to masks."""
        return Cutter(self._forecasters, self._system.network, lambda images: self._games(images)[0]).eval()

    def read(self, files: Sequence[Path]) -> list[Pixels]:
        """Photographs, uint8 `(h, w, 3)` each, turned as their EXIF entry says.

        Raises:
            PredictionError: a file is no picture.
        """
        try:
            return [read_picture(file, PictureFormat(0, Colour.RGB)) for file in files]
        except DataError as error:
            raise PredictionError(str(error)) from error

    def predict(self, inputs: Any) -> CutOuts:
        """Cut objects out.

        Args:
            inputs: photographs, uint8 `(h, w, 3)` each, of any sizes; or a tensor of them, uint8 `(n, 3, h, w)`.

        Raises:
            PredictionError: they are of another shape or type.
        """
        images, side = _checked(inputs), self._settings.size
        frames = [_Frame.of(image.shape[:2], side) for image in images]
        small = np.stack([frame.fitted(image) for frame, image in zip(frames, images, strict=True)])
        masks, pens, forecasts = self._games(torch.from_numpy(small).permute(0, 3, 1, 2).contiguous())
        return CutOuts(
            [
                frame.cut(
                    image, mask.numpy(), way.double().numpy(), None if forecasts is None else forecasts[n].numpy()
                )
                for n, (frame, image, mask, way) in enumerate(zip(frames, images, masks, pens.unbind(1), strict=True))
            ]
        )

    @torch.no_grad()
    def _games(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Masks at the end, bool `(n, h, w)`, the pens' ways, `(t + 1, n, 2, 2)`, and the forecasts, uint8 `(n, h, w)`, if there are any."""
        masks, pens, forecasts = list[Tensor](), list[Tensor](), list[Tensor]()
        for part in torch.split(images, _AT_ONCE):
            forecast = None if self._forecast is None else self._forecast(part)
            forecasts += [] if forecast is None else [forecast]
            system = self._around(part, forecast)
            system.graph.seed(_SEED)
            mask, pen = system.parts.segmenter.mask, system.parts.canvas.pens
            trace = system.graph.unroll(len(part), watch=(mask, pen))
            masks.append(trace[mask][-1].clone())
            pens.append(trace[pen])
        return torch.cat(masks), torch.cat(pens, 1), torch.cat(forecasts) if forecasts else None

    def _around(self, images: Tensor, forecast: Tensor | None) -> CutOutSystem:
        """The trained game on images; the forecast stands for the ground truth, which only says where the pens start."""
        data = MaskedImages(images, _starts(images, forecast), "photographs")
        with torch.random.fork_rng(devices=()):  # weights are drawn, and replaced
            system = wire(self._settings, data, forecast, learn=False)
        # A picture is scribbled on alike wherever it stands, and among whichever others.
        system.parts.scenes.starts_alike = True
        system.graph.load_brain_state(self._brain)
        system.graph.eval()
        return system


def _starts(images: Tensor, forecast: Tensor | None) -> Tensor:
    """Where the pens may start, bool `(n, h, w)`: in the forecast of the object or in the middle, and outside of it."""
    n, _, height, width = images.shape
    if forecast is None:
        middle = torch.zeros(n, height, width, dtype=torch.bool)
        middle[:, height // 2, width // 2] = True
        return middle
    likely = forecast.flatten(1).float()
    found = likely >= 128
    rows = torch.arange(n)
    found[rows, likely.argmax(1)] = True  # a forecast that sees no object, or nothing else, still has its extremes
    found[rows, likely.argmin(1)] = False
    return found.view(n, height, width)


def _checked(inputs: Any) -> list[Pixels]:
    if isinstance(inputs, Tensor):
        batch = tensor_of(inputs, "photographs")
        if batch.dtype != torch.uint8 or batch.ndim != 4 or batch.shape[1] != 3 or not batch.numel():
            raise PredictionError(f"photographs are {describe(batch)}: they must be uint8 of shape (n, 3, h, w)")
        return list(batch.permute(0, 2, 3, 1).contiguous().numpy())
    if not isinstance(inputs, Iterable):
        raise PredictionError(f"{inputs!r} is no list of photographs: give one or more, uint8 of shape (h, w, 3) each")
    images = [tensor_of(image, "a photograph") for image in inputs]
    for image in images:
        if image.dtype != torch.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.numel():
            raise PredictionError(f"a photograph is {describe(image)}: it must be uint8 of shape (h, w, 3)")
    if not images:
        raise PredictionError("there is no photograph: give one or more")
    return [image.contiguous().numpy() for image in images]


@dataclass(frozen=True)
class _Frame:
    """How a photograph lies in the square that the scribbler sees."""

    height: int  # of the photograph
    width: int
    side: int  # of the square
    high: int  # of the photograph in the square
    wide: int

    @staticmethod
    def of(size: tuple[int, ...], side: int) -> _Frame:
        height, width = size
        scale = max(height, width) / side
        # Of a very long photograph one row or column is left.
        return _Frame(height, width, side, max(1, round(height / scale)), max(1, round(width / scale)))

    @property
    def corner(self) -> tuple[int, int]:
        """Top and left of the photograph in the square."""
        return (self.side - self.high) // 2, (self.side - self.wide) // 2

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the photograph in one of the square, down and across; the two differ by rounding, and in very long ones."""
        return self.height / self.high, self.width / self.wide

    def fitted(self, image: Pixels) -> Pixels:
        """The photograph in the square; around it, what is on its edges on average."""
        if image.shape[:2] == (self.side, self.side):
            return image
        edges = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        square = Image.new("RGB", (self.side, self.side), tuple(int(value) for value in edges.mean(0)))
        small = Image.fromarray(image).resize((self.wide, self.high), Image.Resampling.LANCZOS)
        square.paste(small, self.corner[::-1])
        return np.asarray(square)

    def cut(
        self, image: Pixels, mask: npt.NDArray[np.bool_], pens: npt.NDArray[np.float64], forecast: Pixels | None
    ) -> CutOut:
        """What the strokes cut out of the photograph; where none of a kind lies on it, the mask that the scribbler saw, enlarged."""
        top, left = self.corner
        ways = (pens + 0.5 - np.array([top, left])) * np.array(self.scale) - 0.5
        strokes = self._drawn(ways)
        if not ((strokes == OBJECT).any() and (strokes == GROUND).any()):
            whole = self._enlarged(mask_picture(mask))
        else:
            whole = mask if image.shape[:2] == mask.shape else segment(image, strokes)
        return CutOut(image, whole, strokes, ways, None if forecast is None else self._enlarged(forecast))

    def _enlarged(self, mask: Pixels) -> npt.NDArray[np.bool_]:
        """A mask of the square, 0 ground … 255 object, on the photograph."""
        top, left = self.corner
        inside = mask[top : top + self.high, left : left + self.wide]
        large: npt.NDArray[np.bool_] = np.asarray(Image.fromarray(inside).resize((self.width, self.height))) >= 128
        return large

    def _drawn(self, ways: npt.NDArray[np.float64]) -> Pixels:
        """The strokes. In a pixel that is drawn on twice the first stroke counts, so they are drawn from the last to the first."""
        layer = Image.new("L", (self.width, self.height))
        draw, width = ImageDraw.Draw(layer), max(1, round(min(self.scale)))
        for step in reversed(range(len(ways))):
            for label, pen in ((GROUND, 1), (OBJECT, 0)):
                ends = [(float(x), float(y)) for y, x in (ways[max(step - 1, 0), pen], ways[step, pen])]
                draw.line(ends, fill=label, width=width)
        return np.asarray(layer)
