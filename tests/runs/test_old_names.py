"""What was written and typed before names changed on 2026-11-30 is read under the new names, and nothing else is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade.agents import LearnerSettings, PPOSettings, ReinforceSettings
from saccade.agents.q_settings import QSettings
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.recipes.dqn.settings import DQNSettings
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.recipes.ram.settings import RamSettings
from saccade.runs import Checkpoint, RunDirectory, load_checkpoint, read_figures, save_checkpoint
from saccade.runs.old_names import renamed_settings, replay_folder
from saccade.training.loop import Training
from saccade.training.registry import recipe_named, tables
from saccade.training.settings import from_plain, to_plain

from ..recipes.dqn.catch_runs import begin, small
from ..recipes.dqn.conftest import few_validations
from ..small_runs import Start, Stop, assert_same, measured, silent, splits, start, stop_at

__all__ = ["few_validations", "splits", "start"]  # fixtures

LOOKING: dict[str, Any] = {
    "gaze": "learned", "reward": "gain", "fixations": 3, "spread": 0.5, "shift": 1, "detach": True,
}  # fmt: skip
# Settings of runs as they were written before, system by system, and what they are now.
GRLF = {
    **LOOKING, "images": 640, "batch": 32, "patch": 5, "field": 0, "units": 16, "reach": 0.35, "wide": 0.074, "narrow": 0.033,
    "learner": to_plain(LearnerSettings()), "reader": "recurrent", "ppo": to_plain(PPOSettings()),
}  # fmt: skip
RAM = {
    **LOOKING, "images": 640, "batch": 32, "patch": 6, "field": 32, "units": 16, "reach": 0.4, "wide": 0.5, "narrow": 0.07,
    "learner": to_plain(LearnerSettings()), "model": "ram", "reader": "convolutional", "scales": 3, "clutter": 4, "copies": 2,
    "draws": 2, "reinforce": to_plain(ReinforceSettings()),
}  # fmt: skip
CUTOUT = {
    "images": 64, "batch": 8, "steps": 3, "length": 6, "pens": "both", "reward": "gain", "sight": "pens", "size": 32, "faces": 24,
    "forecast": 48, "imitate": 1.0, "units": 16, "minibatch": 16, "learner": to_plain(LearnerSettings()),
    "ppo": to_plain(PPOSettings()),
}  # fmt: skip
DQN = {
    "env": "pong", "steps": 800, "games": 4, "protocol": "paper", "network": "2013", "duelling": False, "precision": "bfloat16",
    "memory": 200, "priority": 0.0, "warm_up": 100, "every": 4, "epsilon": 0.05, "epsilon_steps": 200, "test_epsilon": 0.05,
    "test_episodes": 4,
    "learner": {
        "batch": 32, "discount": 0.99, "double": True, "steps": 5, "target_every": 500, "miss": "huber", "optimiser": "adam",
        "learning_rate": 0.00025, "final_rate": 0.1, "clip_norm": 10.0, "beta": 0.4,
    },
}  # fmt: skip
SYSTEMS: list[tuple[str, dict[str, Any], Any]] = [
    ("grlf", GRLF, GrlfSettings(seen=640, batch=32, fixations=3, patch=5, units=16)),
    (
        "ram-cluttered",
        RAM,
        RamSettings(
            seen=640, batch=32, fixations=3, patch=6, field=32, units=16, reach=0.4, wide=0.5, narrow=0.07, scales=3, clutter=4,
            copies=2, draws=2,
        ),
    ),
    (
        "cutout",
        CUTOUT,
        CutOutSettings(
            seen=64, batch=8, episode_steps=3, length=6, size=32, faces=24, forecast=48, units=16, minibatch=16,
            learner=LearnerSettings(), ppo=PPOSettings(),
        ),
    ),
    (
        "dqn-pong",
        DQN,
        DQNSettings(
            "pong", steps=800, games=4, precision="bfloat16", buffer=200, learning_starts=100, epsilon_steps=200,  # type: ignore[arg-type]
            test_episodes=4,
            learner=QSettings(batch=32, n_step=5, target_every=500, learning_rate=2.5e-4, final_rate=0.1),
        ),
    ),
]  # fmt: skip


def write_run(folder: Path, recipe: str, settings: dict[str, Any], form: int = 2) -> Path:
    """A run directory of a format."""
    run = RunDirectory.create(folder, recipe, settings, 0, command="test", data=None, threads=1)
    path = run.folder / "settings.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": form}))
    return folder


@pytest.mark.parametrize(("recipe", "old", "new"), SYSTEMS)
def test_settings_of_every_system(recipe: str, old: dict[str, Any], new: Any, tmp_path: Path) -> None:
    run = RunDirectory.open(write_run(tmp_path, recipe, old))
    assert run.settings == to_plain(new) and run.about["package"] == ""
    assert from_plain(type(recipe_named(recipe).settings), run.settings) == new
    path = tmp_path / "settings.json"
    kept = path.read_text()
    run.move_data("elsewhere")  # it stays a run of the old format
    assert json.loads(path.read_text())["settings"] == json.loads(kept)["settings"] == old
    assert RunDirectory.open(tmp_path).settings == to_plain(new)


def test_settings_of_deep_q_learning_that_came_later(tmp_path: Path) -> None:
    settings = SYSTEMS[-1][2]
    later = ("env_args", "wrapper", "observation_key", "processes")
    plain = {name: value for name, value in to_plain(settings).items() if name not in later}
    run = RunDirectory.open(write_run(tmp_path, "dqn-pong", plain, form=3))
    assert from_plain(type(settings), run.settings) == settings


def test_settings_of_the_new_format_are_left_alone(tmp_path: Path) -> None:
    theirs = {"images": 3, "memory": 5, "warm_up": 7, "steps": 9, "pens": 2, "learner": {"steps": 1, "target_every": 2}}
    assert RunDirectory.open(write_run(tmp_path, "dots", theirs, form=3)).settings == theirs


def write_checkpoint(path: Path, names: list[str], form: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint of a format, whose tensors hold their place in the list."""
    with monkeypatch.context() as before:
        before.setattr("saccade.runs.checkpoint.FORMAT", form)
        tensors = {name: torch.tensor(place) for place, name in enumerate(names)}
        save_checkpoint(path, Checkpoint(tensors, {"seen": 5}))


