"""Environments of other people: how they are made, what they show, and how many of them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.worlds import DataError
from saccade.worlds.games.emulators import Emulators, EmulatorStep
from saccade.worlds.games.game_spec import GameSpec
from saccade.worlds.games.pixel_env import PixelEnv
from saccade.worlds.games.pixel_games import PixelGames
from saccade.worlds.games.process_games import ProcessGames
from saccade.worlds.games.turns import Turns
from tests import odd_games
from tests.odd_games import MODULE

sys.path.append(str(Path(__file__).parents[3]))  # other processes import it by its name
CATCH = f"{MODULE}:Sized-v0"
SIX = {"falls": 6}


def played(games: Emulators, count: int, steps: int = 14) -> list[EmulatorStep]:
    """The first screens, and what random actions lead to; in the first game episodes follow each other, the others stand still after theirs."""
    rng, every = np.random.default_rng(3), np.ones(count, bool)
    nothing = np.zeros(count)
    found = [EmulatorStep(games.reset(every, np.arange(count)), nothing, ~every, ~every, nothing.astype(int), every)]
    goes = every.copy()
    for _ in range(steps):
        found.append(games.step(rng.integers(0, 3, count), goes))
        goes &= ~found[-1].done
        if found[-1].done[0]:
            goes[0] = True
            games.reset(np.arange(count) == 0, np.full(count, 5))
    games.close()
    return found


def assert_same(one: list[EmulatorStep], other: list[EmulatorStep]) -> None:
    for here, there in zip(one, other, strict=True):
        for name in EmulatorStep.__dataclass_fields__:
            assert np.array_equal(getattr(here, name), getattr(there, name)), name


def test_copies_in_processes_go_as_those_in_one() -> None:
    env = PixelEnv(CATCH, SIX)
    divided = ProcessGames(env, 3, 2)
    assert divided.actions == ("action 0", "action 1", "action 2") and divided.shape == (4, 84, 84)
    assert_same(played(divided, 3), played(PixelGames(env, 3), 3))


def test_a_library_with_one_emulator_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odd_games, "made_in", [])  # other tests in this process
    once = GameSpec(f"{MODULE}:OnePerProcess-v0", games=2, processes=2)
    assert once.check() is not None  # it has no time limit
    catch = PixelEnv(CATCH, SIX)
    assert_same(played(once.open(2), 2), played(PixelGames(catch, 2), 2))
    for spec in (GameSpec(once.name), GameSpec(once.name, games=3, processes=2)):
        with pytest.raises(
            DataError,
            match=r"can be made once in a process, and not once more \(Cannot create multiple .*as many --processes as --games",
        ):
            spec.check()


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("Dying", r"a process that plays .*Dying-v0 has died \(exit code 7\)"),
        (
            "Failing",
            r"Failing-v0 fails when it is played \(OwnError: no such lever in .*odd_games\.py, line \d+\): fix it",
        ),
        ("Leaving", r"Leaving-v0 fails when it is played \(SystemExit: no display in .*odd_games\.py"),
        ("Unplayable", r"Unplayable-v0 cannot be played \(AttributeError: .*'observation_space'"),
        ("Gone", r"Gone-v0 is no environment that Gymnasium can make"),
    ],
)
def test_what_goes_wrong_in_another_process(kind: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        GameSpec(f"{MODULE}:{kind}-v0", processes=1).check()


@pytest.mark.parametrize("processes", [0, 1])
def test_an_environment_of_the_present_folder(processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register = f"gymnasium.register('Mine-v0', entry_point='{MODULE}:Sized')"
    (tmp_path / f"mine_{processes}.py").write_text(f"import gymnasium\n{register}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    games = GameSpec(f"mine_{processes}:Mine-v0", arguments=SIX, processes=processes).open(1)
    assert games.reset(np.ones(1, bool), np.zeros(1, np.int64)).any()
    games.close()
    with pytest.raises(
        DataError, match=rf"No module named 'nowhere_here'.* \(it is looked for in {tmp_path} and among"
    ):
        GameSpec("nowhere_here:Mine-v0").open(1)


def test_an_environment_of_this_process_only() -> None:
    with pytest.raises(
        DataError, match=r"CatchGrey-v0 is registered in this process only.*name it module:CatchGrey-v0"
    ):
        GameSpec("CatchGrey-v0", processes=1).check()
    assert "other processes cannot import it from a script" in str(GameSpec(CATCH, wrapper="__main__:mine").only_here())


def test_episodes_in_turns_are_those_that_are_played_at_once() -> None:
    env, seeds, actions = PixelEnv(CATCH, SIX), np.arange(5), np.random.default_rng(0).integers(0, 3, (6, 5))
    together = PixelGames(env, 5)
    whole = [
        together.reset(np.ones(5, bool), seeds),
        *(together.step(each, np.ones(5, bool)).screen for each in actions),
    ]
    turns = Turns(PixelGames(env, 2), 2, 5)
    found = np.zeros_like(whole)
    played = []
    for games in turns:
        played.append(games.tolist())
        screens = [turns.reset(games, seeds)]
        for each in actions:
            step = turns.step(each, games)
            screens.append(step.screen)
        assert np.array_equal(step.done, games) and step.shown[games].all() and (step.score[games] != 0).all()
        found += np.stack(screens)
    assert played == [[*map(bool, row)] for row in ([1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1])]
    assert np.array_equal(found, np.stack(whole))
    together.close(), turns.close()


def test_arguments_of_an_environment() -> None:
    games = GameSpec(CATCH, arguments={"falls": 2, "mode": "hard"}).open(1)
    games.reset(np.ones(1, bool), np.zeros(1, np.int64))
    assert [bool(games.step(np.ones(1, np.int64), np.ones(1, bool)).done[0]) for _ in range(2)] == [False, True]
    assert GameSpec(CATCH, arguments={"falls": 2, "mode": "hard"}).title == f"{CATCH} (falls=2, mode=hard)"
    with pytest.raises(
        DataError, match=r"Sized-v0 cannot be made with --env-args falls=2 mode=odd \(ValueError: there is no mode odd"
    ):
        GameSpec(CATCH, arguments={"falls": 2, "mode": "odd"}).check()
    with pytest.raises(DataError, match="--env-args and --wrapper: pong is an Atari game"):
        GameSpec("pong", arguments={"mode": 1}, wrapper="a:b").check()


def test_a_wrapper_is_called_with_every_copy() -> None:
    plain = GameSpec(CATCH, arguments=SIX).open(2)
    turned = GameSpec(CATCH, arguments=SIX, wrapper=f"{MODULE}:upside_down", processes=1).open(2)
    here, there = (games.reset(np.ones(2, bool), np.arange(2)) for games in (plain, turned))
    assert np.array_equal(here[:, :, ::-1], there) and not np.array_equal(here, there)
    plain.close(), turned.close()


@pytest.mark.parametrize(
    ("wrapper", "why"),
    [
        ("grey", "--wrapper grey: it must be package:name"),
        ("nowhere:grey", "--wrapper nowhere:grey cannot be imported: No module named 'nowhere'"),
        (f"{MODULE}:upside_dow", f"the module {MODULE} has no upside_dow — did you mean 'upside_down'"),
        (f"{MODULE}:MODULE", "is a str: it must be a function that wraps an environment"),
        (f"{MODULE}:nothing", "returns NoneType: it must return an environment"),
        (f"{MODULE}:broken", r"fails on .*Sized-v0 \(KeyError: 'rgb' in .*odd_games\.py"),
    ],
)
def test_wrappers_that_wrap_nothing(wrapper: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        GameSpec(CATCH, arguments=SIX, wrapper=wrapper).check()


def screens(spec: GameSpec) -> Any:
    """The first screen and the one after it."""
    games = spec.open(1)
    first = games.reset(np.ones(1, bool), np.zeros(1, np.int64))
    second = games.step(np.ones(1, np.int64), np.ones(1, bool)).screen
    games.close()
    return np.stack([first, second]).astype(int)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules that can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_wrappers", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        *(
            ("Shown", {"way": way})
            for way in ("rgba", "channels first", "floats", "unbounded", "around zero", "floats first", "grey first")
        ),
        ("Several", {"floats": True}),
        ("Steered", {}),
    ],
)
def test_the_wrapper_that_a_message_names_mends_it(kind: str, arguments: dict[str, Any], modules: Path) -> None:
    """Done as it says, to the letter, the environment shows what the same one in bytes does."""
    spec = GameSpec(f"{MODULE}:{kind}-v0", arguments=arguments)
    with pytest.raises(DataError, match=r"(not pixels|only Discrete actions can be learned)") as caught:
        spec.check()
    steps = re.search(r"put `(.+?)` and `(.+?)` into a module (\w+), and name it: --wrapper (\S+)$", str(caught.value))
    assert steps is not None, str(caught.value)
    (modules / f"{steps[3]}.py").write_text(f"{steps[1]}\n{steps[2]}\n")
    mended = GameSpec(spec.name, arguments=arguments, wrapper=steps[4])
    mended.check()
    plain = screens(GameSpec(CATCH, arguments=SIX))
    if kind == "Steered":
        assert len(mended.open(1).actions) == 5 and (screens(mended)[0] == plain[0]).all()
    else:
        assert plain.max() > 100 and np.abs(screens(mended) - plain).max() <= 1


def test_grey_is_that_of_ale() -> None:
    """ITU-R BT.601; Gymnasium 1.4.0's GrayscaleObservation has 0.2125, 0.7154 and 0.0721."""
    lightest = [
        screens(GameSpec(f"{MODULE}:Shown-v0", arguments={"way": way})).max() for way in ("red", "green", "blue")
    ]
    assert lightest == [76, 150, 29]


