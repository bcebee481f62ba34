"""Environments that Gymnasium knows by name: `gymnasium.make("saccade/CutOut-v0")` after `import saccade`."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.vector import AutoresetMode

from saccade.arguments import ArgumentError, check_whole
from saccade.memory import loading

if TYPE_CHECKING:  # knowing the names of environments takes no torch
    from saccade.graph import Graph
    from saccade.graph.environment import GraphEnv, GraphVectorEnv, Picture


def register() -> None:
    """Make the environments known."""
    gym.register("saccade/CutOut-v0", entry_point=f"{__name__}:cutout", vector_entry_point=f"{__name__}:cutouts")


def cutout(render_mode: str | None = None, **options: Any) -> GraphEnv:
    """One game of CutOut; see `cutouts`."""
    graph, picture = _cutout(**options)
    return graph.single_environment(render_mode=render_mode, picture=picture)


def cutouts(
    num_envs: int = 1,
    autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP,
    render_mode: str | None = None,
    **options: Any,
) -> GraphVectorEnv:
    """A batch of games of CutOut, one call of every part per step.

    Args:
        num_envs: games at once.
        autoreset_mode: Gymnasium's.
        render_mode: None, or "rgb_array": the image with the strokes, green on the object and red off it.
        options: `data`: "faces", or a folder that holds images/ and masks/ (default "faces"). `part`: "train", "validation" or
            "test" (default "train"). `size`: side of the images in pixels (default 128). `faces`: how many of them to
            learn from (default 1000); the other parts have 200.
            The others are those of `CutOutRules`: episode_steps, length, pens, reward, observation, segmenter.

    Raises:
        DataError: the folder is no such data, see `load_masked`.
        TypeError: there is no such option.
        ValueError: an option is not what it may be.
    """
    graph, picture = _cutout(**options)
    return graph.environment(num_envs, autoreset_mode=autoreset_mode, render_mode=render_mode, picture=picture)


_MOST = 10**9  # pixels or images: more is a slip of the keyboard
_first: list[int] = []  # the process that made the first environment


def _refuse_forks() -> None:
    """Threads do not survive a fork: a forked process would wait for them for ever.

    Raises:
        RuntimeError: this process was forked from one that has made an environment.
    """
    if _first and _first[0] != os.getpid():
        raise RuntimeError(
            "this process was forked from one that runs an environment already, and its threads are not here: take "
            'vector_kwargs={"context": "spawn"}, or the batch-native gymnasium.make_vec("saccade:saccade/CutOut-v0", num_envs=…)'
        )
    _first[:] = [os.getpid()]


@loading()
def _cutout(
    data: str = "faces", part: str = "train", size: int = 128, faces: int = 1000, **rules: Any
) -> tuple[Graph, Picture]:
    _refuse_forks()
    check_whole(0, _MOST, size=size, faces=faces)
    if not isinstance(data, str | os.PathLike):
        raise ArgumentError(f'data is {data!r}: it must be "faces", or a folder that holds images/ and masks/')
    from saccade.hints import nearest
    from saccade.runs.old_names import current_options
    from saccade.worlds.cutout.images import open_part
    from saccade.worlds.cutout.policies import RandomPolicy, TwoPenRandomPolicy
    from saccade.worlds.cutout.rules import CutOutRules, Pens
    from saccade.worlds.cutout.wiring import cutout

    known = [field.name for field in dataclasses.fields(CutOutRules)]
    rules = current_options(rules, known)
    if unknown := sorted(rules.keys() - {*known}):
        known = ["data", "part", "size", "faces", *known]
        hint = nearest(unknown[0], known)
        # Python's own words: TorchRL's GymEnv tries an option that not every environment has, and looks for them.
        raise TypeError(
            f"CutOut-v0 got an unexpected keyword argument {unknown[0]!r}{hint} (options: {', '.join(known)})"
        )
    chosen = CutOutRules(**rules)
    images = open_part(data, part, size, faces)
    parts = cutout(images, chosen)
    policy = RandomPolicy() if chosen.pens is Pens.ONE else TwoPenRandomPolicy()
    parts.view.view >> policy.view
    parts.overlap.reward >> policy.reward
    policy.action >> parts.move
    return parts.graph(policy, chosen), parts.picture
