"""The command, mostly in this process; what a user can get wrong ends in one clear sentence."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from saccade import __version__
from saccade.cli import COMMANDS, main
from saccade.runs import RunDirectory, load_checkpoint, read_figures

TINY = ["--images", "32", "--batch", "16", "--fixations", "3", "--patch", "5", "--units", "8"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Path) -> Path:
    """A folder with the finished run of one seed."""
    out = tmp_path_factory.mktemp("trained") / "runs"
    main(["train", "grlf", *TINY, "--out", str(out), "--data", str(tiny_mnist), "--no-report"])
    return out


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(trained, tmp_path / "runs")) / "seed-0"


def told(capsys: pytest.CaptureFixture[str], *argv: str, code: int | None = None) -> str:
    """What the command says on stderr when it refuses: no traceback, and nothing on stdout."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    out, err = capsys.readouterr()
    assert stopped.value.code == code if code is not None else stopped.value.code not in (0, None)
    assert err.strip() and "Traceback" not in err and not out
    return err


def sentence(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 1) -> str:
    """The same, in one line of our own."""
    err = told(capsys, *argv, code=code)
    assert err.startswith("saccade: ") and err.count("\n") == 1
    return err.removeprefix("saccade: ").strip()


# -- what it does -----------------------------------------------------------------------------------


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in ([], ["--help"], ["help"]):
        main(argv)
        text = capsys.readouterr().out
        assert all(f"saccade {name}" in text for name in COMMANDS)
    main(["--version"])
    assert capsys.readouterr().out == f"saccade {__version__}\n"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        main([command, "--help"])
    except SystemExit as stopped:
        assert stopped.code in (0, None)
    out, err = capsys.readouterr()
    assert f"saccade {command}" in out and not err