def test_observations_by_key() -> None:
    plain = screens(GameSpec(CATCH, arguments=SIX))
    one, two = (GameSpec(f"{MODULE}:Several-v0", arguments={"pictures": number}) for number in (1, 2))
    assert (screens(one) == plain).all()  # the only picture
    with pytest.raises(
        DataError, match=r"shows pictures under (map and screen|screen and map): choose one, such as --observation-key"
    ):
        two.check()
    shown = {key: screens(GameSpec(two.name, arguments=two.arguments, key=key)) for key in ("screen", "map")}
    assert (shown["screen"] == plain).all() and (shown["map"][:, :, -1] == 255 - plain[:, :, -1]).all()


@pytest.mark.parametrize(
    ("kind", "arguments", "key", "why"),
    [
        ("Several", {}, "scren", "has no such observation — did you mean 'screen'"),
        ("Several", {}, "health", r"shows Box\(0.0, 100.0, \(1,\), float32\), not pixels"),
        ("Several", {"pictures": 0}, "", "none of it is pixels"),
        ("Sized", SIX, "screen", "no dictionary: leave the option out"),
    ],
)
def test_keys_that_there_are_not(kind: str, arguments: dict[str, Any], key: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        GameSpec(f"{MODULE}:{kind}-v0", arguments=arguments, key=key).check()


@pytest.mark.parametrize("black", [True, False])
def test_a_time_out_as_of_vizdoom_is_no_terminal_state_and_its_black_picture_is_not_learned_from(black: bool) -> None:
    """Both at once with a picture are a terminal state, as an episode may end by itself in its last decision."""
    games = GameSpec(f"{MODULE}:LateAsDoom-v0", arguments={"black": black}).open(2)
    games.reset(np.ones(2, bool), np.zeros(2, np.int64))
    steps = [games.step(np.ones(2, np.int64), np.ones(2, bool)) for _ in range(6)]
    assert all(step.shown.all() and not step.done.any() for step in steps[:-1])
    last = steps[-1]
    assert last.done.all() and (last.truncated == black).all() and (last.shown == (not black)).all()
    games.close()