TENSORS = {
    "random/grade": "random/reward",
    "random/verdict": "random/prediction",
    "random/guide": "random/expert",
    "random/sureness": "random/confidence",
    "graph/nodes.sureness.judge.0.weight": "graph/nodes.confidence.judge.0.weight",
    "learning/random/player": "learning/random/policy",
    "learning/memory/dice": "learning/replay/stream",
    "learning/memory/written": "learning/replay/written",
    "learning/memory/tree": "learning/replay/tree",
    "learning/learner/moments/0/exp_avg": "learning/learner/optimizer/0/exp_avg",
    "best iou/": "best value/",
    "truths": "ground_truths",
    "points": "return",
    # and what is called as before
    "random/gaze": "random/gaze",
    "graph/nodes.gaze.places": "graph/nodes.gaze.places",
    "graph/nodes.reader.see.norms.0.bias": "graph/nodes.reader.see.norms.0.bias",
    "optimizer/0/0/exp_avg": "optimizer/0/0/exp_avg",
    "forecast/0/graph/nodes.augmented.drawn": "forecast/0/graph/nodes.augmented.drawn",
    "learning/learner/target/parts.qnetwork.mean": "learning/learner/target/parts.qnetwork.mean",
    "mean updates/": "mean updates/",
}


def test_tensors_of_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, names = tmp_path / "checkpoint.safetensors", list(TENSORS)
    write_checkpoint(path, names, 2, monkeypatch)
    saved, notice = load_checkpoint(path)
    assert notice is None and saved.numbers == {"seen": 5}
    assert {name: int(value) for name, value in saved.tensors.items()} == {
        new: place for place, new in enumerate(TENSORS.values())
    }
    write_checkpoint(path, ["best return/"], 2, monkeypatch)
    assert load_checkpoint(path)[0].tensors.keys() == {"best value/"}
    write_checkpoint(path, names, 3, monkeypatch)  # these are names of another package
    assert load_checkpoint(path)[0].tensors.keys() == {*names}


def test_keys_of_results(tmp_path: Path) -> None:
    run = RunDirectory.open(write_run(tmp_path, "cutout", CUTOUT))
    baselines = {"random": {"iou": 0.4}, "guided by the truth": {"iou": 0.7}, "guided by the forecast": {"iou": 0.5}}
    run.write_result({"test": {"iou": 0.6, "iou_by_step": [0.1, 0.6], "baselines": baselines}, "seen": 208})
    assert run.result == {
        "test": {
            "iou": 0.6,
            "iou_by_step": [0.1, 0.6],
            "baselines": {
                "random": {"iou": 0.4},
                "expert on the ground truth": {"iou": 0.7},
                "expert on the forecast": {"iou": 0.5},
            },
        },
        "seen": 208,
    }


