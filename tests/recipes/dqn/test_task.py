from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade.agents.learner import DivergedError
from saccade.agents.q_networks import QNetwork
from saccade.agents.q_settings import Architecture, Optimiser, Precision, QSettings
from saccade.agents.replay import Transitions
from saccade.graph.conformance import check_vector_env
from saccade.recipes import recipe_named
from saccade.recipes.dqn import task as dqn_task
from saccade.recipes.dqn.learning import DQNLearning
from saccade.recipes.dqn.recording import record, saliency
from saccade.recipes.dqn.settings import DQNSettings, open_game
from saccade.recipes.dqn.wiring import wire
from saccade.runs import RunDirectory, RunError, load_checkpoint, read_metrics
from saccade.training.loop import Progress, Training
from saccade.training.settings import to_plain
from saccade.worlds import DataError
from tests.catching import register

register()


def nobody(_: Progress) -> None:
    """Watch nothing."""


def small(**changes: Any) -> DQNSettings:
    """Catch, for a second or two."""
    base: dict[str, Any] = {
        "env": "Catch-v0", "steps": 400, "games": 4, "network": Architecture.SMALL, "memory": 150, "warm_up": 60, "every": 8,
        "epsilon_steps": 200, "test_episodes": 4, "learner": QSettings(batch=4, target_every=10),
    }  # fmt: skip
    return DQNSettings(**{**base, **changes})


def begin(folder: Path, settings: DQNSettings, seed: int = 3) -> Training:
    run = RunDirectory.create(folder, "dqn", to_plain(settings), seed, command="test", data=None, threads=1)
    return again(run, settings)


def again(run: RunDirectory, settings: DQNSettings) -> Training:
    return Training(recipe_named("dqn"), settings, run, open_game(None, settings, lambda _: None))


def rows(folder: Path) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seen_per_second"} for row in read_metrics(folder)]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(folder / "checkpoint.safetensors")[0].tensors


class Stop(Exception):
    """The run is killed."""


@pytest.fixture(autouse=True)
def few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dqn_task, "_CHECKS", 3)
    monkeypatch.setattr(dqn_task, "_APART", 1)


@pytest.mark.parametrize(("steps", "times"), [(400, 1), (19_999, 1), (50_000, 5), (1_000_000, 20), (10_000_000, 20)])
def test_validations_are_at_most_twenty_and_not_too_near(
    monkeypatch: pytest.MonkeyPatch, steps: int, times: int
) -> None:
    monkeypatch.undo()
    assert dqn_task.validations(steps) == times


def test_a_run_to_its_end(tmp_path: Path) -> None:
    training = begin(tmp_path, small())
    training.train(nobody)
    assert (tmp_path / "memory" / "frames.bin").exists()
    result = training.conclude()
    found = rows(tmp_path)
    assert found[-1]["seen"] == 400 and found[-1]["epsilon"] < found[0]["epsilon"] == 1
    assert sum("validation_return" in row for row in found) == 3
    assert -1 <= result["test"]["return"] <= 1 and len(result["test"]["returns"]) == 4 and result["test"]["length"] == 6
    assert [result[test]["epsilon"] for test in ("test", "test_nearly_greedy")] == [0.05, 0.01]
    assert json.loads(json.dumps(result)) == result and (tmp_path / "clip.mp4").stat().st_size > 1000
    assert not (tmp_path / "memory").exists()  # nobody learns from it any more


def test_updates_are_as_many_as_the_paper_makes(tmp_path: Path) -> None:
    training = begin(tmp_path, small())
    training.train(nobody)
    task = training.task
    assert isinstance(task, dqn_task.DQNTask)
    assert task.learning().learner.updates == (400 - 60) // 8


