"""Search over saved states: random restarts from an archive of cells (Go-Explore, Ecoffet et al. 2021), for any game that can save."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from .emulators import Emulators, WithMemory

_BURST = 30  # decisions after a restart
_SOON = 10  # decisions in which a life that cannot be saved is lost
_REPEATED = 0.7  # probability that the last action is taken once more


@runtime_checkable
class WithStates(Protocol):
    """Games whose states can be saved and restored."""

    def save(self, game: int) -> Any:
        """The state of a game."""

    def restore(self, game: int, state: Any) -> None:
        """Go back to a state."""


class Searchable(Emulators, WithMemory, WithStates, Protocol):
    """Games that can be searched."""


CellOf = Callable[[npt.NDArray[np.uint8]], Hashable | None]
"""From a memory `(bytes,)`, the cell that a state belongs to, such as a place and what is carried; None: not one to come back to."""


@dataclass
class Found:
    """The best way to a cell so far.

    Attributes:
        state: of the game there.
        route: the actions that lead to it from the start.
        score: that they make.
        lives: that are left; more than there can be where it is not known.
        chosen: how often the search has gone on from it.
    """

    state: Any
    route: tuple[int, ...]
    score: float
    lives: float
    chosen: int = 0


@dataclass(frozen=True)
class Archive:
    """What a search has found: the best way to every cell, and the start, from which all routes lead."""

    start: Any
    cells: dict[Hashable, Found]

    def by_score(self, games: Searchable) -> list[list[Any]]:
        """The states of all cells from which a life need not be lost at once, those of equal scores in a list."""
        found: dict[float, list[Any]] = {}
        for each in self.cells.values():
            if not _is_lost(games, each):
                found.setdefault(each.score, []).append(each.state)
        return list(found.values())

    @property
    def best(self) -> Found:
        """Of the highest score; of equals the shortest route."""
        return min(self.cells.values(), key=lambda found: (-found.score, len(found.route)))


def search(
    games: Searchable, cell_of: CellOf, decisions: int, seed: int = 0, watch: Callable[[float], None] = lambda _: None
) -> Archive:
    """Search a game from its start.

    Again and again a cell is drawn, rarely chosen ones more often, its state is restored, and random actions follow. A cell keeps the way
    with the highest score, of equals the shortest.

    Args:
        games: the first of them is played; without sticky actions, or the routes hold for the same states only.
        cell_of: see there.
        decisions: in all.
        seed: of the draws, and of the game.
        watch: called with the share that is done.
    """
    draw = np.random.default_rng(seed)
    count = len(games.memory())
    first = np.arange(count) == 0
    games.reset(np.ones(count, bool), np.full(count, seed))
    start = games.save(0)
    cells: dict[Hashable, Found] = {cell_of(games.memory()[0]): Found(start, (), 0.0, np.inf)}
    keys, weights = list(cells), [1.0]
    made = 0
    while made < decisions:
        share = np.cumsum(weights)
        place = int(np.searchsorted(share, draw.random() * share[-1], side="right"))
        origin = cells[keys[place]]
        origin.chosen += 1
        weights[place] = 1 / np.sqrt(1 + origin.chosen)
        games.restore(0, origin.state)
        route, score, action = list(origin.route), origin.score, int(draw.integers(len(games.actions)))
        lives = -1.0 if origin.lives == np.inf else origin.lives
        for _ in range(min(_BURST, decisions - made)):
            if draw.random() >= _REPEATED:
                action = int(draw.integers(len(games.actions)))
            step = games.step(np.full(count, action), first)
            made += 1
            route.append(action)
            score += float(step.score[0])
            if step.done[0] or step.lives[0] < lives:
                break  # no route leads through a death
            lives = float(step.lives[0])
            cell = cell_of(games.memory()[0])
            if cell is None:
                continue
            known = cells.get(cell)
            if known is None:
                keys.append(cell)
                weights.append(1.0)
                cells[cell] = Found(games.save(0), tuple(route), score, lives)
            elif (score, -len(route)) > (known.score, -len(known.route)):
                cells[cell] = replace(known, state=games.save(0), route=tuple(route), score=score, lives=lives)
        watch(made / decisions)
    return Archive(start, cells)


def _is_lost(games: Searchable, found: Found) -> bool:
    """Whether a life is lost soon, whichever action is held, as in the middle of a fall."""
    count = len(games.memory())
    first = np.arange(count) == 0
    for action in range(len(games.actions)):
        games.restore(0, found.state)
        for _ in range(_SOON):
            step = games.step(np.full(count, action), first)
            if step.done[0] or step.lives[0] < found.lives < np.inf:
                break
        else:
            return False
    return True
