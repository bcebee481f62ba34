import json
from pathlib import Path
from typing import Any

import pytest

from saccade.runs import RunDirectory, RunError, find_runs
from saccade.runs.rundir import commit

ABOUT: dict[str, Any] = {"command": "saccade train grlf", "data": None, "threads": 1, "package": "saccade 1.0"}


def create(folder: Path, seed: int = 3) -> RunDirectory:
    return RunDirectory.create(folder, "grlf", {"seen": 5, "ppo": {"clip": 0.2}}, seed, **ABOUT)


def change(folder: Path, **entries: Any) -> None:
    path = folder / "settings.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def test_a_run_is_read_as_it_was_made(tmp_path: Path) -> None:
    made = create(tmp_path / "run")
    read = RunDirectory.open(tmp_path / "run")
    assert (read.recipe, read.settings, read.seed) == ("grlf", {"seen": 5, "ppo": {"clip": 0.2}}, 3)
    assert all(made.about[key] == value for key, value in read.about.items())
    assert (read.about["format"], read.about["package"]) == (3, "saccade 1.0")
    assert read.about["versions"].keys() >= {"saccade", "torch", "numpy", "gymnasium"}
    assert read.checkpoint == tmp_path / "run" / "checkpoint.safetensors"


def test_its_result(tmp_path: Path) -> None:
    run = create(tmp_path)
    assert run.result is None
    run.write_result({"test": {"accuracy": 0.5}})
    assert run.result == {"test": {"accuracy": 0.5}}
    (tmp_path / "result.json").write_text("{")
    with pytest.raises(RunError, match=r"result\.json cannot be read"):
        _ = run.result


def test_an_existing_run_is_refused(tmp_path: Path) -> None:
    create(tmp_path / "run")
    with pytest.raises(RunError, match=r"holds a run already: `saccade resume .*run`, or choose another --out"):
        create(tmp_path / "run", seed=4)
    assert RunDirectory.open(tmp_path / "run").seed == 3


def test_not_a_run(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(RunError, match=r"is not a run directory: it has no settings\.json"):
            RunDirectory.open(folder)
        with pytest.raises(RunError, match="is not a run directory and holds none"):
            find_runs(folder)


def test_a_folder_of_folders_of_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        create(tmp_path / name / "seed-3")
    with pytest.raises(RunError, match=r"holds folders of runs: name one of them, .* such as \S*/a \S*/b$"):
        find_runs(tmp_path)
    assert [run.seed for run in find_runs(tmp_path / "b")] == [3]


@pytest.mark.parametrize(
    ("versions", "wrote"), [({"saccade": "9.0"}, r"9\.0"), ({}, "None"), ("?", "of an unknown version")]
)
@pytest.mark.parametrize("format_", [1, 4])
def test_another_format(tmp_path: Path, format_: int, versions: Any, wrote: str) -> None:
    create(tmp_path)
    change(tmp_path, format=format_, versions=versions)
    with pytest.raises(RunError, match=rf"has format {format_} \(saccade {wrote}\).*reads format 3"):
        RunDirectory.open(tmp_path)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"images": 5, "learner": {"warm_up": 0.1}}, {"seen": 5, "learner": {"warm_up": 0.1}}),
        ({"images": 5, "steps": 30, "pens": "both"}, {"seen": 5, "episode_steps": 30, "pens": "both"}),
        (
            {"steps": 9, "memory": 8, "warm_up": 7, "learner": {"steps": 3, "miss": "huber", "target_every": 2}},
            {
                "steps": 9,
                "buffer": 8,
                "learning_starts": 7,
                "learner": {"n_step": 3, "loss": "huber", "target_every": 2},
            },
        ),
    ],
    ids=["grlf", "cutout", "dqn"],
)
def test_a_run_of_format_2_is_read_under_the_new_names(
    tmp_path: Path, settings: dict[str, Any], expected: dict[str, Any]
) -> None:
    create(tmp_path)
    change(tmp_path, format=2, settings=settings)
    assert RunDirectory.open(tmp_path).settings == expected
    change(tmp_path, format=3)
    assert RunDirectory.open(tmp_path).settings == settings


