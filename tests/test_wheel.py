"""The package as it is installed, not as it lies in its folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHOW = """
import saccade, saccade.report.page, sys, torch
from pathlib import Path
assert Path(saccade.__file__).is_relative_to(sys.argv[1]), saccade.__file__
from saccade.cli import main
main(["list"])
assert len(saccade.load("grlf").predict(torch.zeros(2, 28, 28, dtype=torch.uint8))) == 2  # its weights come with it
main(["train", "grlf", "--seen", "64", "--batch", "32", "--units", "8", "--data", sys.argv[2], "--out", "run"])
"""


def test_a_wheel_is_built_installed_and_used(tmp_path: Path, tiny_mnist: Path) -> None:
    offline = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    copy = tmp_path / "sources"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    wheels, site = tmp_path / "wheels", tmp_path / "site"
    subprocess.run([sys.executable, "-m", "pip", "wheel", *offline, "-w", str(wheels), str(copy)], check=True)
    (wheel,) = wheels.iterdir()
    with zipfile.ZipFile(wheel) as packed:
        assert {"saccade/py.typed", "saccade/__init__.pyi", "saccade/report/style.css", "saccade/report/player.js"} <= {
            *packed.namelist()
        }
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, "--target", str(site), str(wheel)], check=True)
    call = [sys.executable, "-c", SHOW, str(site), str(tiny_mnist)]
    done = subprocess.run(
        call, env={**os.environ, "PYTHONPATH": str(site)}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "ram-cluttered" in done.stdout, done.stderr
    assert "run/report.html" in done.stdout and "<style>" in (tmp_path / "run" / "report.html").read_text()