def test_figures(tmp_path: Path) -> None:
    figures: dict[str, dict[str, Any]] = {
        "cutout/faces/iou": {
            "value": 0.9, "baselines": {"guided by the truth": 0.93, "mean mask": 0.5},
            "about": {"IoU by step": [0.1, 0.9], "settings": CUTOUT},
        },
        "dqn/pong/score": {
            "value": 19.0, "baselines": {},
            "about": {"chance in tests": 0.05, "points of every episode": [[19.0]], "settings": DQN},
        },
        "grlf/recurrent/accuracy-10min": {"value": 0.98, "baselines": {"random": 0.5}, "about": {"settings": GRLF}},
        "dots/accuracy": {"value": 0.5, "baselines": {"guided by the truth": 1}, "about": {"settings": {"images": 3}}},
    }  # fmt: skip
    for id_, content in figures.items():
        path = tmp_path / f"{id_}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"id": id_, **content}))
    found = read_figures(tmp_path)
    assert found["cutout/faces/iou"]["baselines"] == {"expert on the ground truth": 0.93, "mean mask": 0.5}
    assert found["cutout/faces/iou"]["about"] == {"IoU by step": [0.1, 0.9], "settings": to_plain(SYSTEMS[2][2])}
    assert found["dqn/pong/score"]["about"] == {
        "test epsilon": 0.05, "return of every episode": [[19.0]], "settings": to_plain(SYSTEMS[3][2]),
    }  # fmt: skip
    assert found["grlf/recurrent/accuracy-10min"]["about"]["settings"] == to_plain(SYSTEMS[0][2])
    assert found["dots/accuracy"] == {"id": "dots/accuracy", **figures["dots/accuracy"]}  # of another package


@pytest.mark.parametrize(("there", "taken"), [([], "replay"), (["replay"], "replay"), (["memory"], "memory")])
def test_the_folder_of_the_replay_buffer(there: list[str], taken: str, tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    assert replay_folder(tmp_path) == tmp_path / taken


# -- as they were before, all at once -------------------------------------------------------------------

TENSORS_BEFORE = (
    (r"random/reward$", "random/grade"),
    (r"random/prediction$", "random/verdict"),
    (r"random/policy$", "random/player"),
    (r"(random/|nodes\.)confidence\b", r"\1sureness"),
    (r"^learning/replay/stream$", "learning/memory/dice"),
    (r"^learning/replay/", "learning/memory/"),
    (r"^learning/learner/optimizer/", "learning/learner/moments/"),
    (r"^best value/", "best return/"),
)


def settings_before(plain: dict[str, Any]) -> dict[str, Any]:
    """Settings under the names that they had before."""
    names = {"seen": "images", "episode_steps": "steps", "buffer": "memory", "learning_starts": "warm_up"}
    found = {names.get(name, name): value for name, value in plain.items()}
    if "buffer" in plain:
        inner = {"n_step": "steps", "loss": "miss"}
        found["learner"] = {inner.get(name, name): value for name, value in plain["learner"].items()}
    return found


def make_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give everything in a run directory the names that it had before."""
    path = folder / "settings.json"
    content = json.loads(path.read_text())
    del content["package"]
    path.write_text(json.dumps({**content, "format": 2, "settings": settings_before(content["settings"])}))
    saved = load_checkpoint(folder / "checkpoint.safetensors")[0]
    (folder / "checkpoint.safetensors").unlink()
    (folder / "checkpoint.previous.safetensors").unlink(missing_ok=True)
    tensors = {}
    for name, value in saved.tensors.items():
        for now, before in TENSORS_BEFORE:
            name = re.sub(now, before, name)
        tensors[name] = value
    assert tensors.keys() != saved.tensors.keys()
    with monkeypatch.context() as then:
        then.setattr("saccade.runs.checkpoint.FORMAT", 2)
        save_checkpoint(folder / "checkpoint.safetensors", Checkpoint(tensors, saved.numbers))
    if (folder / "replay").exists():
        (folder / "replay").rename(folder / "memory")


def test_the_settings_of_every_cell_of_every_table(tmp_path: Path) -> None:
    """Runs that a table has made are gone on with, not refused as runs of other settings."""
    for table in tables()[0]:
        for cell in table.cells:
            plain = json.loads(json.dumps(to_plain(cell.settings)))
            assert renamed_settings(settings_before(plain)) == plain, cell.id


@pytest.mark.usefixtures("few_validations")
@pytest.mark.parametrize("system", ["grlf", "ram-cluttered", "dqn"])
def test_a_stopped_run_goes_on_to_the_same_numbers(
    system: str, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saccade.training.loop._SAVE_SECONDS", 0)
    monkeypatch.setattr("saccade.recipes.dqn.task._ROW", 8)

    def new(folder: Path) -> Training:
        if system == "dqn":
            return begin(folder, small(steps=160, priority=0.6))
        return start(folder, system)

    whole, broken = new(tmp_path / "whole"), new(tmp_path / "broken")
    whole.train(silent)
    with pytest.raises(Stop):
        broken.train(stop_at(0.6))
    make_old(tmp_path / "broken", monkeypatch)
    run = RunDirectory.open(tmp_path / "broken")
    settings = from_plain(type(broken.settings), run.settings)
    resumed = Training(broken.recipe, settings, run, broken.data)
    assert resumed.restore() is None and 0 < resumed.seen < resumed.task.total
    resumed.train(silent)
    assert_same(tmp_path / "broken", tmp_path / "whole")
    found = [measured(training.conclude()) for training in (resumed, whole)]
    assert found[0] == found[1] and not (tmp_path / "broken" / "memory").exists()
