"""A game in two parts, for policies in loops inside each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from saccade.worlds.games.atari import Atari
from saccade.worlds.games.game import Game, Look, Press, Rewarding, See
from saccade.worlds.games.pixel_env import PixelEnv
from saccade.worlds.games.pixel_games import PixelGames
from saccade.worlds.games.played import PlayedGames
from tests.catching import register

register()
YES = torch.ones(3, dtype=torch.bool)


def catch(count: int = 3) -> PlayedGames:
    return PlayedGames(PixelGames(PixelEnv("Catch-v0"), count), count)


def test_both_parts_are_the_game() -> None:
    game = Game(catch(), Rewarding())
    look, press = Look(catch()), Press(games := catch(), Rewarding())
    look.games = games
    game.seed(3), look.seed(3)
    nothing = torch.zeros(3, dtype=torch.int64)
    whole, *_ = game.forward(nothing, YES, YES)
    assert torch.equal(whole, look.forward(YES, YES))
    for action in torch.from_numpy(np.random.default_rng(0).integers(0, 3, (4, 3))):
        whole, (screen, _, *outcome) = game.forward(action, ~YES, YES), press.forward(action, YES)
        assert all(torch.equal(one, other) for one, other in zip(whole, (screen, *outcome), strict=True))
        assert torch.equal(See(games).forward(YES)[0], whole[0]) and torch.equal(look.forward(~YES, YES), whole[0])


def test_games_that_are_not_asked_stay_as_they_are() -> None:
    """And a resumed run comes to where each of them was."""
    games, copy = catch(), catch()
    look, press = Look(games), Press(games, Rewarding())
    look.seed(1)
    before = look.forward(YES, YES)
    some = torch.tensor([True, False, True])
    after, *_ = press.forward(torch.tensor([0, 0, 2]), some)
    assert torch.equal(after[1], before[1]) and not torch.equal(after[0], before[0])
    copy.load_state(games.state())
    assert copy.repeats and np.array_equal(copy.screen, games.screen)
    other = Press(copy, Rewarding())
    for action in torch.from_numpy(np.random.default_rng(0).integers(0, 3, (4, 3))):
        one, two = (each.forward(action, YES) for each in (press, other))
        assert all(torch.equal(here, there) for here, there in zip(one, two, strict=True))


def test_one_episode_lasts_as_long_as_it_is_asked() -> None:
    games = catch()
    look, press = Look(games), Press(games, Rewarding())
    look.forward(YES, YES)
    done: list[Tensor] = []
    for turn in range(6):
        press_in = torch.tensor([True, turn % 2 == 0, False])
        *_, over, _ = press.forward(torch.ones(3, dtype=torch.int64), press_in)
        done.append(over)
    assert torch.stack(done).sum(0).tolist() == [1, 0, 0]


def test_atari_s_vector_environment_steps_all() -> None:
    games = PlayedGames(Atari("pong", 2), 2)
    look, press = Look(games), Press(games, Rewarding())
    yes = torch.ones(2, dtype=torch.bool)
    look.forward(yes, yes)
    press.forward(torch.zeros(2, dtype=torch.int64), yes)
    with pytest.raises(ValueError, match="pong: 1 of 2 games are to wait, and ale-py's vector environment steps all"):
        press.forward(torch.zeros(2, dtype=torch.int64), torch.tensor([True, False]))
