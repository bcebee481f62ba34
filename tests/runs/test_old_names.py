"""What was written and typed before names changed on 2026-11-30 is read under the new names, and nothing else is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

import saccade
from saccade.agents import LearnerSettings, PPOSettings, ReinforceSettings
from saccade.agents.q_settings import QSettings
from saccade.cli import main
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.recipes.dqn.settings import DQNSettings
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.recipes.ram.settings import RamSettings
from saccade.runs import Checkpoint, RunDirectory, find_runs, load_checkpoint, read_figures, save_checkpoint
from saccade.runs.old_names import current_options, renamed_options, renamed_settings, replay_folder
from saccade.training.loop import Training
from saccade.training.registry import recipe_named, tables
from saccade.training.settings import from_plain, to_plain

from ..other_package import install
from ..recipes.dqn.catch_runs import begin, small
from ..recipes.dqn.conftest import few_validations
from ..small_runs import Start, Stop, assert_same, measured, silent, splits, start, stop_at

__all__ = ["few_validations", "splits", "start"]  # fixtures

UNTIL = "the old name works until 2027-06-30"
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


RUN = ["seed", "seeds", "data", "out"]
OF_LOOKING = ["seen", "batch", "fixations", "learner.epochs", *RUN]
OF_CUTOUT = ["seen", "batch", "episode-steps", "faces", *RUN]
OF_DQN = ["steps", "games", "buffer", "learning-starts", "learner.n-step", "learner.loss", *RUN]
OF_EVAL, OF_ROBUSTNESS = ["run", "data", "confidence"], ["runs", "test-images", "results", "data"]


@pytest.mark.parametrize(
    ("known", "old", "new"),
    [
        (OF_LOOKING, ["--images", "32", "--batch", "16"], ["--seen", "32", "--batch", "16"]),
        (OF_LOOKING, ["--images=32"], ["--seen=32"]),
        (OF_LOOKING, ["--images", "pictures"], ["--data", "pictures"]),
        (OF_LOOKING, ["--images=/pictures", "--seen", "3"], ["--data=/pictures", "--seen", "3"]),
        (OF_CUTOUT, ["--images", "8", "--steps", "4"], ["--seen", "8", "--episode-steps", "4"]),
        (OF_DQN, ["--memory", "9", "--warm-up", "5"], ["--buffer", "9", "--learning-starts", "5"]),
        (OF_DQN, ["--warm_up=5"], ["--learning-starts=5"]),
        (OF_DQN, ["--learner.steps", "3", "--learner.miss", "huber"], ["--learner.n-step", "3", "--learner.loss", "huber"]),
        (OF_EVAL, ["runs/ram-1", "--sure", "0.9"], ["runs/ram-1", "--confidence", "0.9"]),
        (OF_ROBUSTNESS, ["runs/grlf-1", "--images=50"], ["runs/grlf-1", "--test-images=50"]),
    ],
)  # fmt: skip
def test_options(known: list[str], old: list[str], new: list[str]) -> None:
    words, notices = renamed_options(old, known)
    changed = [
        (was.partition("=")[0].replace("_", "-"), now.partition("=")[0])
        for was, now in zip(old, new, strict=True)
        if was != now
    ]
    assert words == new and notices == [f"{was} is now {now}; {UNTIL}" for was, now in changed]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (OF_DQN, ["--steps", "800", "--buffer", "9"]),  # decisions of a run, not of an episode
        (OF_LOOKING, ["--seen", "8", "--data", "images", "--out", "memory", "--no-report", "images"]),
        (OF_LOOKING, ["--memory", "8", "--learner.steps", "3"]),  # there is nothing that they stand for
        (["images", "memory", *OF_LOOKING], ["--images", "8", "--memory", "3"]),  # of another package's recipe
    ],
)
def test_options_that_have_not_changed(known: list[str], words: list[str]) -> None:
    assert renamed_options(words, known) == (words, [])


def test_a_folder_that_is_called_like_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "32").mkdir()
    assert renamed_options(["--images", "32"], OF_LOOKING)[0] == ["--data", "32"]


@pytest.mark.parametrize(
    ("known", "words", "message"),
    [
        (OF_LOOKING, ["--images", "3", "--seen", "4"], "--images is the old name of --seen: give one of them"),
        (OF_LOOKING, ["--data=x", "--images=y"], "--images is the old name of --data: give one of them"),
        (OF_DQN, ["--warm_up", "3", "--learning_starts", "4"], "--warm-up is the old name of --learning-starts"),
        (OF_DQN, ["--learner.loss", "huber", "--learner.miss", "huber"], "--learner.miss is the old name of --learner.loss"),
    ],
)  # fmt: skip
def test_an_old_option_next_to_its_new_one_is_refused(known: list[str], words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        renamed_options(words, known)


def test_the_command_says_what_a_name_is_now(
    tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [
        "train",
        "grlf",
        "--batch",
        "16",
        "--units",
        "8",
        "--data",
        str(tiny_mnist),
        "--out",
        str(tmp_path / "runs"),
    ]
    main([*line, "--images", "16", "--no-report"])
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'runs'}\n" and err.startswith(f"saccade: --images is now --seen; {UNTIL}\n")
    assert RunDirectory.open(tmp_path / "runs" / "seed-0").settings["seen"] == 16
    with pytest.raises(SystemExit) as stopped:
        main([*line, "--images", "16", "--seen", "16"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "saccade: --images is the old name of --seen: give one of them\n"


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (["eval", "nowhere", "--sure", "0.9"], "--sure", "--confidence"),
        (["robustness", "nowhere", "--images", "5"], "--images", "--test-images"),
    ],
)
def test_the_commands_that_train_nothing_say_it_too(
    line: list[str], old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(line)
    notice, error = capsys.readouterr().err.splitlines()
    assert notice == f"saccade: {old} is now {new}; {UNTIL}"
    assert stopped.value.code == 1 and error.startswith("saccade: nowhere is not a run directory")
    with pytest.raises(SystemExit) as stopped:
        main([*line, new, "1"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"saccade: {old} is the old name of {new}: give one of them\n"


@pytest.mark.parametrize(
    ("old", "known", "new"),
    [
        ({"images": 3, "batch": 4}, ["seen", "batch"], {"seen": 3, "batch": 4}),
        ({"steps": 3}, ["episode_steps", "length"], {"episode_steps": 3}),
        ({"memory": 3, "warm_up": 4}, ["steps", "buffer", "learning_starts"], {"buffer": 3, "learning_starts": 4}),
    ],
)
def test_options_of_a_python_call(old: dict[str, Any], known: list[str], new: dict[str, Any]) -> None:
    with pytest.warns(FutureWarning, match=rf"is now \w+; {UNTIL}") as warned:
        assert current_options(old, known) == new
    assert len(warned) == len(old.keys() - new.keys())
    assert current_options(new, known) == new  # without a warning
    assert current_options(old, list(old)) == old  # of another package's recipe


def test_an_old_option_of_a_python_call(tmp_path: Path, tiny_mnist: Path) -> None:
    with pytest.warns(FutureWarning, match=f"images is now seen; {UNTIL}"):
        folder = saccade.train("grlf", out=tmp_path / "runs", data=tiny_mnist, images=16, batch=16, units=8)
    assert find_runs(folder)[0].settings["seen"] == 16


@pytest.mark.parametrize("order", [["images", "seen"], ["seen", "images"]])
def test_an_old_option_next_to_its_new_one_in_a_python_call_is_refused(order: list[str]) -> None:
    with pytest.raises(ValueError, match="images is the old name of seen: give one of them"):
        current_options(dict.fromkeys(order, 3), ["seen", "batch"])


def test_settings_of_another_package_keep_their_names(
    tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, tmp_path / "site", {"saccade.recipes": {"dots": "dots:DOTS"}})
    small: dict[str, Any] = {"data": tiny_mnist, "seen": 16, "batch": 16}
    called = saccade.train("dots", out=tmp_path / "called", images=7, memory=9, **small)
    line = [
        "train",
        "dots",
        "--seen",
        "16",
        "--batch",
        "16",
        "--data",
        str(tiny_mnist),
        "--out",
        str(tmp_path / "typed"),
    ]
    main([*line, "--images", "7", "--memory", "9", "--no-report"])
    assert "is now" not in capsys.readouterr().err
    for folder in (called, tmp_path / "typed"):
        (run,) = find_runs(folder)
        assert (run.settings["seen"], run.settings["images"], run.settings["memory"]) == (16, 7, 9)
        (run.folder / "result.json").unlink()
        saccade.resume(folder)
        assert find_runs(folder)[0].result is not None


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
