"""RAM on a folder of one's own pictures: the graph of `ram`, with the folder as its world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import torch
import tyro
from torch import nn

from saccade.agents import LearnerSettings
from saccade.ranges import AtLeast
from saccade.recipes.active_vision.data import unwatched
from saccade.recipes.active_vision.system import LookingSystem
from saccade.training.data import Splits, with_validation
from saccade.training.own_network import own_module
from saccade.training.settings import SettingsError
from saccade.vision import EachScale, Frozen, GatedGlimpse, RecurrentReader
from saccade.worlds import Colour, DataError, LabelledImages, PictureFormat, load_pictures

from .settings import REINFORCE, Model, RamSettings, Reader
from .wiring import wire as wire_ram


@dataclass(frozen=True)
class PictureSettings(RamSettings):
    """Settings of RAM, how the pictures are read, and who sees them."""

    _image_side: ClassVar[int | None] = None  # known from the folder only

    side: Annotated[int, AtLeast(0, 4096)] = 0
    """Scale and centre-crop every picture to a square of this side; 0: as they are, all of one size."""
    colour: Colour = Colour.AS_IS
    """Colours of the pictures: as the files have them, grey, or RGB."""
    skip_unreadable: bool = False
    """Leave files out that cannot be read as pictures."""
    encoder: Annotated[str, tyro.conf.arg(metavar="MODULE:FUNCTION", help_behavior_hint="")] = ""
    """A pretrained glimpse encoder; the function is called without arguments and what it returns stays as it is."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        super().__post_init__()
        if self.encoder and not all(part.strip() for part in self.encoder.partition(":")):
            raise ValueError(f"--encoder {self.encoder}: it must be MODULE:FUNCTION, such as mynetwork:encoder")
        if self.encoder and self.network:
            raise ValueError(
                f"--encoder {self.encoder} --network {self.network}: one is frozen, the other learns; leave one out"
            )
        if self.encoder and self.model is not Model.RAM:
            raise ValueError(f"--encoder {self.encoder}: it is for RAM, not for --model {self.model}")
        if self.encoder and self.reader is Reader.PUBLISHED:
            raise ValueError(
                f"--encoder {self.encoder}: its core is a GRU, not that of --reader published; leave one out"
            )
        _ = self.picture_format

    @property
    def convolves(self) -> bool:
        """The glimpse network has convolutions, which need some pixels."""
        return super().convolves and not self.encoder

    @property
    def picture_format(self) -> PictureFormat:
        """How the pictures are read."""
        return PictureFormat(self.side, self.colour, self.skip_unreadable)


def open_pictures(
    path: str | None, settings: PictureSettings, watch: Callable[[float], None] = unwatched
) -> Splits[LabelledImages]:
    """Read the pictures of a folder and part them.

    Raises:
        DataError: the folder is no such data, see `load_pictures`.
    """
    if path is None:
        raise DataError("there are no pictures: give --data DIR, a folder with a sub-folder of pictures per class")
    left_out: list[str] = []
    train, test = load_pictures(path, settings.picture_format, watch, left_out.append)
    found = with_validation(train, test, " ".join([*left_out, _summary(train, test)]))
    counts = torch.bincount(found.train.labels, minlength=len(train.classes))
    if len(lost := (counts == 0).nonzero()):
        raise DataError(
            f"{path}: no picture of class {train.classes[int(lost[0])]} is left to learn from, as a twelfth of all is kept for "
            "validation: put more pictures into it"
        )
    return found


def _summary(train: LabelledImages, test: LabelledImages) -> str:
    """What was found, so that an unexpected folder layout is noticed."""
    counts = torch.bincount(torch.cat([train.labels, test.labels]), minlength=len(train.classes)).tolist()
    named = [f"{name} {count}" for name, count in zip(train.classes, counts, strict=True)]
    more = f", and {len(named) - 8} more" if len(named) > 8 else ""
    height, width = train.size
    held = len(train.images) // 12
    return (
        f"{len(named)} classes ({', '.join(named[:8])}{more}): {len(train.images) - held} pictures to train on, {held} for "
        f"validation, {len(test.images)} to test with, {width}x{height} {'grey' if train.channels == 1 else 'in colour'}."
    )


def blank(s: PictureSettings) -> LabelledImages:
    """One blank picture, to draw the graph around."""
    side = s.side or s.patch * 2 ** (s.scales - 1)
    shape = (1, side, side) if s.colour is Colour.GREY or s.clutter else (1, 3, side, side)
    return LabelledImages(torch.zeros(shape, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64), "a blank picture")


def stand_in(_: PictureSettings, shape: Mapping[str, Any]) -> LabelledImages:
    """One blank picture of the classes, channels and size that a run learned from."""
    channels, size = int(shape["channels"]), [int(side) for side in shape["size"]]
    images = torch.zeros(1, *([channels] if channels > 1 else []), *size, dtype=torch.uint8)
    return LabelledImages(
        images, torch.zeros(1, dtype=torch.int64), "a blank picture", classes=tuple(map(str, shape["classes"]))
    )


def wire(
    s: PictureSettings,
    data: LabelledImages,
    learn: bool = True,
    stop: float = 1.0,
    placed: tuple[int, int] | None = None,
) -> LookingSystem:
    """Wire RAM around the pictures.

    Raises:
        SettingsError: a glimpse or the field does not fit the pictures, or there is no such encoder.
    """
    height, width = data.size
    if s.model is Model.RAM and s.patch > min(data.size):
        raise SettingsError(
            f"{data.name}: pictures of {width}x{height} pixels are smaller than a glimpse of {s.patch}x{s.patch}: "
            f"take --patch {min(data.size)} or less, or bring them to more pixels with --side"
        )
    if s.field and placed is None and (height != width or s.field < height):
        raise SettingsError(f"--field {s.field}: it must be 0, or pictures (now {width}x{height}) square and no larger")
    try:
        s.check_span(s.field or min(data.size))
        return wire_ram(s, data, learn, stop, _reader(s, data) if s.encoder else None, placed)
    except ValueError as error:
        raise SettingsError(f"{data.name}: {error}") from error


def _reader(s: PictureSettings, data: LabelledImages) -> RecurrentReader:
    """A recurrent reader behind the pretrained encoder."""
    planes, encoder = data.channels * s.scales, Frozen(EachScale(load_encoder(s.encoder), data.channels))
    try:
        see = GatedGlimpse(encoder, s.patch, planes, s.units, normalise=True)
    except ValueError as error:
        raise SettingsError(f"--encoder {s.encoder}: {error}") from error
    return RecurrentReader(s.patch, s.units, len(data.classes), planes, see)


def load_encoder(name: str) -> nn.Module:
    """Call package:function; it returns the network.

    Raises:
        SettingsError: there is no such function, or it returns something else.
    """
    return own_module(name, "--encoder", "a function that returns an encoder")


PICTURES = PictureSettings(
    seen=200_000, batch=64, patch=16, scales=3, shift=4, reach=0.4, wide=0.3, narrow=0.07,
    learner=LearnerSettings(learning_rate=1.5e-3, policy_learning_rate=3e-4), reinforce=REINFORCE,
)  # fmt: skip
