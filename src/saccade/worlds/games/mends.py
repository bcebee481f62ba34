"""What a learner from pixels can see and do, and for environments that are not so, the wrapper of Gymnasium that mends them."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box

_LEAST = 8  # pixels each way
_BINS = 5  # values of each number of a continuous action


def in_words(space: Any) -> str:
    """A space in one line, which is cut where bounds are whole arrays."""
    return shorten(str(space), 200, placeholder=" …")


def is_picture(space: gym.Space[Any]) -> bool:
    """Whether its samples can be learned from: uint8 (height, width), (height, width, 1) or (height, width, 3)."""
    if not isinstance(space, Box) or space.dtype != np.uint8 or len(space.shape) not in (2, 3):
        return False
    return min(space.shape[:2]) >= _LEAST and (*space.shape, 1)[2] in (1, 3)


def mend_of_pictures(space: gym.Space[Any], seen: str = "seen") -> str:
    """How to make pixels of a picture in another form, as the end of a sentence; "": it is none. `seen`: where it is in an observation."""
    if not isinstance(space, Box) or len(space.shape) not in (2, 3):
        return ""
    shape = space.shape
    if len(shape) == 3 and shape[2] not in (1, 3, 4):  # channels first, or a stack of frames
        if shape[0] not in (1, 3, 4):
            return ""
        shape, seen = (
            (shape[1:], f"{seen}[-1]") if shape[0] == 4 else ((*shape[1:], shape[0]), f"{seen}.transpose(1, 2, 0)")
        )
    elif len(shape) == 3 and shape[2] == 4:  # the fourth is how opaque a pixel is
        shape, seen = (*shape[:2], 3), f"{seen}[..., :3]"
    if min(shape[:2]) < _LEAST:
        return ""
    if space.dtype != np.uint8:
        low, high = _range(space)
        shifted = seen if low == 0 else f"({seen} - {low:g})"
        scaled = shifted if high - low == 255 else f"({shifted} * {255 / (high - low):g})"
        seen = f"{scaled}.astype('uint8')"
    return _wrapper(
        "pixels",
        f"TransformObservation(env, lambda seen: {seen}, gym.spaces.Box(0, 255, {tuple(map(int, shape))}, 'uint8'))",
    )


def mend_of_actions(space: gym.Space[Any]) -> str:
    """How to make a choice of one from a continuous action, as the end of a sentence; "": it is none."""
    bounded = isinstance(space, Box) and space.is_bounded() and len(space.shape) == 1
    return _wrapper("choices", f"DiscretizeAction(env, bins={_BINS})") if bounded else ""


def _range(space: Box) -> tuple[float, float]:
    """The declared range, or 0 to 1 where there is none."""
    low, high = float(space.low.min()), float(space.high.max())
    return (low, high) if np.isfinite([low, high]).all() and high > low else (0.0, 1.0)


def _wrapper(name: str, code: str) -> str:
    return (
        f". To mend it, put `import gymnasium as gym` and `def {name}(env): return gym.wrappers.{code}` into a module my_wrappers, "
        f"and name it: --wrapper my_wrappers:{name}"
    )
