"""The command on a folder of one's own pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.cli import main
from saccade.runs import find_runs

from .refusals import sentence

TINY = ["--seen", "32", "--batch", "16", "--fixations", "3", "--patch", "6", "--units", "8"]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for value, name in ((40, "dark"), (220, "light")):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(12):
            Image.fromarray(np.full((12, 12), value + number, np.uint8)).save(
                tmp_path / "pictures" / name / f"{number}.png"
            )
    return tmp_path / "pictures"


def test_the_readme_s_line(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "runs"
    main(["train", "ram", "--images", str(pictures), *TINY, "--out", str(out)])
    said = capsys.readouterr()
    assert said.out.strip() == str(out / "report.html")
    assert "2 classes (dark 12, light 12): " in said.err and "12x12 grey" in said.err
    (run,) = find_runs(out)
    assert run.settings["images"] == 32 and run.about["data"] == str(pictures)
    main(["eval", str(out), "--sure", "0.3"])
    assert "mean looks" in capsys.readouterr().out


def test_what_can_be_wrong_with_pictures(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["train", "ram", *TINY, "--out", str(tmp_path / "runs")]
    assert "give --images DIR" in sentence(capsys, *line)
    assert "--images 5000: it is the folder of the pictures; how many are seen is --seen" in sentence(
        capsys, *line, "--images", "5000"
    )
    assert "nowhere is not a folder" in sentence(capsys, *line, "--images", "nowhere")
    (pictures / "dark" / "3.png").write_bytes(b"no picture")
    assert "3.png: not a picture" in sentence(capsys, *line, "--images", str(pictures))
    Image.fromarray(np.zeros((20, 12), np.uint8)).save(pictures / "dark" / "3.png")
    assert "bring them to one with --side 12" in sentence(capsys, *line, "--images", str(pictures))
    assert "take --patch 8 or less" in sentence(
        capsys, *line, "--images", str(pictures), "--side", "8", "--patch", "10"
    )
    (pictures / "empty").mkdir()
    assert "empty is empty: put pictures" in sentence(capsys, *line, "--images", str(pictures))
    assert not (tmp_path / "runs").exists()


def test_a_system_that_does_not_know_how_sure_it_is(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "recipe grlf: this system does not tell how sure it is" in sentence(
        capsys, "eval", str(trained), "--sure", "0.9"
    )
