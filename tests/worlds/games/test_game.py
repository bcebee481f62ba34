from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import gymnasium as gym
import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from saccade.worlds import DataError
from saccade.worlds.games import pixel_frames
from saccade.worlds.games.atari import Atari, rom_of
from saccade.worlds.games.emulators import Bools, Emulators, EmulatorStep, Longs
from saccade.worlds.games.game import Game, Rewarding
from saccade.worlds.games.game_spec import GameSpec
from saccade.worlds.games.pixel_env import PixelEnv
from saccade.worlds.games.pixel_games import PixelGames
from saccade.worlds.games.played import PlayedGames
from saccade.worlds.games.protocol import Protocol
from tests.catching import Catch, register

register()

MAKERS: dict[str, Callable[[], Emulators]] = {
    "breakout": lambda: Atari("breakout", 2), "pong": lambda: Atari("pong", 2, Protocol.STICKY), "Catch-v0": lambda: PixelGames(PixelEnv("Catch-v0"), 2),
}  # fmt: skip


@cache  # to make or to seed an Atari game takes as long as 200 decisions in it
def pair(kind: str, which: int = 0) -> Emulators:
    """Two games of a kind; another `which` is another pair."""
    return MAKERS[kind]()


@dataclass
class Recorded:
    """Games that are played once: whoever begins anew and acts the same sees the same again."""

    played: Emulators
    begun: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    steps: list[tuple[bytes, EmulatorStep]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name, self.actions, self.shape = self.played.name, self.played.actions, self.played.shape
        self.per_second = self.played.per_second

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        self.at = 0
        if not self.begun:
            self.begun.append(self.played.reset(which, seeds))
        return self.begun[0]

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        if self.at == len(self.steps):
            self.steps.append((actions.tobytes(), self.played.step(actions, which)))
        pressed, found = self.steps[self.at]
        assert pressed == actions.tobytes()
        self.at += 1
        return found

    def close(self) -> None:
        self.played.close()


def playing(emulators: Emulators, count: int, rewarding: Rewarding = Rewarding()) -> Game:  # noqa: B008 (frozen)
    """A game of these emulators."""
    return Game(PlayedGames(emulators, count), rewarding)


def act_randomly(game: Game, steps: int, rng: np.random.Generator, fresh: Tensor) -> tuple[list[Tensor], Tensor]:
    """Random actions, called as a graph would: an episode that is over begins anew at the next call; screens and rewards in turn."""
    found = []
    everyone = torch.ones(game.count, dtype=torch.bool)
    for _ in range(steps):
        action = torch.from_numpy(rng.integers(0, len(game.games.emulators.actions), game.count))
        if bool(fresh.any()):
            game.forward(action, fresh, fresh)
        screen, reward, _, _, fresh, _ = game.forward(action, ~everyone, everyone)
        found += [screen, reward]
    return found, fresh


@pytest.mark.parametrize("kind", MAKERS)
def test_the_same_seed_shows_the_same(kind: str) -> None:
    shown = []
    for which in range(2):
        game = playing(pair(kind, which), 2)
        game.seed(4)
        shown.append(act_randomly(game, 40, np.random.default_rng(0), torch.ones(2, dtype=torch.bool))[0])
    assert all(torch.equal(one, other) for one, other in zip(*shown, strict=True))
    assert len({bytes(screen[0].numpy().tobytes()) for screen in shown[0][::2]}) > 5


@pytest.mark.parametrize(
    ("kind", "seeded_for", "steps"), [("breakout", 135, 145), *(("Catch-v0", seeded_for, 130) for seeded_for in (1, 20, 1000))]
)  # fmt: skip
def test_a_game_goes_on_from_its_state(kind: str, seeded_for: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saccade.worlds.games.played._SEEDED_FOR", seeded_for)
    game = playing(pair(kind), 2)
    game.seed(4)
    rng = np.random.default_rng(1)
    act_randomly(game, 3, rng, torch.ones(2, dtype=torch.bool))
    _, fresh = act_randomly(game, steps, rng, torch.tensor([True, False]))  # from here on their episodes end apart
    kept, stream = game.games.state(), game.rng.get_state()
    if kind == "breakout":  # one game has begun without a seed, the other one with a seed
        assert kept["begins"].sum(0).tolist() == [3, 2] and (kept["seeded"] > 0).tolist() == [False, True]
    other = playing(pair(kind, 1), 2)
    other.games.load_state(kept)
    other.rng.set_state(stream)
    here, _ = act_randomly(game, 30, np.random.default_rng(2), fresh)
    there, _ = act_randomly(other, 30, np.random.default_rng(2), fresh)
    assert all(torch.equal(one, two) for one, two in zip(here, there, strict=True))


@pytest.mark.parametrize("kind", MAKERS)
def test_a_game_goes_on_though_its_last_episodes_were_not_seeded(kind: str) -> None:
    game, rng = playing(pair(kind), 2), np.random.default_rng(0)
    game.seed(0)
    fresh, shown = torch.ones(2, dtype=torch.bool), set[bytes]()
    for _ in range(8):
        found, over = act_randomly(game, 5, rng, fresh)
        shown.add(found[-2][0].numpy().tobytes())
        fresh = over | torch.tensor([True, False])  # begin anew, in the middle of an episode
    state = game.games.state()
    assert (state["seeded"] == 0).all() and state["begins"][1:].sum(0)[0] == 7 and len(shown) > 2
    other = playing(pair(kind, 1), 2)
    other.games.load_state(state)
    other.rng.set_state(game.rng.get_state())
    here, _ = act_randomly(game, 20, np.random.default_rng(2), over)
    there, _ = act_randomly(other, 20, np.random.default_rng(2), over)
    assert all(torch.equal(one, two) for one, two in zip(here, there, strict=True))


@pytest.mark.parametrize("begun", [0, 1, 2])
def test_a_state_before_the_first_action(begun: int) -> None:
    game, everyone = playing(PixelGames(PixelEnv("Catch-v0"), 2), 2), torch.ones(2, dtype=torch.bool)
    game.seed(5)
    nothing = torch.zeros(2, dtype=torch.int64)
    for _ in range(begun):
        game.forward(nothing, everyone, everyone)
    other = playing(PixelGames(PixelEnv("Catch-v0"), 2), 2)
    other.games.load_state(game.games.state())
    other.rng.set_state(game.rng.get_state())
    for each in [game, other] if begun == 0 else []:
        each.forward(nothing, everyone, everyone)
    here, there = (act_randomly(each, 30, np.random.default_rng(1), ~everyone)[0] for each in (game, other))
    assert all(torch.equal(one, two) for one, two in zip(here, there, strict=True))


def test_a_game_in_use_is_seeded_anew() -> None:
    game, shown = playing(PixelGames(PixelEnv("Catch-v0"), 3), 3), []
    for _ in range(2):
        game.seed(7)
        shown.append(act_randomly(game, 25, np.random.default_rng(0), torch.ones(3, dtype=torch.bool))[0])
    assert all(torch.equal(one, other) for one, other in zip(*shown, strict=True))


def test_rewards_are_clipped_in_training_only() -> None:
    invaders, rewards = Recorded(Atari("space-invaders", 2)), dict[bool, Tensor]()
    for clip in (True, False):
        game = playing(invaders, 2, Rewarding(clip=clip))
        game.seed(0)
        found, _ = act_randomly(game, 80, np.random.default_rng(0), torch.ones(2, dtype=torch.bool))
        rewards[clip] = torch.stack(found[1::2])
    assert set(rewards[True].unique().tolist()) == {0.0, 1.0} and rewards[False].max() >= 5
    assert torch.equal(rewards[True] > 0, rewards[False] > 0)


def test_a_lost_life_is_an_end_of_what_counts_and_not_of_the_episode() -> None:
    breakout, counts = Recorded(pair("breakout")), {}
    for life_counts in (True, False):
        game = playing(breakout, 2, Rewarding(life_counts=life_counts))
        game.seed(5)
        nobody, rng = torch.zeros(2, dtype=torch.bool), np.random.default_rng(0)
        game.forward(torch.zeros(2, dtype=torch.int64), ~nobody, ~nobody)
        done, over, active = torch.zeros(2), torch.zeros(2), ~nobody
        while bool(active.any()):
            _, _, _, terminal, finished, _ = game.forward(torch.from_numpy(rng.integers(0, 4, 2)), nobody, active)
            done, over, active = done + terminal, over + finished, active & ~finished
        counts[life_counts] = done.tolist()
        assert over.tolist() == [1, 1]
    assert counts == {True: [5, 5], False: [1, 1]}


@pytest.mark.parametrize("kind", ["breakout", "Catch-v0"])
def test_frames_stay_what_they_were(kind: str) -> None:
    game, everyone = playing(pair(kind), 2), torch.ones(2, dtype=torch.bool)
    one, *_ = game.forward(torch.zeros(2, dtype=torch.int64), everyone, everyone)
    kept = one.clone()
    for _ in range(5):
        game.forward(torch.ones(2, dtype=torch.int64), ~everyone, everyone)
    assert torch.equal(one, kept)


def test_a_score_that_is_no_number_is_reported() -> None:
    class Broken(PixelGames):
        def step(self, actions: Longs, which: Bools) -> EmulatorStep:
            return replace(super().step(actions, which), score=np.array([0.0, np.nan]))

    game, yes = playing(Broken(PixelEnv("Catch-v0"), 2), 2), torch.ones(2, dtype=torch.bool)
    game.forward(torch.zeros(2, dtype=torch.int64), yes, yes)
    with pytest.raises(DataError, match="Catch-v0 gave the reward nan"):
        game.forward(torch.zeros(2, dtype=torch.int64), ~yes, yes)


@pytest.mark.parametrize(
    "name",
    ["space-invaders", "Space Invaders", "ALE/SpaceInvaders-v5", "space_invaders", "SpaceInvadersNoFrameskip-v4"],
)
def test_a_game_by_any_of_its_names(name: str) -> None:
    assert rom_of(name) == "space_invaders"


def test_an_unknown_game_names_the_nearest() -> None:
    with pytest.raises(DataError, match=r"there is no Atari game 'pongg', did you mean .*pong"):
        GameSpec("pongg").open(1)
    with pytest.raises(
        DataError, match="there is no Atari game 'joust'"
    ):  # for two: the emulator would end the process
        GameSpec("joust").open(1)
    assert GameSpec("PongNoFrameskip-v4").is_atari and not GameSpec("Catch-v0").is_atari
    assert GameSpec("ale_py:ALE/Pong-v5").is_atari and rom_of("ale_py:ALE/Pong-v5") == "pong"
    assert not GameSpec("CatchVersionless").is_atari and not GameSpec("package:Versionless").is_atari


@pytest.mark.parametrize("id_", ["Catch-v0", "CatchGrey-v0", "CatchFlat-v0"])
def test_any_environment_of_pixels(id_: str) -> None:
    games = GameSpec(id_).open(3)
    screens = games.reset(np.ones(3, bool), np.arange(3))
    assert screens.shape == (3, 4, 84, 84) and screens.dtype == np.uint8 and len(games.actions) == 3
    for _ in range(6):
        step = games.step(np.ones(3, np.int64), np.ones(3, bool))
    assert step.done.all() and not step.truncated.any() and set(step.score) <= {-1.0, 1.0}
    part = games.reset(np.array([True, False, False]), np.arange(3))
    assert not (part[0] == step.screen[0]).all() and (part[1:] == step.screen[1:]).all()
    games.close()


@pytest.mark.parametrize(
    ("id_", "why"),
    [
        ("CartPole-v1", r"CartPole-v1 shows Box.*not pixels"), ("Pendulum-v1", r"has the action space Box.*only Discrete actions"),
        ("Catch-v7", r"Catch-v7 is no environment that Gymnasium can make.*Catch-v0"), ("nowhere:Thing-v0", "nowhere:Thing-v0 cannot be made"),
        ("VizdoomXyz-v0", r"Gymnasium can make \(.*\); where a package registers it, name it package:VizdoomXyz-v0"),
    ],
)  # fmt: skip
def test_environments_that_cannot_be_learned(id_: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        GameSpec(id_).open(2)


@pytest.mark.parametrize("id_", ["CatchBits-v0", "CatchVersionless", "CatchRagged-v0", "CatchSlow-v0"])
def test_what_comes_counts_not_what_is_declared(id_: str) -> None:
    """Bytes of 0 and 1, a name without a version, `info` of any shape, less than half a frame per second."""
    games = GameSpec(id_).open(2)
    games.reset(np.ones(2, bool), np.arange(2))
    screens = np.stack([games.step(np.ones(2, np.int64), np.ones(2, bool)).screen for _ in range(3)])
    assert screens.max() > 150 and games.per_second >= 1
    games.close()


@pytest.mark.parametrize("rate", ["thirty", float("nan"), [30], float("inf"), -5, 0, None])
def test_a_rate_that_is_none(monkeypatch: pytest.MonkeyPatch, rate: object) -> None:
    monkeypatch.setattr(Catch, "metadata", {"render_modes": [], "render_fps": rate}, raising=False)
    assert GameSpec("Catch-v0").open(1).per_second == 15


def test_an_environment_that_cannot_be_closed() -> None:
    with pytest.warns(RuntimeWarning, match=r"CatchOpen-v0 cannot be closed \(OSError: still in use"):
        GameSpec("CatchOpen-v0").check()


def test_what_looks_black_is_said() -> None:
    assert "has shown nothing brighter than 1 of 255 in its first 16 decisions" in str(GameSpec("CatchDark-v0").check())


@pytest.mark.parametrize("name", ["ale_py:Pong-v4", "ale_py:PongDeterministic-v4", "ale_py:ALE/Pong-v5"])
def test_all_of_ale_is_atari(name: str) -> None:
    spec = GameSpec(name, protocol=Protocol.STICKY)
    assert spec.is_atari and spec.check() is None and len(spec.open(1).actions) == 18


def test_a_protocol_is_for_atari() -> None:
    with pytest.raises(DataError, match="--protocol sticky: Catch-v0 is no Atari game"):
        GameSpec("Catch-v0", protocol=Protocol.STICKY).check()
    with pytest.raises(DataError, match="there is no package nosuch; Atari games come with ale_py"):
        GameSpec("nosuch:ALE/Pong-v5").check()


@pytest.mark.parametrize(
    ("id_", "why"),
    [
        ("CatchFloats-v0", r"shows float64 of shape \(42, 42\), where it declares Box\(0, 255, \(42, 42\), uint8\): make both the same"),
        ("CatchOldReset-v0", r"has the interface of old Gym \(its reset takes no seed"),
        ("CatchOldStepLimited-v0", r"has the interface of old Gym \(its step returns 4 values, not 5\)"),
        ("CatchBrighter-v0", r"shows the value 255, where it declares Box\(0, 1, \(42, 42\), uint8\): declare the range that it shows"),
        ("CatchOldStep-v0", r"has the interface of old Gym \(its step returns 4 values, not 5\)"),
        ("CatchBroken-v0", r"CatchBroken-v0 cannot be made \(ZeroDivisionError: division by zero in .*catching\.py"),
    ],
)  # fmt: skip
def test_what_is_not_what_it_says(id_: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        games = GameSpec(id_).open(2)
        games.reset(np.ones(2, bool), np.arange(2))
        games.step(np.ones(2, np.int64), np.ones(2, bool))


def test_an_episode_without_a_time_limit_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        "is registered without a time limit: an episode that it does not end itself is truncated after 4,500 decisions"
        in str(GameSpec("CatchEndless-v0").check())
    )
    assert "without a time limit" in str(GameSpec("json:CatchEndless-v0").check())  # a module that would register it
    limited = GameSpec("CatchEndless-v0", arguments={"max_episode_steps": 9})
    assert [spec.check() for spec in (GameSpec("pong"), GameSpec("CatchLimited-v0"), limited)] == [None] * 3
    monkeypatch.setattr(pixel_frames, "LIMIT", 7)
    games = GameSpec("CatchEndless-v0").open(2)
    games.reset(np.ones(2, bool), np.arange(2))
    steps = [games.step(np.ones(2, np.int64), np.ones(2, bool)) for _ in range(7)]
    assert [bool(step.done.any()) for step in steps] == [False] * 6 + [True] and steps[-1].truncated.all()
    games.close()


def test_stacks_begin_with_zeros_as_those_of_ale_do() -> None:
    for name in ("Catch-v0", "pong"):
        screens = GameSpec(name).open(1).reset(np.ones(1, bool), np.arange(1))
        assert not screens[0, :3].any() and screens[0, 3].any(), name


@cache
def grey_pong() -> Emulators:
    return GameSpec("pong").open(1)


def test_the_protocols() -> None:
    assert len(grey_pong().actions) == 6 and len(pair("pong").actions) == 18
    assert Protocol.PAPER.rules.sticky == 0 and Protocol.STICKY.rules.sticky == 0.25
    assert gym.registry["Catch-v0"].entry_point is not None


def test_a_twin_in_colour_goes_the_same_way() -> None:
    grey, colour = grey_pong(), GameSpec("pong").in_colour()
    assert colour is not None and GameSpec("Catch-v0").in_colour() is None
    seeds, rng = np.array([11]), np.random.default_rng(3)
    one, two = grey.reset(np.ones(1, bool), seeds), colour.reset(np.ones(1, bool), seeds)
    assert two.shape == (1, 1, 210, 160, 3)
    for _ in range(80):
        action = rng.integers(0, 6, 1)
        here, there = grey.step(action, np.ones(1, bool)), colour.step(action, np.ones(1, bool))
        assert here.score == there.score and here.done == there.done
        one, two = here.screen, there.screen
    small = torch.nn.functional.interpolate(
        torch.from_numpy(two[0, 0]).permute(2, 0, 1)[None].float(), (84, 84), mode="area"
    )[0]
    light = (0.299 * small[0] + 0.587 * small[1] + 0.114 * small[2]).numpy()
    assert np.abs(light - one[0, -1]).mean() < 6


@pytest.mark.parametrize(("name", "shows"), [("pong", False), ("CatchOneStep-v0", True)])
def test_the_screen_at_a_time_limit_of_ale_is_not_learned_from(
    name: str, shows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a mixture of two decisions (ale-py 0.12.1)."""
    rules = replace(Protocol.PAPER.rules, frames=4, no_ops=1)
    monkeypatch.setattr(Protocol, "rules", rules)
    emulators, yes = GameSpec(name).open(1), torch.ones(1, dtype=torch.bool)
    game = playing(emulators, 1)
    *_, first = game.forward(torch.zeros(1, dtype=torch.int64), yes, yes)
    *_, done, shown = game.forward(torch.zeros(1, dtype=torch.int64), ~yes, yes)
    assert bool(first) and bool(done) and bool(shown) is shows


@pytest.mark.parametrize(("id_", "repeats"), [("Catch-v0", True), ("CatchUnseeded-v0", False)])
def test_a_game_that_ignores_its_seeds_is_found_out_when_it_is_replayed(id_: str, repeats: bool) -> None:
    yes, still = torch.ones(8, dtype=torch.bool), torch.ones(8, dtype=torch.int64)
    game, again = (playing(GameSpec(id_).open(8), 8) for _ in range(2))
    game.seed(1)
    game.forward(still, yes, yes)
    game.forward(still, ~yes, yes)
    again.games.load_state(game.games.state())
    assert again.games.repeats is repeats


def test_a_screen_in_colour_is_the_game_s_own() -> None:
    """Pac-Man has 250 rows and six colours; scaled to 210 rows it would have more."""
    games = GameSpec("pacman").in_colour()
    assert games is not None
    screens = games.reset(np.ones(1, bool), np.arange(1))
    assert screens.shape == (1, 1, 250, 160, 3) and len(np.unique(screens.reshape(-1, 3), axis=0)) <= 6