CHANGES: list[dict[str, Any]] = [
    {},
    {"priority": 0.6, "duelling": True, "learner": QSettings(batch=4, steps=3)},
    {"games": 3, "env": "CatchShort-v0", "learner": QSettings(batch=4, optimiser=Optimiser.RMSPROP)},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_resumed_is_as_if_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    settings = small(**changes)
    monkeypatch.setattr(dqn_task, "_ROW", 8)
    begin(tmp_path / "whole", settings).train(nobody)
    broken = begin(tmp_path / "broken", settings)

    def stop(progress: Progress) -> None:
        if progress.seen >= 300:
            raise Stop

    with pytest.raises(Stop):
        broken.train(stop)
    resumed = again(broken.run, settings)
    assert (
        resumed.restore() is None and 200 < resumed.seen < 300
    )  # what came after the checkpoint is in the memory's files
    resumed.train(nobody)
    assert rows(tmp_path / "broken") == rows(tmp_path / "whole")
    one, two = weights(tmp_path / "broken"), weights(tmp_path / "whole")
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


DRIVER = """
import sys
sys.path.insert(0, sys.argv[3])
import torch
torch.set_num_threads(1)
from tests.catching import register
register()
from saccade.recipes import dqn_task
dqn_task._CHECKS, dqn_task._APART, dqn_task._ROW = 3, 1, 8
from saccade.recipes.launch import finish
from pathlib import Path
finish(Path(sys.argv[1]), lambda report: print(report.progress.seen if report.progress else 0, flush=True))
"""


def test_killed_at_a_random_moment_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = small()
    monkeypatch.setattr(dqn_task, "_ROW", 8)
    begin(tmp_path / "whole", settings).train(nobody)
    begin(tmp_path / "killed", settings)
    home = str(Path(__file__).parents[2])
    call = [sys.executable, "-c", DRIVER, str(tmp_path / "killed"), "", home]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 150:
                break
        time.sleep(float(torch.rand(())) * 0.1)
        process.kill()
    assert not (tmp_path / "killed" / "result.json").exists()
    resumed = again(RunDirectory.open(tmp_path / "killed"), settings)
    resumed.restore()
    assert resumed.seen >= 60
    resumed.train(nobody)
    assert rows(tmp_path / "killed") == rows(tmp_path / "whole")


def test_it_learns_to_catch(tmp_path: Path) -> None:
    learner = QSettings(batch=32, target_every=50, learning_rate=5e-4)
    settings = small(
        steps=6000, games=8, memory=5000, warm_up=500, every=8, epsilon_steps=2500, test_episodes=40, learner=learner
    )
    training = begin(tmp_path, settings)
    training.train(nobody)
    assert training.measure()["test"]["return"] > 0.2  # by chance about -0.7


def test_learning_begins_with_the_mean_picture_of_the_warm_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = small(games=2, warm_up=20)
    learning = DQNLearning(settings, open_game(None, settings, lambda _: None).train, 0, tmp_path, 0)
    network, target = learning.system.network, learning.learner.target
    learning.play(18, 0, 100)
    assert not network.mean.any()
    sample, drawn = learning.memory.sample, list[torch.Tensor]()

    def noted(n: int) -> Transitions:
        moment = sample(n)
        drawn.append(moment.seen.clone())
        return moment

    monkeypatch.setattr(learning.memory, "sample", noted)
    learning.play(2, 18, 100)
    assert bool(network.mean.any()) and learning.learner.updates == 0
    (seen,) = drawn
    assert len(seen) > 1000 and (network.mean[0] - seen.double().mean((0, 1))).abs().max() <= 0.5001
    mean = next(name for name in target if name.endswith("mean"))
    assert torch.equal(learning.learner.target[mean], network.mean)


def test_a_memory_of_another_run_is_refused(tmp_path: Path) -> None:
    begin(tmp_path, small()).train(nobody)
    (tmp_path / "checkpoint.safetensors").unlink()
    other = again(RunDirectory.open(tmp_path), small(memory=80))
    with pytest.raises(RunError, match=r"memory remembers .*, where .* is asked for"):
        other.train(nobody)


@pytest.mark.parametrize("lost", ["", "columns.json", "action.bin"])
def test_a_lost_memory_is_told(tmp_path: Path, lost: str) -> None:
    training = begin(tmp_path, small())

    def stop(progress: Progress) -> None:
        if progress.seen >= 200:
            raise Stop

    with pytest.raises(Stop):
        training.train(stop)
    path = tmp_path / "memory" / lost
    why = "is missing or not whole, and the run cannot go on .* copy it as well, or train anew"
    if not lost:
        shutil.rmtree(path)
    elif lost == "columns.json":
        path.unlink()
    else:
        path.write_bytes(bytes(path.stat().st_size))
        why = "does not remember what it did .* copy the whole run again, or train anew"
    resumed = again(training.run, small())
    resumed.restore()
    with pytest.raises(RunError, match=rf"memory {why}"):
        resumed.train(nobody)


def test_metrics_that_are_not_measured_at_every_step_are_means_of_those_that_are(tmp_path: Path) -> None:
    training = begin(tmp_path, small(games=3, every=4, steps=300))
    training.train(nobody)
    late = [row for row in rows(tmp_path) if row["seen"] > 100]
    assert sum(row["loss"] is not None for row in late) > len(late) / 2


def test_measuring_needs_no_memory(tmp_path: Path) -> None:
    settings = small()
    training = begin(tmp_path, settings)
    training.train(nobody)
    training.conclude()
    once_more = again(training.run, settings)
    once_more.restore()
    assert once_more.measure()["test"] == training.run.result["test"]  # type: ignore[index]
    assert not (tmp_path / "memory").exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"steps": 0}, "--steps 0: it must be 1"), ({"steps": 3}, "--steps 3: it must be 4"), ({"epsilon": 1.5}, "--epsilon 1.5"),
        ({"warm_up": 0}, "--warm-up 0"), ({"memory": 20}, "--memory 20: it must be 24 or more"), ({"protocol": "papyrus"}, "--protocol papyrus: it must be one of paper, sticky"),
        ({"priority": -0.1}, "--priority -0.1"), ({"warm_up": 400, "steps": 400}, "--warm-up 400: it must be less than --steps 400"),
    ],
)  # fmt: skip
def test_settings_that_cannot_run(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        small(**changes)


def test_a_player_gone_astray_is_not_filmed() -> None:
    settings = small()
    arcade = open_game(None, settings, lambda _: None).train
    brain = wire(settings, arcade).graph.brain_state()
    with pytest.raises(DivergedError, match=r"not finite: .* train anew with a lower --learner\.learning-rate"):
        record(settings, arcade, {name: value * math.nan for name, value in brain.items()}, 0)


def test_the_wired_game_is_an_environment() -> None:
    settings = small(games=3)
    system = wire(settings, open_game(None, settings, lambda _: None).train, learn=False)
    check_vector_env(system.graph.environment(num_envs=3))


def test_a_game_must_be_named() -> None:
    with pytest.raises(DataError, match=r"which game\? --env NAME"):
        open_game(None, small(env=""), lambda _: None)


def test_the_filters_compute_as_the_settings_say() -> None:
    values = []
    for precision in (Precision.FULL, Precision.HALF):
        settings = small(precision=precision)
        torch.manual_seed(4)
        network = wire(settings, open_game(None, settings, lambda _: None).train).network
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


def test_a_film_of_an_episode(tmp_path: Path) -> None:
    import saccade

    begin(tmp_path / "run", small()).train(nobody)
    target, points = saccade.watch(tmp_path / "run", seed=5)
    assert target == tmp_path / "run" / "episode-5.mp4" and target.stat().st_size > 500 and points in (-1, 1)
    assert saccade.watch(tmp_path / "run", tmp_path / "again.gif", seed=5)[1] == points
    with pytest.raises(RunError, match=r"not 'film\.avi'"):
        saccade.watch(tmp_path / "run", tmp_path / "film.avi")


def test_saliency_is_where_the_network_looks() -> None:
    torch.manual_seed(0)
    network = QNetwork(4, 84, 84, 3, Architecture.SMALL)
    with torch.no_grad():  # it is blind to all but the middle of the picture
        for module in network.see:
            if isinstance(module, torch.nn.Conv2d):
                module.weight.abs_()
        width = network.judge.better[0].weight.view(256, 32, 9, 9)
        width[:, :, :3], width[:, :, 6:], width[..., :3], width[..., 6:] = 0, 0, 0, 0
    screens = torch.randint(1, 256, (5, 4, 84, 84), dtype=torch.uint8)
    found = saliency(network, screens).float()
    assert found.shape == (5, 84, 84) and found.max() == 255
    assert found[:, 30:54, 30:54].mean() > 10 * found[:, :12].mean()
