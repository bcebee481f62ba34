"""The command in this process: what it does."""

import json
import re
import shutil
from pathlib import Path

import pytest

from saccade import __version__, cli, commands
from saccade.cli import main
from saccade.plugins import registered
from saccade.runs import RunDirectory, load_checkpoint, read_figures

from ..other_package import install
from .refusals import TINY, sentence

OF_RECIPES = ["cutout", "robustness", "watch"]  # found by entry points
COMMANDS = [*commands.COMMANDS, *OF_RECIPES]


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in ([], ["--help"], ["help"]):
        main(argv)
        text = capsys.readouterr().out
        assert all(f"saccade {name}" in text for name in COMMANDS)
    main(["--version"])
    assert capsys.readouterr().out == f"saccade {__version__}\n"


def test_every_command_that_is_named_is_there() -> None:
    assert [*cli._COMMON] == [*commands.COMMANDS]
    assert sorted(entry.name for entry in registered("saccade.commands") if entry.package == "saccade") == OF_RECIPES


def test_a_command_of_another_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, tmp_path, {"saccade.commands": {"say": "dots:SAY", "lost": "dots:LOST"}})
    main(["say", "hello"])
    assert capsys.readouterr().out == "dots: hello\n"
    assert "command 'lost' of the package dots 0.1 cannot be loaded" in sentence(capsys, "lost")
    assert "there is no command 'sya' — did you mean 'say'?" in sentence(capsys, "sya", code=2)
    main(["--help"])  # whatever is wrong with one of them
    text = capsys.readouterr().out
    assert "saccade say WORD" in text and "saccade train RECIPE" in text and "dots 0.1 cannot be loaded" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        main([command, "--help"])
    except SystemExit as stopped:
        assert stopped.code in (0, None)
    out, err = capsys.readouterr()
    assert f"saccade {command}" in out and not err
    assert not re.search(r"\bSTR\b|None", out)