def test_a_run_of_before_names_no_package(tmp_path: Path) -> None:
    create(tmp_path)
    path = tmp_path / "settings.json"
    content = json.loads(path.read_text())
    del content["package"]
    path.write_text(json.dumps({**content, "format": 2}))
    assert RunDirectory.open(tmp_path).about["package"] == ""


def test_a_result_is_read_under_the_new_names(tmp_path: Path) -> None:
    run = create(tmp_path)
    run.write_result({"test": {"baselines": {"guided by the truth": 0.9}}, "several": [{"chance in tests": 0.05}]})
    assert run.result == {
        "test": {"baselines": {"expert on the ground truth": 0.9}}, "several": [{"test epsilon": 0.05}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"test": [1]}, r"test is \[1\], it must be a JSON object"),
        ({"seconds": "x"}, "seconds is 'x', it must be a finite number of 0 or more"),
        ({"data": 5}, "data is 5, it must be a text"),
    ],
)
def test_a_damaged_result(tmp_path: Path, entries: dict[str, Any], message: str) -> None:
    run = create(tmp_path)
    run.write_result({"test": {"accuracy": 0.5}, **entries})
    with pytest.raises(RunError, match=rf"result\.json is .*{message}.*: delete it and `saccade resume"):
        _ = run.result


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '"text"', "\xff\xfe"])
def test_damaged_settings(tmp_path: Path, content: str) -> None:
    create(tmp_path)
    (tmp_path / "settings.json").write_text(content, encoding="latin-1")
    with pytest.raises(RunError, match=r"settings\.json (cannot be read|is damaged)"):
        RunDirectory.open(tmp_path)


@pytest.mark.parametrize("entries", [
    {"seed": "?"}, {"seed": None}, {"seed": -1}, {"seed": 10**30}, {"seed": 1.5}, {"settings": 7}, {"settings": [["seen", 3]]},
    {"threads": []}, {"threads": 0}, {"threads": 10**30}, {"threads": True}, {"data": 5}, {"package": ["a"]}, {"versions": "x"}, {"like": 5},
    {"recipe": ["grlf"]}, {"started": 7}, {"commit": None},
])  # fmt: skip
def test_damaged_entries(tmp_path: Path, entries: dict[str, Any]) -> None:
    create(tmp_path)
    change(tmp_path, **entries)
    ((name, _),) = entries.items()
    with pytest.raises(
        RunError,
        match=rf"settings\.json is incomplete or damaged \({name} is .*, it must be a .*: correct it, or train again",
    ):
        RunDirectory.open(tmp_path)


def test_a_missing_entry(tmp_path: Path) -> None:
    create(tmp_path)
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "seed"}))
    with pytest.raises(RunError, match="incomplete"):
        RunDirectory.open(tmp_path)


def test_runs_in_a_folder(tmp_path: Path) -> None:
    for seed in (1, 0):
        create(tmp_path / f"seed-{seed}", seed)
    (tmp_path / "other").mkdir()
    assert [run.seed for run in find_runs(tmp_path)] == [0, 1]
    assert [run.seed for run in find_runs(tmp_path / "seed-1")] == [1]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="cannot write"):
        create(tmp_path / "file" / "run")


def test_a_run_that_cannot_be_locked(tmp_path: Path) -> None:
    run = create(tmp_path / "run")
    (run.folder / ".lock").mkdir()
    with pytest.raises(RunError, match=r"cannot write .*\.lock \(.*\): name another place"), run.locked():
        pass


def test_the_commit_or_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert commit() == "unknown" or len(commit().removesuffix("+")) == 12
    monkeypatch.setenv("PATH", "")
    assert commit() == "unknown"


def test_of_two_trainings_that_start_at_once_one_has_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that it is free."""
    create(tmp_path / "run")
    first = (tmp_path / "run" / "settings.json").read_text()
    free = RunDirectory.check_free
    monkeypatch.setattr(RunDirectory, "check_free", lambda _: monkeypatch.setattr(RunDirectory, "check_free", free))
    with pytest.raises(RunError, match="holds a run already"):
        create(tmp_path / "run")
    assert (tmp_path / "run" / "settings.json").read_text() == first
