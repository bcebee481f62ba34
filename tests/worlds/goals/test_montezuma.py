"""Objects in the first room of Montezuma's Revenge, against the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from saccade.worlds.games.ale_games import AleGames, AleRules, MemoryGames
from saccade.worlds.games.search import Archive, search
from saccade.worlds.goals.goals import is_there
from saccade.worlds.goals.montezuma import FURNITURE, KEY, NAMES, carries, is_dying, objects, place, stands_in

BUTTONS = ("NOOP", "FIRE", "UP", "RIGHT", "LEFT", "DOWN", "RIGHTFIRE", "LEFTFIRE")
YES = np.ones(1, bool)
RED, SKULL_WHITE = (200, 72, 72), (236, 236, 236)  # of the agent's shirt; of the skull


def game(kind: type[AleGames] = AleGames) -> AleGames:
    return kind("montezuma_revenge", 1, AleRules(BUTTONS, no_ops=0, waits=is_dying))


@pytest.fixture(scope="module")
def archive() -> Archive:
    return search(game(MemoryGames), place, 30_000, 2)


def boxes(games: AleGames) -> dict[str, list[float]]:
    found = objects(torch.zeros(1), torch.from_numpy(games.memory()))[0]
    return dict(zip(NAMES, found.tolist(), strict=True))


def middle(mask: Any) -> tuple[float, float]:
    y, x = np.nonzero(mask)
    return float(x.mean()), float(y.mean())


def coloured(games: AleGames, colour: tuple[int, int, int]) -> Any:
    shown = (games.colours(0) == colour).all(2)
    shown[:45] = False  # the score and the lives
    return shown


def test_agent_and_skull_are_where_their_pixels_are(archive: Archive) -> None:
    games, checked = game(), 0
    states = [found.state for cell, found in archive.cells.items() if isinstance(cell, tuple) and cell[0] == 1]
    for state in states[::5]:
        games.restore(0, state)
        games.step(np.zeros(1, np.int64), YES)
        found = boxes(games)
        for name, colour in (("agent", RED), ("skull", SKULL_WHITE)):
            mask, (x, y, wide, high) = coloured(games, colour), found[name]
            if not wide or not mask.any() or (name == "skull" and not mask[160:].any()):
                continue
            at_x, at_y = middle(mask if name == "agent" else mask & (np.arange(210) >= 160)[:, None])
            assert x - 3 <= at_x <= x + wide + 3 and y - 4 <= at_y <= y + high + 4, (name, found[name], at_x, at_y)
            checked += 1
    assert checked > 60


def test_what_does_not_move_is_where_the_screen_shows_it() -> None:
    games = game()
    games.reset(YES, np.zeros(1, np.int64))
    shown = games.colours(0)
    background = (0, 0, 0)
    for name, (x, y, wide, high) in {**FURNITURE, "key": KEY}.items():
        part = shown[y : y + high, x : x + wide]
        drawn = (part != background).any(2)
        # It reaches through its box from top to bottom; of a door every other row is black.
        assert drawn[:2].any() and drawn[-2:].any()
        assert drawn.any(1).mean() > 0.5 and drawn.mean() > 0.15, name


def test_the_key_is_on_its_shelf_then_with_the_agent_then_nowhere(archive: Archive) -> None:
    games = game()
    with_key = min(
        (found for cell, found in archive.cells.items() if isinstance(cell, tuple) and cell[0] == 1 and cell[3] & 2),
        key=lambda found: len(found.route),
    )  # fmt: skip
    where = []
    games.restore(0, archive.start)
    for action in with_key.route:
        where.append(objects(torch.zeros(1), torch.from_numpy(games.memory())))
        games.step(np.array([action]), YES)
    where.append(objects(torch.zeros(1), torch.from_numpy(games.memory())))
    agents, keys = (torch.cat([each[:, NAMES.index(name)] for each in where]) for name in ("agent", "key"))
    carried = carries(agents, keys)
    assert carried[-1] and not carried[0] and keys[0].tolist() == list(KEY)
    assert is_there(keys).all() and (carried.int().diff() >= 0).all()  # once taken, it stays taken


def test_the_middle_ladder_is_where_its_lower_end_is() -> None:
    end = torch.tensor([FURNITURE["middle ladder"]]).float()
    top, down = (torch.tensor([[76.0, y, 8, 20]]) for y in (100, 115))
    assert not stands_in(top, end) and bool(stands_in(down, end))


def test_nothing_is_there_while_the_agent_dies_or_in_another_room(archive: Archive) -> None:
    games = game()
    games.reset(YES, np.zeros(1, np.int64))
    memory = torch.from_numpy(games.memory())
    for cell, value in ((55, 9), (3, 2)):
        other = memory.clone()
        other[0, cell] = value
        assert not objects(torch.zeros(1), other).any()
    dying = memory[0].clone().numpy()
    dying[55] = 9
    assert is_dying(dying) and place(dying) is None and place(memory[0].numpy()) == (1, 9, 29, 0, 124, 124)
