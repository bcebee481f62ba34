"""Options under the names they had before 2026-11-30: understood with one line of notice, and refused next to the new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import saccade
from saccade.cli import main
from saccade.runs import RunDirectory, find_runs
from saccade.runs.old_names import current_options, renamed_options

from ..other_package import install

UNTIL = "the old name works until 2027-06-30"

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
        (OF_LOOKING, ["--images", "-5"], ["--seen", "-5"]),
        (OF_LOOKING, ["--images=1e3"], ["--seen=1e3"]),
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
