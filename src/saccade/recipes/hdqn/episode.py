"""One episode of a trained agent, decision by decision, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from saccade.report.clip import Bytes, Clip
from saccade.runs import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from saccade.worlds.games.emulators import WithColours
from saccade.worlds.games.played import PlayedGames

from .goal_game import GoalGame
from .playing import Decided, play
from .settings import HDQNSettings

FILE = "episode.safetensors"
_TENSORS = ("goal", "reached", "ended", "holds", "action", "score")
LONGEST = 4_500  # decisions that are kept
_SMALLEST = 36  # pixels of a frame that is a picture, each way
_MARK = (255, 255, 60)  # colour of the goal


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


def record(
    settings: HDQNSettings, game: GoalGame, brain: Mapping[str, Tensor], seed: int
) -> tuple[Episode, Clip | None]:
    """Play an episode and keep it; of several learners the first one's. Where there is something to see, with a film of it.

    Args:
        settings, game: see there.
        brain: trained weights.
        seed: of the game and of the exploration.
    """
    kept = _Kept(game)
    play(settings, game, brain, game.groups, seed, kept)
    goal, reached, ended, holds, action, score, values = (
        torch.stack([getattr(each, name)[0] for each in kept.decisions]) for name in (*_TENSORS, "values")
    )
    titles, actions = tuple(goal.name for goal in game.goals.goals), kept.decisions[0].actions
    episode = Episode(goal, reached, ended, holds, action, score, titles, actions)
    if not kept.pictures:
        return episode, None
    notes = [f"goal: {titles[each]}" for each in goal.tolist()] if goal[0] >= 0 else []
    saliency = np.zeros((len(goal), 1, 1), np.uint8)  # none is computed
    clip = Clip(
        np.stack(kept.pictures), saliency, values.numpy(), action.numpy(), score.numpy(), actions, game.title, float(score.sum()),
        kept.per_second, notes,
    )  # fmt: skip
    return episode, clip


class _Kept:
    """The decisions of the first game, and pictures of it, on which the goal is drawn."""

    def __init__(self, game: GoalGame) -> None:
        self._game = game
        self.decisions: list[Decided] = []
        self.pictures: list[Bytes] = []
        self.per_second = 1
        self._places: list[Tensor] = []
        self._shape = (1, 1)

    def begun(self, games: PlayedGames) -> None:
        """See `Watcher`."""
        self.per_second, self._shape = games.emulators.per_second, games.emulators.shape[1:]
        self._see(games)

    def decided(self, games: PlayedGames, decision: Decided) -> None:
        """See `Watcher`."""
        if bool(decision.going[0]) and len(self.decisions) < LONGEST:
            self.decisions.append(decision)
            self._see(games)
            self._mark(int(decision.goal[0]))

    def _see(self, games: PlayedGames) -> None:
        picture = games.emulators.colours(0) if isinstance(games.emulators, WithColours) else _grey(games.screen[0])
        if picture is not None:
            self.pictures.append(picture.copy())
            screen, memory = torch.from_numpy(games.screen[:1].copy()), torch.from_numpy(games.memory()[:1])
            self._places.append(self._game.places_from(screen, memory)[0])

    def _mark(self, goal: int) -> None:
        """Draw the goal on the picture before the last, which it was pursued from."""
        if goal < 0 or not self.pictures:
            return
        picture, box = self.pictures[-2], self._places[-2][goal]
        height, width = self._game.extent or self._shape
        scale = box.new_tensor([picture.shape[1] / width, picture.shape[0] / height]).repeat(2)
        x, y, wide, high = (box * scale).tolist()
        if wide and high:
            drawn = Image.fromarray(picture)
            line = max(1, picture.shape[0] // 100)
            ImageDraw.Draw(drawn).rectangle(
                (x - line, y - line, x + wide + line - 1, y + high + line - 1), None, _MARK, line
            )
            self.pictures[-2] = np.asarray(drawn)


def _grey(screen: Bytes) -> Bytes | None:
    """The newest frame of a stack, as a picture; None: it is too small to be one."""
    return None if min(screen.shape[1:]) < _SMALLEST else np.repeat(screen[-1][..., None], 3, 2)


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
    except (CheckpointError, KeyError, TypeError):
        return None, f"{path} is damaged: `saccade eval {folder}` plays it again"
