import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import saccade
from saccade import api, figures
from saccade.arguments import ArgumentError
from saccade.graph import Graph
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.grlf.settings import FIELD, GrlfSettings, Reader
from saccade.recipes.ram.settings import RamSettings
from saccade.runs import RunDirectory, RunError, find_runs
from saccade.training.launch import RunEvent
from saccade.training.registry import UnknownRecipeError, table_named
from saccade.training.settings import SettingsError, to_plain
from saccade.watching import silent
from saccade.worlds import DataError

SMALL: dict[str, Any] = {"seen": 32, "batch": 16, "fixations": 3, "patch": 5, "units": 8}


def test_what_there_is() -> None:
    calls = {
        "draw", "evaluate", "export", "fit", "graph_of", "load", "predict", "resume", "train", "watch", "weights", "write_report",
    }  # fmt: skip
    assert calls < {*saccade.__all__} and all(callable(getattr(saccade, name)) for name in calls)
    assert all(isinstance(getattr(saccade, name), ModuleType) for name in {*saccade.__all__} - calls)


def test_train_resume_evaluate(tmp_path: Path, tiny_mnist: Path) -> None:
    events = list[RunEvent]()
    folder = saccade.train("grlf", out=tmp_path / "runs", data=tiny_mnist, watch=events.append, first_seed=2, **SMALL)
    (run,) = find_runs(folder)
    assert folder == tmp_path / "runs" and run.seed == 2 and run.folder.name == "seed-2"
    assert run.settings["seen"] == 32 and run.about["command"].startswith("saccade.train('grlf', seen=32, batch=16, ")
    assert "first_seed=2" in run.about["command"] and "seeds=" not in run.about["command"]
    assert [event.progress.seen for event in events if event.progress] == [16, 32]
    before = len(events)
    assert saccade.resume(folder, watch=events.append) == folder and len(events) == before
    ((same, measures),) = saccade.evaluate(folder)
    assert same.folder == run.folder and measures["test"] == (run.result or {})["test"]
    assert saccade.evaluate(folder)[0][1]["test"] == measures["test"]


def test_settings_and_single_options(tmp_path: Path, tiny_mnist: Path) -> None:
    settings = GrlfSettings(**{**SMALL, "reader": Reader.FEED_FORWARD})
    folder = saccade.train("grlf", settings, out=tmp_path, data=tiny_mnist, seen=16)
    (run,) = find_runs(folder)
    assert (run.settings["reader"], run.settings["seen"], run.settings["units"]) == ("feed-forward", 16, 8)


def test_single_settings_within_settings(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train(
        "grlf", GrlfSettings(**SMALL), out=tmp_path, data=tiny_mnist, learner={"learning_rate": 2e-3}
    )
    (run,) = find_runs(folder)
    assert run.settings["learner"] == {**to_plain(GrlfSettings())["learner"], "learning_rate": 2e-3}
    for wrong, message in (
        ({"learning_rat": 1}, r"there is no setting learner.learning_rat — did you mean 'learner.learning_rate'\?"),
        ({"learning_rate": "much"}, "^learner.learning_rate is 'much', not of type float$"),
        (3, "learner is 3, not a table of settings"),
        ({"learning_rate": -1}, "^learner.learning_rate is -1: it must be 0 or more$"),
        ({1: 2}, "^learner.1 is no name of a setting: it must be one of learning_rate, "),
    ):
        with pytest.raises(ValueError, match=message):
            saccade.train("grlf", out=tmp_path / "new", data=tiny_mnist, learner=wrong)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"report": False},
            r"report=False is no setting of grlf: in Python nothing but saccade\.write_report\(folder\)",
        ),
        ({"seed": 2}, r"seed=2 is no setting of grlf: in Python the first seed is first_seed=…"),
        ({"learner.epoch": 2}, r"there is no setting learner\.epoch — did you mean 'learner\.epochs'\?"),
        ({"learner.epochs": 2, "learner": {"epochs": 3}}, r"^learner is given twice: give it once$"),
        ({"learner_learning_rate": 1}, r"it is one of learner, write \*\*\{'learner\.learning_rate': …\}"),
        ({"gae-lambda": 1}, r"it is one of ppo, write \*\*\{'ppo\.gae_lambda': …\}"),
        ({"cuda": True}, r"there is no setting cuda \(settings: seen, "),
    ],
)
def test_options_that_python_has_otherwise(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=message):
        saccade.train("grlf", out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_call_from_python_shows_its_progress_when_it_lasts(
    tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("saccade.watching._PATIENCE", 600.0)
    saccade.train("grlf", out=tmp_path / "short", data=tiny_mnist, **SMALL)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("saccade.watching._PATIENCE", 0.0)
    saccade.evaluate(saccade.train("grlf", out=tmp_path / "long", data=tiny_mnist, **SMALL))
    out, err = capsys.readouterr()
    assert not out and re.search(r"^long/seed-0   50%  [\d,]+ images/s", err, re.MULTILINE)
    assert err.count("measuring on the test set") == 2
    saccade.evaluate(tmp_path / "long", watch=silent)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seeds": 0}, "seeds is 0: it must be 1 or more"),
        ({"threads": 0}, "threads is 0"),
        ({"workers": -1}, "workers is -1"),
        ({"first_seed": -1}, "first_seed is -1: it must be 0 or more"),
        ({"first_seed": 2**64}, "first_seed is 18446744073709551616: it must be 4294967295 or less"),
        ({"seeds": 10**23}, "it must be 10000 or less"),
        ({"seeds": 1.5}, "seeds is 1.5: it must be a whole number"),
        ({"seen": 0}, "seen is 0: it must be 1 or more"),
    ],
)
def test_numbers_that_cannot_be(arguments: dict[str, Any], message: str, tmp_path: Path, tiny_mnist: Path) -> None:
    with pytest.raises(ValueError, match=message):
        saccade.train("grlf", **{**SMALL, "out": tmp_path / "run", "data": tiny_mnist, **arguments})
    assert not (tmp_path / "run").exists()


