"""One episode of a trained agent, decision by decision, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from saccade.runs import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint

from .goal_game import GoalGame
from .playing import Decided, play
from .settings import HDQNSettings

FILE = "episode.safetensors"
_TENSORS = ("goal", "reached", "ended", "holds", "action", "score")
_LONGEST = 1_000  # decisions that are kept


@dataclass(frozen=True)
class Episode:
    """What an agent did in `t` decisions.

    Attributes:
        goal: that was pursued, int64 `(t,)`; -1 of a flat policy.
        reached: whether the decision reached it, bool `(t,)`.
        ended: whether the pursuit ended with it, bool `(t,)`.
        holds: whether the relation of each goal held after it, bool `(t, goals)`.
        action: int64 `(t,)`.
        score: of the game, float32 `(t,)`.
        goals, actions: their names.
    """

    goal: Tensor
    reached: Tensor
    ended: Tensor
    holds: Tensor
    action: Tensor
    score: Tensor
    goals: tuple[str, ...]
    actions: tuple[str, ...]

    @property
    def options(self) -> list[tuple[int, int, int, bool]]:
        """Of every pursuit: its first decision, the one after its last, the goal, and whether it was reached."""
        found, begin = [], 0
        for end in [*(self.ended.nonzero()[:, 0] + 1).tolist(), len(self.goal)]:
            if end > begin:
                found.append((begin, end, int(self.goal[begin]), bool(self.reached[end - 1])))
            begin = end
        return found


def record(settings: HDQNSettings, game: GoalGame, brain: Mapping[str, Tensor], seed: int) -> Episode:
    """Play an episode and keep it; of several learners the first one's.

    Args:
        settings, game: see there.
        brain: trained weights.
        seed: of the game and of the exploration.
    """
    kept = list[Decided]()

    def watch(decided: Decided) -> None:
        if bool(decided.going[0]) and len(kept) < _LONGEST:
            kept.append(decided)

    play(settings, game, brain, game.groups, seed, watch)
    goal, reached, ended, holds, action, score = (
        torch.stack([getattr(each, name)[0] for each in kept]) for name in _TENSORS
    )
    titles = tuple(goal.name for goal in game.goals.goals)
    return Episode(goal, reached, ended, holds, action, score, titles, kept[0].actions)


def keep_episode(folder: Path, episode: Episode) -> None:
    """Save it for the report."""
    tensors = {name: getattr(episode, name) for name in _TENSORS}
    names = {"goals": list(episode.goals), "actions": list(episode.actions)}
    save_checkpoint(folder / FILE, Checkpoint(tensors, names))


def load_episode(folder: Path) -> tuple[Episode | None, str | None]:
    """The episode that a run kept; None before its test. And what is wrong with the file, if anything is."""
    path = folder / FILE
    if not path.exists():
        return None, None
    try:
        kept, _ = load_checkpoint(path)
        t, names = kept.tensors, {name: tuple(kept.numbers[name]) for name in ("goals", "actions")}
        found = Episode(
            t["goal"], t["reached"], t["ended"], t["holds"], t["action"], t["score"], names["goals"], names["actions"]
        )
        return found, None
    except (CheckpointError, KeyError, TypeError) as error:
        return None, f"{path} cannot be read ({error}): `saccade eval {folder}` plays it again"
