"""Names that changed on 2026-11-30: runs, checkpoints, figures and options from before are read under their new names.

Everything here is to be removed after 2027-06-30, with its callers: `RunDirectory.open` and `.result`, `load_checkpoint`, `read_figures`,
`api.train`, `environments`, the command's options, and the folder of the replay buffer.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

_UNTIL = "2027-06-30"
_SYSTEMS = ("grlf", "ram", "cutout", "dqn", "bench")

_SETTINGS = {"images": "seen", "memory": "buffer", "warm_up": "learning_starts", "steps": "episode_steps"}
_LEARNER = {"steps": "n_step", "miss": "loss"}  # of deep Q-learning
_OPTIONS = {
    "warm-up": "learning-starts", "memory": "buffer", "steps": "episode-steps", "learner.steps": "learner.n-step",
    "learner.miss": "learner.loss", "sure": "confidence",
}  # fmt: skip
# Settings that came later, and mean what was so before.
_LATER_OF_DQN = {"env_args": {}, "wrapper": "", "observation_key": "", "processes": 0}
_TENSORS = (
    (r"(nodes\.|random/)grade\b", r"\1reward"),
    (r"(nodes\.|random/)verdict\b", r"\1prediction"),
    (r"(nodes\.|random/)player\b", r"\1policy"),
    (r"(nodes\.|random/)guide\b", r"\1expert"),
    (r"(nodes\.|random/)sureness\b", r"\1confidence"),
    (r"^learning/memory/dice$", "learning/replay/stream"),
    (r"^learning/memory/", "learning/replay/"),
    (r"^learning/learner/moments/", "learning/learner/optimizer/"),
    (r"^best (iou|return)/", "best value/"),
    (r"^truths$", "ground_truths"),
    (r"^points$", "return"),
)
_KEYS = {
    "guided by the truth": "expert on the ground truth",
    "guided by the forecast": "expert on the forecast",
    "guide in the others": "expert in the others",
    "guide in updates with imitation": "expert in updates with imitation",
    "chance in tests": "test epsilon",
    "decisions of an episode": "decisions per episode",
    "points of every episode": "return of every episode",
    "validation points by decisions, of each run": "validation return by decisions, of each run",
    "decisions and minutes to 18 points in validation, of each run": "decisions and minutes to a validation return of 18, of each run",
}


def renamed_settings(plain: Mapping[str, Any], known: Collection[str] | None = None) -> dict[str, Any]:
    """Settings under their new names.

    Args:
        plain: a recipe's settings, or some of them, as JSON values.
        known: names of the recipe's settings; None: `plain` is complete, and tells which recipe it is of.
    """
    found = {}
    for name, value in plain.items():
        new = _SETTINGS.get(name, name)
        of_an_episode = name != "steps" or "pens" in plain  # other steps count decisions
        renames = of_an_episode if known is None else name not in known and new in known
        if name == "learner" and isinstance(value, Mapping) and "target_every" in value:  # deep Q-learning's
            value = {_LEARNER.get(key, key): each for key, each in value.items()}
        found[new if renames else name] = value
    return found


def with_later_settings(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe's complete settings, with those that there were not yet."""
    learner = plain.get("learner")
    of_dqn = "protocol" in plain and isinstance(learner, Mapping) and "target_every" in learner
    return {**_LATER_OF_DQN, **plain} if of_dqn else {**plain}


def current_options(options: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Options of a Python call under their new names, with a warning about each that changed.

    Raises:
        ValueError: an old name stands next to its new one.
    """
    for old in options:
        (new,) = renamed_settings({old: options[old]}, known)
        if old != new:
            if new in options:
                raise ValueError(f"{old} is the old name of {new}: give one of them")
            warnings.warn(f"{old} is now {new}; the old name works until {_UNTIL}", FutureWarning, stacklevel=3)
    return renamed_settings(options, known)


def renamed_tensor(name: str) -> str:
    """The name of a tensor in a checkpoint."""
    for old, new in _TENSORS:
        name = re.sub(old, new, name)
    return name


def renamed_keys(content: Any) -> Any:
    """The content of a result or a figure, with its keys under their new names."""
    if isinstance(content, dict):
        return {_KEYS.get(key, key): renamed_keys(value) for key, value in content.items()}
    return [renamed_keys(value) for value in content] if isinstance(content, list) else content


def renamed_figure(figure: dict[str, Any]) -> dict[str, Any]:
    """A figure, with its keys and settings under their new names; of the systems that there were then."""
    if str(figure.get("id")).partition("/")[0] not in _SYSTEMS:
        return figure
    found: dict[str, Any] = renamed_keys(figure)
    about = found.get("about")
    if isinstance(about, dict) and isinstance(about.get("settings"), dict):
        about["settings"] = with_later_settings(renamed_settings(about["settings"]))
    return found


def range_and_images(unit: str) -> tuple[tuple[float | None, float | None], int]:
    """Range of a quantity, and test images of a proportion, by its unit: figures from before have an interval by another method."""
    if counted := re.search(r"fraction of (\d+) test images", unit):
        return (0, 1), int(counted[1])
    return ((0, 1) if unit.startswith("mean intersection over union") else (None, None)), 0


def renamed_options(arguments: Sequence[str], known: Collection[str]) -> tuple[list[str], list[str]]:
    """Options under their new names, and a sentence about each that changed.

    Args:
        arguments: the words after a command.
        known: names of the options there are, such as `learner.n-step`.

    Raises:
        ValueError: an old name stands next to its new one.
    """
    given = {word[2:].partition("=")[0].replace("_", "-") for word in arguments if word.startswith("--")}
    found, notices = list[str](), list[str]()
    for place, word in enumerate(arguments):
        name, equals, value = word[2:].partition("=")
        old = name.replace("_", "-")
        new = _new_option(old, value if equals else "".join(arguments[place + 1 : place + 2]), known)
        if not word.startswith("--") or new is None:
            found.append(word)
            continue
        if new in given:
            raise ValueError(f"--{old} is the old name of --{new}: give one of them")
        found.append(f"--{new}{equals}{value}")
        notices.append(f"--{old} is now --{new}; the old name works until {_UNTIL}")
    return found, notices


def current_arguments(arguments: Sequence[str], known: Collection[str]) -> list[str]:
    """A command's arguments with its options under their new names, and a line on standard error about each that changed.

    Raises:
        UsageError: an old name stands next to its new one.
    """
    from saccade.command_line import UsageError, warn  # environments need no command line

    try:
        found, notices = renamed_options(arguments, known)
    except ValueError as error:
        raise UsageError(str(error)) from error
    warn(notices)
    return found


def _new_option(old: str, value: str, known: Collection[str]) -> str | None:
    """The new name of an option, None if it has not changed."""
    if old in known:
        return None
    if old == "images" and "test-images" in known:
        new = "test-images"
    elif old == "images":  # a number of images, or the folder of one's own
        new = "seen" if _is_number(value) and not Path(value).is_dir() else "data"
    else:
        new = _OPTIONS.get(old, "")
    return new if new in known else None


def _is_number(value: str) -> bool:
    """Whether a word was meant as a number; also one that no count can be, which is refused as one."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def replay_folder(run: Path) -> Path:
    """Where a run keeps its replay buffer; runs from before have it in `memory/`."""
    old = run / "memory"
    return old if old.is_dir() else run / "replay"