def test_every_setting_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["train", "grlf", "--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for option in ("--images", "--reader", "--ppo.discount", "--learner.epochs", "--seeds", "--out", "--no-detach"):
        assert option in text
    assert "Images seen in training." in text


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list"])
    text = capsys.readouterr().out
    assert "grlf " in text and "grlf-field" in text and "source: GRLF report" in text


def test_graph(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "deep" / "graph.svg"
    main(["graph", "grlf", "--out", str(target)])
    assert capsys.readouterr().out == f"{target}\n"
    assert target.read_text().startswith("<svg")
    main(["graph", "grlf", "--mermaid", "--reader", "convolutional"])
    mermaid = capsys.readouterr().out
    assert mermaid.startswith(("flowchart", "graph")) and "memory" in mermaid
    main(["graph", "grlf-field", "--source"])
    source = capsys.readouterr().out
    compile(source, "source", "exec")
    assert "def unroll" in source and "def step" in source and "field" in source


def test_train(trained: Path, tiny_mnist: Path) -> None:
    run = RunDirectory.open(trained / "seed-0")
    assert run.result is not None and run.result["images"] == 32
    assert run.about["command"].startswith("saccade train grlf --images 32")
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
    settings["settings"]["images"] = 1000
    (run / "settings.json").write_text(json.dumps(settings))
    main(["eval", str(run)])
    assert "seed-0" in capsys.readouterr().out
    assert RunDirectory.open(run).result is None


def test_eval_tells_of_a_damaged_checkpoint(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
    assert load_checkpoint(run / "checkpoint.safetensors")[0].numbers["images"] == 32
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


def test_doctor(capsys: pytest.CaptureFixture[str], tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACCADE_DATA", str(tiny_mnist))
    with pytest.raises(SystemExit) as stopped:
        main(["doctor"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert "torch" in text and "132 and 24 images" in text
    monkeypatch.setenv("SACCADE_DATA", "/nowhere")
    with pytest.raises(SystemExit) as stopped:
        main(["doctor"])
    assert stopped.value.code == 0 and "saccade data get mnist" in capsys.readouterr().out
    monkeypatch.setattr("saccade.doctor._NEEDED", ("torch", "no-such-package"))
    with pytest.raises(SystemExit) as stopped:
        main(["doctor"])
    assert stopped.value.code == 1
    text = capsys.readouterr().out
    assert "no-such-package" in text and "missing" in text and "pip" in text


def test_data_get(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("saccade.worlds.mnist.fetch_mnist", lambda force: tmp_path / str(force))
    main(["data", "get", "mnist", "--force"])
    assert capsys.readouterr().out == f"{tmp_path / 'True'}\n"


# -- what can go wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["trian"], "there is no command 'trian' — did you mean 'train'?"),
        (["zzz"], "there is no command 'zzz' (commands: list, graph"),
        (["train", "grlf", "--images", "0"], "--images 0: it must be 1 or more"),
        (["train", "grlf", "--field", "5"], "--field 5: it must be 0 (no field) or at least"),
        (["train", "grlf", "--spread", "2"], "--spread 2.0: it must be between 0 and 1"),
        (["train", "grlf", "--seeds", "0"], "--seeds 0: it must be 1 or more"),
        (["train", "grlf", "--seeds", "-2"], "--seeds -2: it must be 1 or more"),
        (["train", "grlf", "--seed", "-1"], "--seed -1: it must be 0 or more"),
        (["train", "grlf", "--workers", "0"], "--workers 0: it must be 1 or more"),
        (["train", "grlf", "--threads", "0"], "--threads 0: it must be 1 or more"),
        (["graph", "grlf", "--fixations", "1"], "--fixations 1: it must be 2 or more"),
        (["resume", "/nowhere", "--workers", "-1"], "--workers -1: it must be 1 or more"),
        (["table", "grlf", "--seeds", "0"], "--seeds 0: it must be 1 or more"),
        (["data", "get", "cifar"], "saccade data get cifar: only `saccade data get mnist` is known"),
        (["data", "put", "mnist"], "saccade data put mnist: only"),
        (["report"], "saccade report needs a run directory, or several"),
        (["robustness"], "saccade robustness needs a run directory"),
    ],
)
def test_a_command_line_that_cannot_be_meant(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in sentence(capsys, *argv, code=2)


@pytest.mark.parametrize(
    "argv",
    [
        ["train", "grlf", "--imgaes", "3"], ["train", "grlf", "--images", "many"], ["train", "grlf", "--reader", "x"],
        ["train", "grlf", "--images"], ["resume"], ["eval"], ["data"], ["data", "get"], ["list", "more"],
        ["doctor", "--hard"], ["train", "grlf", "extra"], ["table", "grlf", "--seeds", "x"],
    ],
)  # fmt: skip
def test_options_that_cannot_be_read(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, *argv, code=2)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--ppo.discount", "7", "discount is 7.0: it must be between 0 and 1"),
        ("--ppo.clip", "0", "clip is 0.0: it must be above 0"),
        ("--learner.learning-rate", "-1", "learning_rate is -1.0: it must be 0 or more"),
        ("--learner.epochs", "0", "epochs is 0: it must be 1 or more"),
    ],
)
def test_inner_settings_out_of_range(option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in " ".join(told(capsys, "train", "grlf", option, value, code=2).split())


@pytest.mark.parametrize("argv", [["train"], ["train", "--images", "3"], ["graph"], ["table"], ["table", "nope"]])
def test_a_name_is_missing(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, *argv, code=2)
    assert "needs" in text and "grlf" in text  # and here they are


@pytest.mark.parametrize("command", ["train", "graph"])
def test_an_unknown_recipe(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no recipe 'grfl', did you mean 'grlf'?" in sentence(capsys, command, "grfl")


@pytest.mark.parametrize("command", ["resume", "eval", "report", "robustness"])
def test_a_run_that_is_not_there(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        assert f"{folder} is not a run directory and holds none" in sentence(capsys, command, str(folder))


@pytest.mark.parametrize("command", ["resume", "eval", "report"])
def test_a_damaged_run(command: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (run / "settings.json").read_text()
    (run / "settings.json").write_text(whole[:100])
    assert "settings.json cannot be read" in sentence(capsys, command, str(run))
    (run / "settings.json").write_text(whole.replace('"format": 1', '"format": 9'))
    assert "has format 9" in sentence(capsys, command, str(run.parent))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"recipe": "grlf"', '"recipe": "gone"', "there is no recipe 'gone'"),
        ('"patch": 5', '"patsch": 5', "settings do not fit GrlfSettings: patch, patsch"),
        ('"patch": 5', '"patch": -5', "--patch -5: it must be 1 or more"),
        ('"patch": 5', '"patch": 7', "does not fit"),
    ],
)
def test_settings_that_do_not_fit(
    old: str, new: str, message: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "result.json").unlink()
    text = (run / "settings.json").read_text()
    assert old in text
    (run / "settings.json").write_text(text.replace(old, new))
    for command in ("resume", "eval"):
        assert message in sentence(capsys, command, str(run))


def test_eval_without_a_checkpoint(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in run.glob("*.safetensors"):
        path.unlink()
    assert f"delete result.json there and `saccade resume {run}`" in sentence(capsys, "eval", str(run))
    (run / "result.json").unlink()
    assert f"has no checkpoint yet: `saccade resume {run}`" in sentence(capsys, "eval", str(run))


def test_damaged_checkpoints(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "result.json").unlink()
    (run / "checkpoint.safetensors").write_bytes(b"nothing")
    for command in ("resume", "eval"):
        assert "checkpoint.safetensors is damaged" in sentence(capsys, command, str(run))


def test_an_existing_out(run: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*TINY, "--out", str(run.parent), "--data", str(tiny_mnist)]
    text = sentence(capsys, "train", "grlf", *arguments)
    assert f"{run} holds a run already: `saccade resume {run}`, or choose another --out" in text
    run.rename(run.with_name("seed-1"))
    sentence(capsys, "train", "grlf", *arguments, "--seeds", "2")
    assert not run.exists()  # the first seed is not begun where the second has no place


def test_an_out_that_cannot_be_written(tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    out = str(tmp_path / "file" / "run")
    assert "cannot write" in sentence(capsys, "train", "grlf", *TINY, "--out", out, "--data", str(tiny_mnist))
    assert "cannot write" in sentence(capsys, "graph", "grlf", "--out", out)


def test_data_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = sentence(capsys, "train", "grlf", *TINY, "--out", str(tmp_path / "run"), "--data", str(tmp_path))
    assert "train-images-idx3-ubyte" in text and not (tmp_path / "run").exists()


def test_corrupt_data(tmp_path: Path, tiny_mnist: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = Path(shutil.copytree(tiny_mnist, tmp_path / "data"))
    images = data / "mnist" / "train-images-idx3-ubyte"
    whole = images.read_bytes()
    for content in (whole[:-100], whole[:10], b"", b"<html>not found</html>"):
        images.write_bytes(content)
        text = sentence(capsys, "train", "grlf", *TINY, "--out", str(tmp_path / "new"), "--data", str(data))
        assert str(images) in text
        assert str(images) in sentence(capsys, "eval", str(run), "--data", str(data))
    assert not (tmp_path / "new").exists()


def test_other_data_than_it_was_trained_on(
    tmp_path: Path, run: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = Path(shutil.copytree(tiny_mnist, tmp_path / "data"))
    for name in ("images-idx3", "labels-idx1"):
        shutil.copy(data / "mnist" / f"t10k-{name}-ubyte", data / "mnist" / f"train-{name}-ubyte")
    assert "is the data still the same?" in sentence(capsys, "eval", str(run), "--data", str(data))


def test_a_loss_that_is_not_finite(
    tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("saccade.agents.learner.math", SimpleNamespace(isfinite=lambda _: False, inf=math.inf))
    text = sentence(capsys, "train", "grlf", *TINY, "--out", str(tmp_path), "--data", str(tiny_mnist))
    assert "the loss became" in text and "lower the learning rate" in text


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "stopped; what was saved is kept, go on with `saccade resume RUN`"),
        (PermissionError(13, "Permission denied", "/secret"), 1, "Permission denied: '/secret'"),
    ],
)
def test_interrupts_and_closed_doors(
    error: BaseException, code: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: list[str]) -> None:
        raise error

    monkeypatch.setitem(COMMANDS, "list", fails)
    assert message in sentence(capsys, "list", code=code)


# -- as a process -----------------------------------------------------------------------------------


def process(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_a_mistake_as_a_process() -> None:
    done = process("-m", "saccade", "eval", "/nowhere")
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("saccade: /nowhere is not a run directory") and done.stderr.count("\n") == 1


def test_a_reader_that_leaves_is_no_mistake() -> None:
    command = f"{sys.executable} -m saccade list | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert not done.stderr and done.returncode == 0


IMPORT = """
import os, sys
class Watch:
    def find_spec(self, name, *_):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Watch())
import saccade
"""


def test_idle_threads_sleep_before_torch_is_loaded() -> None:
    os_environ = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    for given, expected in ((None, "PASSIVE"), ("ACTIVE", "ACTIVE")):
        environment = os_environ if given is None else {**os_environ, "OMP_WAIT_POLICY": given}
        done = subprocess.run(
            [sys.executable, "-c", IMPORT], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout == f"{expected}\n"