@pytest.mark.parametrize("recipe", ["dqn", "ram"])
def test_help_says_what_a_value_is(recipe: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", recipe, "--help"])
    text = capsys.readouterr().out
    assert "--out PATH" in text and {"dqn": "--env NAME", "ram": "--encoder MODULE:FUNCTION"}[recipe] in text
    assert not re.search(r"\bSTR\b|None", text)


def test_every_setting_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["train", "grlf", "--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for option in (
        "--seen",
        "--data",
        "--reader",
        "--ppo.discount",
        "--learner.epochs",
        "--seeds",
        "--out",
        "--no-detach",
    ):
        assert option in text
    words = " ".join(text.split())
    assert "Images seen in training, repetitions counted." in words and "Folder that holds mnist/" in words


def test_a_recipe_without_data_has_no_such_option(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--help"], ["--data", "games"]):
        with pytest.raises(SystemExit) as stopped:
            main(["train", "dqn-pong", *argv])
    assert stopped.value.code == 2 and "--data" not in capsys.readouterr().out


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list"])
    text = capsys.readouterr().out
    assert "grlf " in text and "grlf-field" in text
    assert text.count("GRLF report") == 1  # of both


def test_graph(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "deep" / "graph.svg"
    main(["graph", "grlf", "--out", str(target)])
    assert capsys.readouterr().out == f"{target}\n"
    assert target.read_text().startswith("<svg")
    target.write_text("mine")
    with pytest.raises(SystemExit):
        main(["graph", "grlf", "--out", str(target)])
    assert "graph.svg exists: " in capsys.readouterr().err and target.read_text() == "mine"
    main(["graph", "grlf", "--out", str(target), "--force"])
    assert capsys.readouterr().out == f"{target}\n" and target.read_text().startswith("<svg")
    main(["graph", "grlf", "--mermaid", "--reader", "convolutional"])
    mermaid = capsys.readouterr().out
    assert mermaid.startswith(("flowchart", "graph")) and "memory" in mermaid
    main(["graph", "grlf-field", "--source"])
    source = capsys.readouterr().out
    compile(source, "source", "exec")
    assert "def unroll" in source and "def step" in source and "field" in source


def test_train(trained: Path, tiny_mnist: Path) -> None:
    run = RunDirectory.open(trained / "seed-0")
    assert run.result is not None and run.result["seen"] == 32
    assert run.about["command"].startswith("saccade train grlf --seen 32")
    assert run.about["data"] == str(tiny_mnist) and run.settings["units"] == 8
    assert {path.name for path in run.folder.iterdir()} == {
        "settings.json", "result.json", "metrics.jsonl", "tensorboard", "checkpoint.safetensors", "looks.safetensors",
        ".lock",
    }  # fmt: skip


def test_train_shows_its_progress(tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new"
    main(["train", "grlf", *TINY, "--seed", "7", "--out", str(out), "--data", str(tiny_mnist), "--no-report"])
    text = capsys.readouterr()
    assert text.out == f"{out}\n"  # for a script; what is for the eye goes to stderr
    assert "new/seed-7" in text.err and "images/s" in text.err and "100%" in text.err and "accuracy" in text.err
    assert RunDirectory.open(out / "seed-7").seed == 7


def test_paths_with_brackets_are_text(
    tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    out = "exp[lr=0.1]/q[/z]"
    main(["train", "grlf", *TINY, "--out", out, "--data", str(tiny_mnist), "--no-report"])
    text = capsys.readouterr()
    assert text.out == f"{out}\n" and f"{out}: test set" in text.err and "z]/seed-0  100%" in text.err


def test_runs_are_numbered(
    tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "grlf-1").mkdir(parents=True)
    main(["train", "grlf", *TINY, "--data", str(tiny_mnist), "--no-report"])
    assert capsys.readouterr().out == "runs/grlf-2\n"


def test_eval(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads((trained / "seed-0" / "result.json").read_text())
    capsys.readouterr()
    main(["eval", str(trained)])
    out, _ = capsys.readouterr()
    assert "seed-0" in out and f"{before['test']['accuracy']:.2%}" in out
    assert json.loads((trained / "seed-0" / "result.json").read_text())["test"] == before["test"]


def test_eval_of_a_run_that_has_not_ended_leaves_it_unended(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "result.json").unlink()
    settings = json.loads((run / "settings.json").read_text())
    settings["settings"]["seen"] = 1000
    (run / "settings.json").write_text(json.dumps(settings))
    main(["eval", str(run)])
    assert "seed-0" in capsys.readouterr().out
    assert RunDirectory.open(run).result is None


def test_eval_reports_a_damaged_checkpoint(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = run / "checkpoint.safetensors"
    shutil.copy(checkpoint, run / "checkpoint.previous.safetensors")
    checkpoint.write_bytes(b"?")
    main(["eval", str(run)])
    assert "going on from the one before" in capsys.readouterr().err


def test_resume(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = json.loads((run / "result.json").read_text())
    (run / "result.json").unlink()
    (run / "checkpoint.safetensors").unlink()
    main(["resume", str(run.parent)])
    out, err = capsys.readouterr()
    assert "report.html" in out and (run.parent / "report.html").exists() and "accuracy" in err
    assert json.loads((run / "result.json").read_text())["test"] == result["test"]
    assert load_checkpoint(run / "checkpoint.safetensors")[0].numbers["seen"] == 32
    main(["resume", str(run.parent)])  # nothing left to do


def test_report(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "page.html"
    main(["report", str(run), "--out", str(target)])
    assert capsys.readouterr().out == f"{target}\n"
    assert "<html" in target.read_text()


def test_table_of_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["table", "grlf", "--only-print", "--results", str(tmp_path)])
    text = capsys.readouterr().out
    assert "GRLF" in text and "source" in text
    assert read_figures(tmp_path) == {}


def test_table_of_errors(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    main(["table", "ram", "--only-print", "--results", str(Path(__file__).parents[2] / "results")])
    text = capsys.readouterr().out
    for words in (
        "28x28",
        "translated 60x60",
        "cluttered 100x100",
        "test error",
        "multiply-adds",
        "RAM, 8 glimpses",
        "8.11%",
        "residual, short",
        "309,178 ",
    ):
        assert words in text
    figure = read_figures(Path(__file__).parents[2] / "results")["ram/cluttered/8/error"]
    assert f"{figure['value']:.2%} [{figure['low']:.2%}" in text


def test_data_get(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("saccade.worlds.data.mnist.fetch_mnist", lambda force: tmp_path / str(force))
    main(["data", "get", "mnist", "--force"])
    assert capsys.readouterr().out == f"{tmp_path / 'True'}\n"
