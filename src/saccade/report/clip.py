"""A video of one episode: the screen, the saliency of the policy, and its action values."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw, ImageFont

from saccade.extras import missing
from saccade.runs import Checkpoint, CheckpointError, RunError, load_checkpoint, save_checkpoint

from .markup import element

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating[Any]]

FILE, VIDEO = "episode.safetensors", "clip.mp4"
_STILLS = 8
_SIZE = 420  # pixels that a screen is high
_PANEL = 300  # pixels to the right of it
_PAPER, _INK, _PALE, _CHOSEN, _OTHER = (250, 250, 248), (32, 33, 36), (120, 122, 128), (214, 73, 51), (148, 163, 184)
_GLOW = np.array([255, 80, 40], np.float32)


@dataclass(frozen=True)
class Clip:
    """`t` decisions of one episode."""

    pictures: Bytes  # (t + 1, h, w, 3): before every decision, and after the last
    saliency: Bytes  # (t, k, k): 255 where the value of the greedy action changes most with the picture
    q: Floats  # (t, actions)
    action: npt.NDArray[np.int64]  # (t,)
    reward: Floats  # (t,)
    names: Sequence[str]  # of the actions
    title: str
    episode_return: float  # of the whole episode, of which the end may be left out
    per_second: int  # decisions, as fast as people play it
    notes: Sequence[str] = ()  # (t,): a line for each decision; (): none

    def __len__(self) -> int:
        """How many decisions."""
        return len(self.action)

    def shown(self, so_far: float) -> str:
        """A return as text: whole, or with three digits where rewards are fractions."""
        whole = bool(np.all(self.reward == np.round(self.reward)))
        return f"{so_far:,.0f}" if whole else f"{so_far:,.3f}"


def keep_clip(folder: Path, clip: Clip) -> None:
    """Keep an episode in a run directory: as a video, its decisions, and some of its pictures.

    Raises:
        MissingExtraError: imageio is not installed.
        RunError: no space, or not writable.
    """
    write_clip(clip, folder / VIDEO)
    places = np.linspace(0, len(clip), min(_STILLS, len(clip) + 1)).round().astype(np.int64)
    arrays = {
        "places": places, "pictures": clip.pictures[places], "saliency": np.stack([_glow(clip, t) for t in places]),
        "return": np.array(clip.episode_return), "action": clip.action, "reward": clip.reward, "q": clip.q,
    }  # fmt: skip
    tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
    save_checkpoint(folder / FILE, Checkpoint(tensors, {"actions": list(clip.names)}))


@dataclass(frozen=True)
class Decisions:
    """`t` decisions of an episode."""

    action: npt.NDArray[np.int64]  # (t,), places in `names`
    reward: Floats  # (t,)
    q: Floats  # (t, actions), action values
    names: npt.NDArray[np.str_]  # (actions,)


def load_decisions(folder: Path) -> Decisions | None:
    """The decisions of the episode that a run kept; None of runs from before they were kept.

    Raises:
        CheckpointError: there is no such file, or it is damaged.
        RunError: they do not fit together.
    """
    kept = load_checkpoint(folder / FILE)[0]
    if not {"action", "reward", "q"} <= kept.tensors.keys():
        return None
    action, reward, q = (kept.tensors[name].numpy() for name in ("action", "reward", "q"))
    names = np.array([str(name) for name in kept.numbers.get("actions", ())])
    if not len(action) == len(reward) == len(q) or q.shape[1:] != names.shape or (action >= len(names)).any():
        raise RunError(f"{folder / FILE} is damaged: its tensors do not fit together")
    return Decisions(action, reward, q, names)


@dataclass(frozen=True)
class Stills:
    """`m` pictures of an episode."""

    places: npt.NDArray[np.int64]  # (m,): how many decisions had been made
    pictures: Bytes  # (m, h, w, 3)
    saliency: Bytes  # (m, k, k)
    episode_return: float  # of the whole episode


def load_stills(folder: Path) -> tuple[Stills | None, str | None]:
    """What a run kept, if it kept any, and a sentence if something is wrong with it."""
    path = folder / FILE
    if not path.exists():
        return None, None
    try:
        kept = load_checkpoint(path)[0].tensors
        places, pictures, saliency = (kept[name].numpy() for name in ("places", "pictures", "saliency"))
        episode_return = float(kept["return"])
    except (CheckpointError, KeyError) as error:
        return None, f"{path} cannot be read ({error}); to play again, delete it and `saccade eval {folder}`."
    if pictures.ndim != 4 or saliency.ndim != 3 or not len(places) == len(pictures) == len(saliency):
        return None, f"{path} is damaged: its tensors do not fit together."
    return Stills(places, pictures, saliency, episode_return), None


def frames(clip: Clip) -> Iterator[Bytes]:
    """Every decision drawn, `(height, width, 3)`, sides even as video needs them; what the last one led to stays for a second."""
    low, high = float(clip.q.min()), float(clip.q.max())
    returns = np.cumsum([0.0, *clip.reward])
    for t in range(len(clip) + 1):
        screen = shaded(clip.pictures[t], _glow(clip, t))
        wide = round(screen.width * _SIZE / screen.height) // 2 * 2
        whole = Image.new("RGB", (wide + _PANEL, _SIZE), _PAPER)
        whole.paste(screen.resize((wide, _SIZE), Image.Resampling.NEAREST), (0, 0))
        draw = ImageDraw.Draw(whole)
        _heading(draw, wide + 18, clip, t, float(returns[t]))
        if t < len(clip):
            _values(draw, wide + 18, clip, t, (low, high))
        yield from [np.asarray(whole)] * (1 if t < len(clip) else clip.per_second)


def _glow(clip: Clip, t: int) -> Bytes:
    """The saliency of a picture; there is none after the last decision."""
    return clip.saliency[t] if t < len(clip) else np.zeros_like(clip.saliency[0])


def shaded(picture: Bytes, saliency: Bytes) -> Image.Image:
    """A picture that glows where the value of the greedy action changes most with it."""
    size = picture.shape[1], picture.shape[0]
    glow = np.asarray(Image.fromarray(saliency).resize(size, Image.Resampling.BILINEAR), np.float32)[..., None] / 255
    mixed = picture * (1 - 0.7 * glow) + _GLOW * 0.7 * glow
    return Image.fromarray(mixed.round().astype(np.uint8))


def _heading(draw: ImageDraw.ImageDraw, left: int, clip: Clip, t: int, so_far: float) -> None:
    small = ImageFont.load_default(13)
    draw.text((left, 14), _cut(clip.title, _PANEL - 24, small), _PALE, small)
    draw.text((left, 34), f"return {clip.shown(so_far)}", _INK, ImageFont.load_default(18))
    now = f"decision {t + 1:,} of {len(clip):,}" if t < len(clip) else f"after {len(clip):,} decisions"
    draw.text((left, 60), now, _PALE, small)
    if clip.notes and t < len(clip):
        draw.text((left, 80), _cut(clip.notes[t], _PANEL - 24, small), _INK, small)


def _cut(text: str, width: float, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """As much of a line as there is room for."""
    if font.getlength(text) <= width:
        return text
    return next(cut for end in range(len(text), -1, -1) if font.getlength(cut := f"{text[:end]}…") <= width)


def _values(draw: ImageDraw.ImageDraw, left: int, clip: Clip, t: int, span: tuple[float, float]) -> None:
    small, (low, high) = ImageFont.load_default(13), span
    top = 112 if clip.notes else 92
    draw.text((left, top), f"value of every action, {low:.3g} to {high:.3g}", _INK, small)
    room, width = (_SIZE - top - 38) / max(len(clip.names), 1), _PANEL - 150
    for place, name in enumerate(clip.names):
        y, value = top + 24 + place * room, float(clip.q[t, place])
        colour = _CHOSEN if place == clip.action[t] else _OTHER
        draw.text((left, y), name.lower(), _INK if place == clip.action[t] else _PALE, small)
        share = (value - low) / max(high - low, 1e-9)
        draw.rectangle(
            (left + 92, y + 2, left + 92 + max(1.0, share * (width - 60)), y + max(3.0, min(room - 4, 13))), fill=colour
        )
        draw.text((left + 98 + share * (width - 60), y), f"{value:.2f}", _PALE, small)


def check_name(target: Path) -> None:
    """Refuse what is no name of a video.

    Raises:
        RunError: the suffix is neither `.mp4` nor `.gif`.
    """
    if target.suffix not in (".mp4", ".gif"):
        raise RunError(f"a video is .mp4 or .gif, not {target.name!r}")


def write_clip(clip: Clip, target: Path) -> None:
    """Write it as `.mp4` or `.gif`.

    Raises:
        MissingExtraError: imageio is not installed.
        RunError: the suffix is neither, or the file cannot be written.
    """
    check_name(target)
    try:
        import imageio.v2 as imageio
    except ImportError as error:  # pragma: no cover
        raise missing("writing clips", "imageio", "atari") from error
    partial = target.with_name(f".{target.name}.part{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".mp4":
            writer: Any = imageio.get_writer  # its types say less than it does
            with writer(partial, fps=clip.per_second, codec="libx264", macro_block_size=2) as video:
                for frame in frames(clip):
                    video.append_data(frame)
        else:
            images = [Image.fromarray(frame).quantize(64) for frame in frames(clip)]
            images[0].save(
                partial, save_all=True, append_images=images[1:], duration=_delays(len(images), clip.per_second), loop=0
            )
        partial.replace(target)
    except OSError as error:
        raise RunError(f"cannot write {target}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def embedded(path: Path) -> str:
    """A video in a page itself; nothing where it has been removed."""
    if not path.exists():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return element("video", src=f"data:video/mp4;base64,{data}", controls="", loop="", width="620")


def _delays(count: int, per_second: float) -> list[int]:
    """Milliseconds that each frame of a GIF is shown: whole hundredths of a second, as it counts, that add up to the right time."""
    ends = np.round(np.arange(count + 1) * 100 / per_second).astype(int)
    return [int(10 * delay) for delay in np.diff(ends)]