def test_other_mistakes(tmp_path: Path, tiny_mnist: Path) -> None:
    table = table_named("grlf")
    assert table is not None
    with pytest.raises(UnknownRecipeError, match="grlf-feld"):
        saccade.train("grlf-feld", out=tmp_path / "run")
    with pytest.raises(DataError):
        saccade.train("grlf", out=tmp_path / "run", data=tmp_path)
    with pytest.raises(ValueError, match="no setting sene — did you mean 'seen'"):
        saccade.train("grlf", out=tmp_path / "run", data=tiny_mnist, sene=3)
    with pytest.raises(RunError, match="holds none"):
        saccade.resume(tmp_path)
    with pytest.raises(ValueError, match="workers is 0"):
        saccade.resume(tmp_path, workers=0)
    with pytest.raises(ValueError, match="seeds is 0"):
        figures.table(table, tmp_path, tmp_path, seeds=0)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: saccade.train("grlf", {"seen": 3}), r"settings is {'seen': 3}: for grlf it must be a GrlfSettings; .*: seen=3$"),
        (lambda: saccade.train("grlf", RamSettings(patch=8)), "for grlf it must be a GrlfSettings$"),
        (lambda: saccade.train(5), "recipe is 5: it must be the name of a recipe"),
        (lambda: saccade.train("grlf", out=5), "out is 5: it must be a path"),
        (lambda: saccade.train("grlf", data=""), "data is '': it must be a path, and not empty"),
        (lambda: saccade.train("grlf", seeds=2.0), r"seeds is 2\.0: it must be a whole number"),
        (lambda: saccade.train("grlf", threads=True), "threads is True: it must be a whole number"),
        (lambda: saccade.train("grlf", seeds=2, first_seed=2**32 - 1), "first_seed is 4294967295: it must be 4294967294 or less"),
        (lambda: saccade.train("grlf", watch=3), "watch is 3: it must be a function"),
        (lambda: saccade.train("grlf", command=3), "command is 3: it must be a text"),
        (lambda: saccade.resume(None), "folder is None: it must be the path of a run directory"),
        (lambda: saccade.evaluate([1]), r"folder is \[1\]: it must be a path"),
        (lambda: api.evaluate_early_exit("runs", "x"), "confidence is 'x': it must be a number above 0"),
        (lambda: saccade.write_report(5), "folders is 5: it must be a list of paths"),
        (lambda: saccade.write_report([5]), "folder is 5: it must be a path"),
        (lambda: saccade.draw("grlf", {"units": 8}), "settings is {'units': 8}: for grlf it must be"),
        (lambda: saccade.watch("runs", seed="x"), "seed is 'x': it must be a whole number"),
        *(
            (lambda files=files: saccade.predict("grlf", files), rf"files is {re.escape(repr(files))}: it must be a list of one file or more")
            for files in (3, None, "a.png", b"a.png", [])
        ),
        (lambda: saccade.predict("grlf", ["a.png", 3]), r"files\[1\] is 3: it must be a path"),
        (lambda: saccade.predict("grlf", [None]), r"files\[0\] is None: it must be a path"),
        (lambda: saccade.predict("grlf", [b"x"]), r"files\[0\] is b'x': it must be a path"),
        (lambda: saccade.predict("grlf", [""]), r"files\[0\] is '': it must be a path, and not empty"),
        (lambda: figures.table("grlf", "runs", "results"), "chosen is 'grlf': it must be a table"),
    ],
)  # fmt: skip
def test_arguments_of_the_wrong_type(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


TOO_LONG = "x" * 300


@pytest.mark.parametrize(
    "call",
    [
        lambda: saccade.load(TOO_LONG),
        lambda: saccade.weights(TOO_LONG),
        lambda: saccade.predict(TOO_LONG, ["a.png"]),
        lambda: saccade.predict("grlf", [TOO_LONG]),
        lambda: saccade.predict("grlf", ["a.png"], TOO_LONG),
        lambda: saccade.export(TOO_LONG),
        lambda: saccade.export("runs", TOO_LONG),
        lambda: saccade.resume(TOO_LONG),
        lambda: saccade.evaluate(TOO_LONG),
        lambda: saccade.write_report(TOO_LONG),
        lambda: saccade.train("grlf", out=TOO_LONG),
        lambda: saccade.train("grlf", data=TOO_LONG),
        lambda: saccade.train("grlf", from_run=TOO_LONG),
        lambda: find_runs(Path(TOO_LONG)),
    ],
)
def test_paths_that_cannot_be_reached(call: Callable[[], Any]) -> None:
    with pytest.raises(RunError, match=r"^x+ cannot be reached \(File name too long\): choose a shorter name$"):
        call()


def test_a_run_that_has_not_begun_cannot_be_measured(tmp_path: Path, tiny_mnist: Path) -> None:
    RunDirectory.create(
        tmp_path / "run", "grlf", to_plain(GrlfSettings(**SMALL)), 0, command="", data=str(tiny_mnist), threads=1
    )
    with pytest.raises(RunError, match="has no checkpoint yet"):
        saccade.evaluate(tmp_path)


def test_drawing() -> None:
    graph = saccade.graph_of("grlf")
    assert isinstance(graph, Graph) and set(graph.nodes) >= {"eye", "reader", "reward", "prediction", "gaze"}
    assert saccade.draw("grlf").startswith("<svg")
    assert saccade.draw("grlf-field") != saccade.draw("grlf") and saccade.draw("grlf", FIELD) == saccade.draw(
        "grlf-field"
    )


def test_report(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train("grlf", out=tmp_path / "runs", data=tiny_mnist, **SMALL)
    page = saccade.write_report([folder])
    assert page == folder / "report.html" and "<html" in page.read_text()
    assert saccade.write_report([folder], tmp_path / "page.html") == tmp_path / "page.html"


def test_choices_by_name(tmp_path: Path, tiny_mnist: Path) -> None:
    assert saccade.draw("grlf", GrlfSettings(gaze="fixed-scan")) == saccade.draw(  # type: ignore[arg-type]
        "grlf", GrlfSettings(gaze=Gaze.FIXED_SCAN)
    )
    with pytest.raises(ValueError, match="gaze is 'learnt': it must be one of learned, learned-scan, fixed-scan"):
        saccade.train("grlf", out=tmp_path / "run", data=tiny_mnist, gaze="learnt")
    with pytest.raises(ValueError, match=r"seen is 300\.5, not of type int"):
        saccade.train("grlf", out=tmp_path / "run", data=tiny_mnist, seen=300.5)
    with pytest.raises(ValueError, match="seen is 'x', not of type int"):
        saccade.train("grlf", out=tmp_path / "run", data=tiny_mnist, seen="x")
    assert not (tmp_path / "run").exists()


def test_a_run_is_trained_by_one_process_at_a_time(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train("grlf", out=tmp_path / "runs", data=tiny_mnist, **SMALL)
    (run,) = find_runs(folder)
    (run.folder / "result.json").unlink()
    with run.locked(), pytest.raises(RunError, match="seed-0 is being trained by another process"):
        saccade.resume(folder)
    saccade.resume(folder)
    assert run.result is not None


def test_reports_of_one_folder_or_none(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train("grlf", out=tmp_path / "runs", data=tiny_mnist, **SMALL)
    assert saccade.write_report(str(folder), picture=tmp_path / "looks.png").exists()
    assert (tmp_path / "looks.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(RunError, match="none was given"):
        saccade.write_report([])


def test_a_call_that_is_noted_makes_the_same_run(tmp_path: Path, tiny_mnist: Path) -> None:
    settings = GrlfSettings(**{**SMALL, "reader": Reader.FEED_FORWARD})
    folder = saccade.train("grlf", settings, out=tmp_path / "one", data=tiny_mnist, learner={"epochs": 2})
    (run,) = find_runs(folder)
    call = run.about["command"].removesuffix(")") + f", out={str(tmp_path / 'two')!r}, data={str(tiny_mnist)!r})"
    (again,) = find_runs(eval(call))
    assert again.settings == run.settings


def test_runs_do_not_go_into_the_data(tmp_path: Path, tiny_mnist: Path) -> None:
    with pytest.raises(ArgumentError, match="the folder of the data: name another one for the runs"):
        saccade.train("grlf", out=tiny_mnist, data=str(tiny_mnist) + "/", **SMALL)


def test_a_page_replaces_no_file_of_the_user_s(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train("grlf", out=tmp_path / "run", data=tiny_mnist, **SMALL)
    page = saccade.write_report(folder)
    assert saccade.write_report(folder) == page == folder / "report.html"
    page.write_text("my notes")
    with pytest.raises(RunError, match=r"report\.html exists: name another file"):
        saccade.write_report(folder)
    assert page.read_text() == "my notes" and saccade.write_report(folder, force=True) == page
    with pytest.raises(ArgumentError, match="out and picture are both"):
        saccade.write_report(folder, tmp_path / "a.png", tmp_path / "." / "a.png")
