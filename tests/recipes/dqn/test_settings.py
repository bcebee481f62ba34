"""Settings of deep Q-learning, and the game that is wired from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from saccade import api
from saccade.agents.q_settings import Precision
from saccade.graph.conformance import check_vector_env
from saccade.recipes.dqn.wiring import wire
from saccade.training.settings import to_plain
from saccade.worlds import DataError
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
        (
            {"learning_starts": 400, "steps": 400},
            "--learning-starts 400: it must be less than --steps 400",
        ),
    ],
)
def test_settings_that_cannot_run(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        small(**changes)


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
