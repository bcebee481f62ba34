"""A folder of images with masks as data: `images/NAME.jpg` and `masks/NAME.png`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from .decoding import MODES, is_lossy, opened, turned
from .files import DataError
from .masked import MaskedImages
from .pictures import Colour, PictureFormat, check_alike, lot, read_all, size_of

_VALIDATION, _TEST = 0.1, 0.2  # shares of the images
_HIDDEN = "."


@dataclass(frozen=True)
class MaskedSplits:
    """Images to learn from, to choose by, and to measure with."""

    train: MaskedImages
    validation: MaskedImages
    test: MaskedImages
    notice: str | None = None

    def part(self, name: str) -> MaskedImages:
        """A part by its name.

        Raises:
            DataError: there is none of that name.
        """
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        if name not in parts:
            raise DataError(f"part {name!r}: it must be one of {', '.join(parts)}")
        return parts[name]


def load_masked(folder: Path | str, side: int = 0, watch: Callable[[float], None] = lambda _: None) -> MaskedSplits:
    """Read `folder/images` and `folder/masks`, and part them by a hash of their names, so that new images move no old ones.

    A mask is of its image's size and of the same name but for the ending. Whatever is not black is object: white, or colours that
    number several objects. Where all pixels are of one colour, the object is what is not transparent.

    Args:
        folder: the folder.
        side: scale and centre-crop images and masks to squares of this side; 0: as they are, all of one size.
        watch: called with the share that is read.

    Raises:
        DataError: a folder, an image or a mask is missing or cannot be read; a mask has another size, grey values, no object
            or nothing else; there are too few images. The message names the file and the fix.
    """
    whole, lots = _read(Path(folder).expanduser(), side, watch)
    test, validation = lots < _TEST, (lots >= _TEST) & (lots < _TEST + _VALIDATION)
    train = _part(whole, ~test & ~validation, "train")
    return MaskedSplits(train, _part(whole, validation, "validation"), _part(whole, test, "test"))


def load_whole(folder: Path | str, side: int = 0, watch: Callable[[float], None] = lambda _: None) -> MaskedImages:
    """The same, all in one: to measure with what was trained on other images.

    Raises:
        DataError: as `load_masked`, but that one image is enough.
    """
    return _read(Path(folder).expanduser(), side, watch)[0]


def _read(root: Path, side: int, watch: Callable[[float], None]) -> tuple[MaskedImages, torch.Tensor]:
    """All images, and the lot of each, in [0, 1)."""
    for part in ("images", "masks"):
        if not (root / part).is_dir():
            raise DataError(
                f"{root / part} is not a folder: images lie in {root / 'images'}, masks in {root / 'masks'}"
            )
    images, masks = _by_stem(root / "images"), _by_stem(root / "masks")
    if not images:
        raise DataError(f"{root / 'images'} is empty: put images into it")
    if lost := sorted(images.keys() - masks.keys()):
        raise DataError(
            f"{images[lost[0]]} has no mask: put {lost[0]}.png into {root / 'masks'}, or take the image away"
        )
    paths = sorted(images.values(), key=lambda path: lot(root, path.with_suffix("")))
    read = [
        pixels
        for pixels in read_all(paths, PictureFormat(side, Colour.RGB), watch, lambda _: None)
        if pixels is not None
    ]
    found = [_mask(masks[path.stem], path, side) for path in paths]
    check_alike(list(zip(paths, read, strict=True)), "side=")
    whole = MaskedImages(
        torch.from_numpy(np.stack(read)).permute(0, 3, 1, 2).contiguous(),
        torch.from_numpy(np.stack(found)),
        root.resolve().name,
    )
    lots = torch.tensor([lot(root, path.with_suffix("")) for path in paths], dtype=torch.float64)
    return whole, lots


def _part(whole: MaskedImages, which: torch.Tensor, name: str) -> MaskedImages:
    if not which.any():
        raise DataError(
            f"{whole.name} has {len(whole)} images, and none falls to the {name} part, as their names decide: add images, of 50 "
            "some nearly always do"
        )
    return whole.part(which, f"{whole.name} {name}")


def _by_stem(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith(_HIDDEN):
            if path.stem in found:
                raise DataError(f"{found[path.stem]} and {path} have one name: rename one")
            found[path.stem] = path
    return found


def _mask(path: Path, image: Path, side: int) -> npt.NDArray[np.bool_]:
    """The mask of an image, `(h, w)`, scaled and cut as the image is."""
    try:
        with opened(path) as picture:
            if picture.mode not in MODES:
                raise DataError(
                    f"{path} has pixels of mode {picture.mode}, not of 8 bits: save it as a black and white PNG"
                )
            lossy, pixels = is_lossy(path, picture), np.asarray(turned(picture).convert("RGBA"))
    except UnidentifiedImageError:
        raise DataError(f"{path} is not a picture: a mask is black and white, such as a PNG") from None
    except DataError:
        raise
    except Exception as error:  # every decoder has its own
        raise DataError(f"{path} cannot be read ({' '.join(str(error).split())}): write it anew") from error
    if pixels.shape[:2] != (size := size_of(image)):
        (h, w), (height, width) = pixels.shape[:2], size
        raise DataError(f"{path} is {w}x{h} pixels and {image} {width}x{height}: make them one size")
    mask = _object(path, pixels, lossy)
    _check_both(mask, path, image, "")
    if side:
        fitted = ImageOps.fit(Image.fromarray(mask.astype(np.uint8) * 255), (side, side), Image.Resampling.BOX)
        mask = np.asarray(fitted) >= 128
        _check_both(mask, path, image, f" at {side}x{side} pixels")
    return mask


def _object(path: Path, pixels: npt.NDArray[np.uint8], lossy: bool) -> npt.NDArray[np.bool_]:
    """Where the object is, `(h, w)`, in a mask `(h, w, 4)`."""
    colours, alpha = pixels[..., :3], pixels[..., 3]
    if (colours == colours[:1, :1]).all() and alpha.min() < alpha.max():
        _check_two(path, alpha, "half transparent values")
        return alpha > 0
    if (colours == colours[..., :1]).all():
        _check_two(path, colours[..., 0], "grey values")
    elif lossy:
        raise DataError(
            f"{path} is in colour and compressed with loss, so that black is not quite black: save it as PNG, from the original"
        )
    return colours.any(2) & (alpha > 0)


def _check_two(path: Path, pixels: npt.NDArray[np.uint8], what: str) -> None:
    values = np.unique(pixels)
    if len(values) > 2 or (len(values) == 2 and values[0] > 0):
        odd = values[(values > 0) & (values < values[-1])][:1]
        raise DataError(
            f"{path} holds {what} ({', '.join(map(str, odd)) or values[0]}): a mask is black and white, or in colours; "
            "threshold it first"
        )


def _check_both(mask: npt.NDArray[np.bool_], path: Path, image: Path, where: str) -> None:
    for what, wrong in (("no object", not mask.any()), ("nothing but object", bool(mask.all()))):
        if wrong:
            fix = "take larger images" if where else "black is off the object, all else is on it; correct the mask"
            raise DataError(f"{path} has {what}{where}: {fix}, or take it and {image} away")
