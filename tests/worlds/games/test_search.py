"""Search over saved states."""

from __future__ import annotations

from typing import Any

import numpy as np

from saccade.worlds.games.emulators import Bools, EmulatorStep, Longs
from saccade.worlds.games.search import Searchable, search

SIDE = 40
YES = np.ones(1, bool)


class Corridor:
    """A walk on a line: at its end there is a score, in a hole before it a life is lost unless one jumps."""

    name, per_second, cells, shape = "corridor", 1, 2, (1, 1, 2)
    actions: tuple[str, ...] = ("left", "right", "jump")
    hole = 20

    def __init__(self) -> None:
        self.at, self.lives = 0, 3

    def reset(self, which: Bools, seeds: Longs) -> Any:
        self.at, self.lives = 0, 3
        return self.memory()[:, None, None]

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        self.at = max(0, self.at + (-1, 1, 2)[int(actions[0])])
        if self.at == self.hole:
            self.at, self.lives = SIDE, self.lives - 1  # would be a short cut
        score = np.array([float(self.at == SIDE - 1)])
        none = np.zeros(1, bool)
        return EmulatorStep(self.memory()[:, None, None], score, none, none, np.array([self.lives]), YES)

    def memory(self) -> Any:
        return np.array([[self.at, self.lives]], np.uint8)

    def save(self, game: int) -> Any:
        return self.at, self.lives

    def restore(self, game: int, state: Any) -> None:
        self.at, self.lives = state

    def close(self) -> None:
        """Nothing."""


def place(memory: Any) -> int | None:
    return int(memory[0]) if memory[0] < 100 else None


def test_it_gets_where_random_play_does_not_and_never_through_a_death() -> None:
    games: Searchable = Corridor()
    archive = search(games, place, 4_000)
    assert archive.best.score >= 1.0 and len(archive.cells) > 30 and Corridor.hole not in archive.cells
    walk = Corridor()
    for action in archive.best.route:
        walk.step(np.array([action]), YES)
        assert walk.lives == 3
    assert walk.at == archive.best.state[0]


def test_a_way_that_is_as_good_is_the_shortest() -> None:
    archive = search(Corridor(), place, 8_000)
    assert len(archive.cells[10].route) == 5  # jumps of two
    assert archive.cells[10].score == 0.0


def test_the_same_seed_finds_the_same_and_another_one_something_else() -> None:
    one, same, other = (search(Corridor(), place, 500, seed) for seed in (1, 1, 2))
    assert {key: found.route for key, found in one.cells.items()} == {
        key: found.route for key, found in same.cells.items()
    }
    assert [found.route for found in one.cells.values()] != [found.route for found in other.cells.values()]


def test_states_by_what_was_scored() -> None:
    archive = search(Corridor(), place, 4_000)
    groups = archive.by_score(Corridor())
    assert (
        sum(map(len, groups)) == len(archive.cells)
        and len(groups) == len({found.score for found in archive.cells.values()}) > 1
    )
    assert archive.start in groups[0]


class Slide(Corridor):
    """Behind the fifth place nothing helps: one slides into the hole."""

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        return super().step(np.array([1]) if self.at > 5 else actions, which)


def test_no_episode_begins_where_a_life_cannot_be_saved() -> None:
    Slide.hole = 12
    archive = search(Slide(), place, 2_000)
    (states,) = archive.by_score(Slide())
    assert max(at for at, _ in states) == 5 and max(found.state[0] for found in archive.cells.values()) > 5
