"""Settings of deep Q-learning, and the game that is wired from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade import api
from saccade.agents.q_settings import Precision
from saccade.command_line import parse
from saccade.graph.conformance import check_vector_env
from saccade.recipes.dqn.settings import DQNSettings
from saccade.recipes.dqn.wiring import wire
from saccade.training.settings import SettingsError, from_plain, to_plain
from saccade.worlds import DataError
from saccade.worlds.games.env_arguments import parsed
from saccade.worlds.games.env_arguments import words as shown
from saccade.worlds.games.game_spec import GameSpec

from .catch_runs import game_of, open_game, small


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"steps": 0}, "--steps 0: it must be 1"),
        ({"steps": 3}, "--steps 3: it must be 4"),
        ({"epsilon": 1.5}, "--epsilon 1.5"),
        ({"learning_starts": 0}, "--learning-starts 0"),
        ({"buffer": 20}, "--buffer 20: it must be 24 or more"),
        ({"protocol": "papyrus"}, "--protocol papyrus: it must be one of paper, sticky"),
        ({"priority": -0.1}, "--priority -0.1"),
        ({"env_args": "size=8"}, "--env-args 'size=8': it must be a mapping of names to values"),
        ({"processes": -1}, "--processes -1"),
        (
            {"learning_starts": 400, "steps": 400},
            "--learning-starts 400: it must be less than --steps 400",
        ),
    ],
)
def test_settings_that_cannot_run(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        small(**changes)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (700_000, (10_000, 60_000, 100_000)), (150_000, (10_000, 60_000, 100_000)), (30_000, (3_000, 12_000, 30_000)),
        (400, (40, 160, 400)), (20, (2, 8, 96)),
    ],
)  # fmt: skip
def test_what_is_not_given_scales_with_the_decisions(steps: int, expected: tuple[int, int, int]) -> None:
    settings = DQNSettings("pong", steps=steps)
    assert (settings.random_steps, settings.exploring_steps, settings.slots) == expected
    given = DQNSettings("pong", steps=steps, learning_starts=7, epsilon_steps=8, buffer=200)
    assert (given.random_steps, given.exploring_steps, given.slots) == (7, 8, 200)
    described = f"replay of {expected[2]}, batch 32 every 4 decisions after {expected[0]}, "
    assert described in settings.describe() and f"ε from 1 to 0.05 in {expected[1]}" in settings.describe()


def test_how_an_environment_is_made_is_kept(tmp_path: Path) -> None:
    made = {
        "env_args": {"size": 8, "mode": "hard", "goal": [1, 2.5]},
        "wrapper": "a:b",
        "observation_key": "rgb",
        "processes": 2,
    }
    settings = small(**made)
    assert from_plain(DQNSettings, json.loads(json.dumps(to_plain(settings)))) == settings
    assert settings.spec == GameSpec(
        "Catch-v0", arguments=made["env_args"], wrapper="a:b", key="rgb", games=4, processes=2
    )
    with pytest.raises(SettingsError, match=r"env_args is .*: settings.json cannot hold a object"):
        api.train("dqn", env="Catch-v0", env_args={"thing": object()}, out=tmp_path / "new")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["size=8", "mode=hard", "rate=0.5"], {"size": 8, "mode": "hard", "rate": 0.5}),
        (
            ['name="8"', "none=null", "yes=true", "goal=[1,2]", "empty=", "formula=a=b"],
            {"name": "8", "none": None, "yes": True, "goal": [1, 2], "empty": "", "formula": "a=b"},
        ),
        ([], {}),
    ],
)
def test_arguments_on_the_command_line(words: list[str], expected: dict[str, Any]) -> None:
    options = parse(DQNSettings, ["--env", "Catch-v0", "--env-args", *words], "train dqn", "")
    assert options.env_args == expected and parsed(shown(expected)) == expected


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["size"], "--env-args size: it must be name=value"),
        (["a b=1"], "--env-args a b=1: it must be name=value"),
        (["size=1", "size=2"], "size stands there twice"),
    ],
)
def test_words_that_are_no_arguments(words: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parsed(words)


def test_the_wired_game_is_an_environment() -> None:
    settings = small(games=3)
    system = wire(settings, game_of(settings), learn=False)
    check_vector_env(system.graph.environment(num_envs=3))


def test_a_game_must_be_named() -> None:
    with pytest.raises(DataError, match=r"which game\? --env NAME"):
        open_game(small(env=""))


def test_the_filters_compute_as_the_settings_say() -> None:
    values = []
    for precision in (Precision.FULL, Precision.HALF):
        settings = small(precision=precision)
        torch.manual_seed(4)
        network = wire(settings, game_of(settings)).network
        screens = torch.randint(0, 256, (4, network.depth, network.height, network.width), dtype=torch.uint8)
        values.append(network(screens).detach())
        assert ("bfloat16" in settings.describe()) is (precision is Precision.HALF)
    assert not torch.equal(*values) and torch.allclose(*values, atol=0.02)


@pytest.mark.parametrize(
    ("capable", "expected"),
    [({"avx512_bf16": True}, "bfloat16"), ({"avx512_bf16": False, "amx_bf16": True}, "bfloat16"), ({}, "float32")],
)
def test_what_is_chosen_for_this_machine_is_kept(
    capable: dict[str, bool], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capable, raising=False)
    assert to_plain(small())["precision"] == expected  # what a run directory keeps: a run goes on as it began
    assert to_plain(small(precision="float32"))["precision"] == "float32"
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert to_plain(small())["precision"] == "float32"
    with pytest.raises(ValueError, match="precision"):
        small(precision="float16")


def test_an_environment_of_a_script_cannot_be_trained_in_other_processes(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"CatchQuick-v0 is registered in this process only.*name it module:CatchQuick-v0"
    ):
        api.train("dqn", env="CatchQuick-v0", seeds=2, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert GameSpec("CartPole-v1").only_here() is None and GameSpec("pong").only_here() is None


def test_an_environment_that_cannot_be_played_leaves_no_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="CatchFloats-v0 shows float64"):
        api.train("dqn", env="CatchFloats-v0", out=tmp_path / "new")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match=r"out is '.*file', a file: name a folder"):
        api.train("dqn", env="Catch-v0", out=tmp_path / "file")
