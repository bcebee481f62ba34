"""The command on a folder of one's own pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.cli import main
from saccade.runs import find_runs

from .refusals import complaint, sentence

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
    main(["train", "ram", "--data", str(pictures), *TINY, "--out", str(out)])
    out_text, err = capsys.readouterr()
    assert out_text.strip() == str(out / "report.html")
    assert "2 classes (dark 12, light 12): " in err and "12x12 grey" in err and "now --" not in err
    (run,) = find_runs(out)
    assert run.settings["seen"] == 32 and run.about["data"] == str(pictures)
    main(["eval", str(out), "--confidence", "0.3"])
    assert "mean fixations" in capsys.readouterr().out


def test_what_can_be_wrong_with_pictures(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["train", "ram", *TINY, "--out", str(tmp_path / "runs")]
    assert "give --data DIR" in sentence(capsys, *line)
    assert "--images is the old name of --seen: give one of them" in sentence(capsys, *line, "--images", "5000", code=2)
    assert "5000 is not a folder" in sentence(capsys, *line, "--data", "5000")
    assert "nowhere is not a folder" in sentence(capsys, *line, "--data", "nowhere")
    (pictures / "dark" / "3.png").write_bytes(b"no picture")
    assert "3.png: not a picture" in sentence(capsys, *line, "--data", str(pictures))
    Image.fromarray(np.zeros((20, 12), np.uint8)).save(pictures / "dark" / "3.png")
    assert "bring them to one with --side 12" in sentence(capsys, *line, "--data", str(pictures))
    assert "take --patch 8 or less" in sentence(capsys, *line, "--data", str(pictures), "--side", "8", "--patch", "10")
    (pictures / "empty").mkdir()
    assert "empty is empty: put pictures" in sentence(capsys, *line, "--data", str(pictures))
    assert not (tmp_path / "runs").exists()


def test_the_folder_under_its_old_name(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "runs"
    main(["train", "ram", "--images", str(pictures), *TINY, "--out", str(out), "--no-report"])
    assert "saccade: --images is now --data; the old name works until 2027-06-30\n" in capsys.readouterr().err
    (run,) = find_runs(out)
    assert run.settings["seen"] == 32 and run.about["data"] == str(pictures)


def test_systems_whose_episodes_cannot_end_early(
    trained: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = sentence(capsys, "eval", str(trained), "--confidence", "0.9")
    assert "recipe grlf: its episodes cannot end early" in text
    out = tmp_path / "runs"
    main(["train", "ram", "--data", str(pictures), *TINY, "--model", "dense-64", "--out", str(out), "--no-report"])
    text = complaint(capsys, "eval", str(out), "--confidence", "0.9", code=1)
    assert "recipe ram: this system does not predict whether it is right" in text
