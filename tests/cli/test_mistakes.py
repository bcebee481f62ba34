"""What a user can get wrong ends in one clear sentence."""

import math
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from saccade.commands import COMMANDS

from .refusals import TINY, complaint, sentence


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["trian"], "there is no command 'trian' — did you mean 'train'?"),
        (["zzz"], "there is no command 'zzz' (commands: list, graph"),
        (["train", "grlf", "--seen", "0"], "--seen 0: it must be 1 or more"),
        (["train", "grlf", "--field", "5"], "--field 5: it must be 0 (no field) or at least"),
        (["train", "grlf", "--spread", "2"], "--spread 2.0: it must be between 0 and 1"),
        (["train", "grlf", "--seen", "32", "--images", "64"], "--images is the old name of --seen: give one of them"),
        (["train", "grlf", "--seeds", "0"], "--seeds 0: it must be 1 or more"),
        (["train", "grlf", "--seeds", "-2"], "--seeds -2: it must be 1 or more"),
        (["train", "grlf", "--seed", "-1"], "--seed -1: it must be 0 or more"),
        (["train", "grlf", "--seed", str(2**64)], f"--seed {2**64}: it must be {2**32 - 1} or less"),
        (["train", "grlf", "--threads", "99999"], "--threads 99999: it must be 10000 or less"),
        (["train", "grlf", "--workers", "0"], "--workers 0: it must be 1 or more"),
        (["train", "grlf", "--threads", "0"], "--threads 0: it must be 1 or more"),
        (["graph", "grlf", "--fixations", "1"], "--fixations 1: it must be 2 or more"),
        (["resume", "/nowhere", "--workers", "-1"], "--workers -1: it must be 1 or more"),
        (["table", "grlf", "--seeds", "0"], "--seeds 0: it must be 1 or more"),
        (["data", "get", "cifar"], "saccade data get cifar: only `saccade data get mnist` is known"),
        (["data", "put", "mnist"], "saccade data put mnist: only"),
        (["eval", "/nowhere", "--confidence", "0"], "--confidence 0.0: it must be above 0 and at most 1"),
        (["train", "ram", "--encoder", "module"], "--encoder module: it must be MODULE:FUNCTION"),
        (["table", "grlv"], "there is no table 'grlv' — did you mean 'grlf'? (tables: "),
        (["train", "grlf", "--out", ""], "an argument is empty, perhaps of a shell variable that is not set"),
        (["report"], "saccade report needs a run directory, or several"),
        (["robustness"], "saccade robustness needs a run directory"),
        (["robustness", "runs", "--test-images", "0"], "--test-images 0: it must be 1 or more"),
        (["train", "grlf", "--fixations", "9" * 30], f"--fixations {'9' * 30}: it must be 1000 or less"),
        (
            ["train", "grlf", "--seeds", "2", "--seed", str(2**32 - 1)],
            f"--seed {2**32 - 1}: it must be {2**32 - 2} or less",
        ),
        (["graph", "ram", "--scales", "14"], "--scales 14 --patch 16: the widest patch, 131072 pixels, is over 4096"),
    ],
)
def test_a_command_line_that_cannot_be_meant(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in sentence(capsys, *argv, code=2)


@pytest.mark.parametrize(
    "argv",
    [
        ["train", "grlf", "--sene", "3"], ["train", "grlf", "--seen", "many"], ["train", "grlf", "--reader", "x"],
        ["train", "grlf", "--seen"], ["resume"], ["eval"], ["data"], ["data", "get"], ["list", "more"],
        ["doctor", "--hard"], ["train", "grlf", "extra"], ["table", "grlf", "--seeds", "x"],
    ],
)  # fmt: skip
def test_options_that_cannot_be_read(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    complaint(capsys, *argv, code=2)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--ppo.discount", "7", "--ppo.discount 7.0: it must be between 0 and 1"),
        ("--ppo.clip", "0", "--ppo.clip 0.0: it must be above 0"),
        ("--learner.learning-rate", "-1", "--learner.learning-rate -1.0: it must be 0 or more"),
        ("--learner.clip-norm", "inf", "--learner.clip-norm inf: it must be a finite number"),
        ("--learner.epochs", "0", "--learner.epochs 0: it must be 1 or more"),
    ],
)
def test_inner_settings_out_of_range(option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in sentence(capsys, "train", "grlf", option, value, code=2)


@pytest.mark.parametrize("argv", [["train"], ["train", "--seen", "3"], ["graph"], ["table"]])
def test_a_name_is_missing(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    text = complaint(capsys, *argv, code=2)
    assert "needs" in text and "grlf" in text  # and here they are


def test_a_recipe_that_needs_a_name_lists_those_that_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    text = sentence(capsys, "graph", "dqn")
    assert "which game? --env NAME" in text and "or one of the recipes dqn-beam-rider, " in text


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
    (run / "settings.json").write_text(whole.replace('"format": 3', '"format": 9'))
    assert "has format 9" in sentence(capsys, command, str(run.parent))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"recipe": "grlf"', '"recipe": "gone"', "there is no recipe 'gone'"),
        ('"patch": 5', '"patsch": 5', "settings do not fit GrlfSettings: patch missing and patsch unknown"),
        (
            '"patch": 5',
            '"patch": -5',
            "settings.json: settings do not fit GrlfSettings: --patch -5: it must be 1 or more",
        ),
        (
            '"threads": 1',
            '"threads": 0',
            "settings.json is incomplete or damaged (threads is 0, it must be a whole number",
        ),
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


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")):

        def fails(_: list[str], error: Exception = error) -> None:
            raise error

        monkeypatch.setitem(COMMANDS, "list", fails)
        assert "there is not enough memory for this: take a smaller --batch" in sentence(capsys, "list")


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
        (KeyboardInterrupt(), 130, "stopped; what was saved is kept: `saccade resume RUN` continues"),
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
