"""The package of docs/own-system.md is installed and used as the page says; and packages that are broken."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from saccade import figures, using
from saccade.cli import main
from saccade.training import registry
from saccade.training.registry import table_named

PAGE = Path(__file__).parents[2] / "docs" / "own-system.md"
FILES = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
Enter = Callable[..., None]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages that holds the page's."""
    package, target = tmp_path_factory.mktemp("package"), tmp_path_factory.mktemp("site")
    for name, content in FILES.findall(PAGE.read_text(encoding="utf-8")):
        (package / name).write_text(content, encoding="utf-8")
    offline = ["--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", "--quiet", *offline, "--target", str(target), "."]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Work in an empty folder with some folders of packages installed, in this process and in those that it starts."""

    def with_packages(*sites: Path) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, sites)))
        for place in sites:
            monkeypatch.syspath_prepend(place)
        registry._loaded.cache_clear()
        for name in ("spots", "blots", "settings"):
            monkeypatch.delitem(sys.modules, name, raising=False)

    return with_packages


def register(site: Path, package: str, version: str, recipes: str) -> Path:
    """A package as an installer leaves it: its metadata with entry points."""
    info = site / f"{package}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[saccade.recipes]\n{recipes}\n", encoding="utf-8")
    return site


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """What a command says that ends in one sentence."""
    with pytest.raises(SystemExit) as caught:
        main(argv)
    text = capsys.readouterr().err
    assert caught.value.code == 1 and text.count("\n") == 1
    return text


def test_it_is_thirty_lines() -> None:
    code = dict(FILES.findall(PAGE.read_text(encoding="utf-8")))["spots.py"].splitlines()
    assert len([line for line in code if line.strip() and not line.startswith('"""')]) <= 30


# A script as a newcomer writes it, with no `if __name__ == "__main__"`: the processes of the seeds start from it once more.
SCRIPT = """
from saccade.cli import main
main(["train", "spots", "--seeds", "3", "--workers", "2", "--seen", "2048", "--out", "runs"])
"""


def test_it_does_all_that_our_recipes_do(
    site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(site)
    main(["list"])
    assert "spots              Point at a spot\n" in capsys.readouterr().out
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout == "runs/report.html\n", done.stderr
    folders = [tmp_path / "runs" / f"seed-{seed}" for seed in range(3)]
    results = [json.loads((folder / "result.json").read_text()) for folder in folders]
    assert all(0 <= result["test"]["hit"] <= 1 and result["test"]["images"] == 3920 for result in results)
    assert all(json.loads((folder / "settings.json").read_text())["package"] == "spots 0.1" for folder in folders)
    page = (tmp_path / "runs" / "report.html").read_text()
    assert "Point at a spot" in page and "Test hits" in page
    main(["eval", "runs"])
    assert "hits" in capsys.readouterr().out
    (folders[1] / "result.json").unlink()
    main(["resume", "runs"])
    assert json.loads((folders[1] / "result.json").read_text())["test"] == results[1]["test"]
    main(["report", "runs", "--out", "page.html"])
    assert (tmp_path / "page.html").exists()


def test_its_table(site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    enter(site)
    table = table_named("spots")
    assert table is not None and [cell.id for cell in table.cells] == ["spots/hit"]
    small = replace(table, cells=[replace(table.cells[0], settings=replace(table.cells[0].settings, seen=1024))])
    figures.table(small, tmp_path / "runs", tmp_path / "results", seeds=1)
    figure = json.loads((tmp_path / "results" / "spots" / "hit.json").read_text())
    assert figure["unit"] == "fraction of test images" and figure["better"] == "higher" and len(figure["values"]) == 1
    assert figure["about"]["settings"]["seen"] == 1024
    main(["table", "spots", "--only-print"])
    assert "hits" in capsys.readouterr().out


def test_a_name_that_two_packages_register(
    site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(site, register(tmp_path / "other", "blots", "2.0", "spots = blots:RECIPE\ngrlf = blots:GRLF"))
    text = refused(capsys, "train", "spots")
    assert "recipe 'spots' is registered by two packages, " in text and "uninstall one of them" in text
    assert "blots 2.0" in text and "spots 0.1" in text
    main(["list"])
    listed = capsys.readouterr()
    assert "ram-mnist" in listed.out and "grlf " not in listed.out
    assert "recipe 'grlf' is registered by two packages, saccade" in listed.err


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, "ModuleNotFoundError: No module named 'blots'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("RECIPE = 3", "blots:RECIPE is of type int, it must be a Recipe"),
        ("OTHER = 3", "AttributeError: module 'blots' has no attribute 'RECIPE'"),
        ("from saccade.recipes.grlf.recipe import GRLF as RECIPE", "blots:RECIPE is called 'grlf'; give both one name"),
    ],
)
def test_a_package_that_cannot_be_loaded(
    code: str | None, message: str, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    site = register(tmp_path / "site", "blots", "2.0", "blots = blots:RECIPE")
    if code is not None:
        (site / "blots.py").write_text(code, encoding="utf-8")
    enter(site)
    text = refused(capsys, "train", "blots")
    assert "of the package blots 2.0" in text and message in text
    main(["list"])
    listed = capsys.readouterr()
    assert "grlf-field" in listed.out and message in listed.err


def test_a_run_of_a_recipe_that_is_gone(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as installed:
        installed.syspath_prepend(site)
        main(["train", "spots", "--seen", "512", "--out", str(tmp_path / "runs"), "--no-report"])
    enter()
    capsys.readouterr()
    for command in ("report", "eval"):
        text = refused(capsys, command, "runs")
        assert "there is no recipe 'spots': it came with the package spots 0.1, install that again" in text


SPOTS = """
from dataclasses import replace
from saccade.training import Metric
import spots

def changed(**changes):
    return replace(spots.RECIPE, name="blots", **changes)

def measuring(*metrics):
    def wire(settings, data, learn=True):
        system = spots.wire(settings, data, learn)
        return replace(system, measured={metric: system.graph.nodes["{port} for metric in metrics})
    return changed(wire=wire)

RECIPE = {recipe}
"""


@pytest.mark.parametrize(
    ("recipe", "port", "message"),
    [
        ("changed(wire=lambda *_: 3)", 'target"].hit', "recipe 'blots': wire returned int, it must return a saccade.training.System"),
        ("measuring()", 'target"].hit', "recipe 'blots': its System measures nothing; it must measure the recipe's metric 'hit'"),
        ("measuring(spots.HIT, replace(spots.HIT, label='x'))", 'target"].hit', "System measures hit, hit; it must measure"),
        ("measuring(spots.HIT)", 'saccader"].action', "whose values have the shape"),
    ],
)  # fmt: skip
def test_a_system_that_cannot_be_measured(
    recipe: str, port: str, message: str, site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    other = register(tmp_path / "other", "blots", "2.0", "blots = blots:RECIPE")
    (other / "blots.py").write_text(SPOTS.replace("{port}", port).replace("{recipe}", recipe), encoding="utf-8")
    enter(site, other)
    with pytest.raises(SystemExit) as caught:
        main(["train", "blots", "--seen", "512", "--out", "runs"])
    assert caught.value.code == 1 and message in capsys.readouterr().err


def other(site: Path, recipe: str) -> Path:
    """A package whose recipe is that of the page, changed."""
    register(site, "blots", "2.0", "blots = blots:RECIPE")
    code = SPOTS.replace("{port}", 'target"].hit').replace("{recipe}", recipe)
    (site / "blots.py").write_text(code, encoding="utf-8")
    return site


SETTINGS = """
import dataclasses, pathlib
from saccade.training import TrainingSettings

@dataclasses.dataclass(frozen=True)
class Bare:
    "Settings."
    size: int = 3

@dataclasses.dataclass(frozen=True)
class Taken(TrainingSettings):
    "Settings."
    data: int = 3

@dataclasses.dataclass(frozen=True)
class Unwritable(TrainingSettings):
    "Settings."
    names: object = frozenset([1])

@dataclasses.dataclass(frozen=True)
class Located(TrainingSettings):
    "Settings."
    weights: pathlib.Path = pathlib.Path("weights")
    extra: pathlib.Path | None = None
    sides: tuple[int, ...] = (1, 2)
"""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "Bare()",
            "of the package blots 2.0: its settings, Bare, have no seen, no batch, no learner; derive them from",
        ),
        ("Bare", "they must be an instance of a frozen dataclass"),
        ("dict(seen=3)", "its settings are {'seen': 3}, they must be an instance of a frozen dataclass"),
        ("Taken()", "of the package blots 2.0: its setting 'data' has the name of an option of `saccade train`"),
        ("Unwritable()", "names is frozenset({1}): settings.json cannot hold a frozenset, make it a number"),
    ],
)
def test_settings_that_cannot_be_trained_with(
    settings: str, message: str, site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    package = other(tmp_path / "other", "changed(settings=settings.SETTINGS)")
    code = (package / "blots.py").read_text().replace("import spots", "import spots, settings")
    (package / "blots.py").write_text(code, encoding="utf-8")
    (package / "settings.py").write_text(f"{SETTINGS}\nSETTINGS = {settings}\n", encoding="utf-8")
    enter(site, package)
    with pytest.raises(SystemExit) as caught:
        main(["train", "blots", "--out", "runs"])
    assert caught.value.code == 1 and message in capsys.readouterr().err and not (tmp_path / "runs").exists()


def test_paths_and_tuples_in_settings(site: Path, tmp_path: Path, enter: Enter) -> None:
    package = other(tmp_path / "other", "changed(settings=settings.Located(seen=512))")
    code = (package / "blots.py").read_text().replace("import spots", "import spots, settings")
    (package / "blots.py").write_text(code, encoding="utf-8")
    (package / "settings.py").write_text(SETTINGS, encoding="utf-8")
    enter(site, package)
    main(["train", "blots", "--weights", "here", "--out", "runs", "--no-report"])
    kept = json.loads((tmp_path / "runs" / "seed-0" / "settings.json").read_text())["settings"]
    assert (kept["weights"], kept["extra"], kept["sides"]) == ("here", None, [1, 2])
    main(["eval", "runs"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ("page=lambda *_: 1 / 0", "the page of the recipe 'blots' of the package blots 2.0 cannot be made (ZeroDivisionError: "),
        ("page=lambda *_: [3]", "cannot be made (TypeError: 3 is no text)"),
        ("published=lambda *_: 1 / 0", "the published figure of the recipe 'blots' of the package blots 2.0 cannot be made"),
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_made(
    changes: str, message: str, site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(site, other(tmp_path / "other", f"changed({changes})"))
    main(["train", "blots", "--seen", "512", "--out", "runs"])
    assert message in capsys.readouterr().err
    page = (tmp_path / "runs" / "report.html").read_text()
    assert "Test hits" in page and ("this is the page of every recipe" in page) == ("page=" in changes)


def test_a_report_leaves_out_the_run_whose_recipe_is_gone(
    site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(site)
    main(["train", "spots", "--seen", "512", "--out", "runs", "--no-report"])
    gone = Path(shutil.copytree("runs/seed-0", "runs/seed-1"))
    text = (gone / "settings.json").read_text().replace('"recipe": "spots"', '"recipe": "gone"')
    (gone / "settings.json").write_text(text, encoding="utf-8")
    capsys.readouterr()
    main(["report", "runs"])
    out, err = capsys.readouterr()
    assert out == "runs/report.html\n" and err.count("\n") == 1
    assert err.startswith("saccade: runs/seed-1 is left out: there is no recipe 'gone'")


TWO_METRICS = """
from dataclasses import replace
from saccade.training import Metric
import spots

NEARNESS = Metric("nearness", "nearness", "half-widths", "{:.3f}")

def wire(settings, data, learn=True):
    system = spots.wire(settings, data, learn)
    return replace(system, measured={**system.measured, NEARNESS: system.graph.nodes["target"].reward})

RECIPE = replace(spots.RECIPE, name="blots", wire=wire)
"""


def test_every_metric_is_shown(site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    other = register(tmp_path / "other", "blots", "2.0", "blots = blots:RECIPE")
    (other / "blots.py").write_text(TWO_METRICS, encoding="utf-8")
    enter(site, other)
    main(["train", "blots", "--seen", "512", "--out", "runs"])
    progress, _, table = capsys.readouterr().err.partition("test set")
    assert all(re.search(rf"{name} [-+\d]", progress) for name in ("loss", "reward", "hits", "nearness"))
    assert "hits" in table and "nearness" in table
    page = (tmp_path / "runs" / "report.html").read_text()
    assert "<h1>Point at a spot</h1>" in page and "blots 2.0" in page
    for name in (
        "Test hits",
        "Test nearness",
        "hits against images",
        "nearness against images",
        "reward against images",
    ):
        assert name in page, name


def test_tables_that_cannot_be_made_do_not_stop_the_others(
    site: Path, tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    other = register(tmp_path / "other", "blots", "2.0", "blots = blots:RECIPE")
    (other / "blots.py").write_text(
        SPOTS.replace("{port}", 'target"].hit').replace("{recipe}", "changed(tables=lambda: [3])"), encoding="utf-8"
    )
    enter(site, other)
    assert table_named("grlf") is not None and table_named("spots") is not None
    main(["table", "--help"])
    listed = capsys.readouterr()
    assert (
        "spots" in listed.out
        and "tables of the recipe 'blots' of the package blots 2.0 cannot be made (TypeError: 3 is no Table)"
        in listed.err
    )


def test_a_package_that_ends_the_process_and_names_that_are_none(
    tmp_path: Path, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    other = register(tmp_path / "other", "blots", "2.0", "blots = blots:RECIPE\n../up = blots:RECIPE")
    (other / "blots.py").write_text("raise SystemExit('over')", encoding="utf-8")
    enter(other)
    main(["list"])
    listed = capsys.readouterr()
    assert "grlf-field" in listed.out and "(SystemExit: over)" in listed.err
    assert "recipe '../up' of the package blots 2.0: a name is lower-case letters, digits and hyphens" in listed.err


def test_a_trained_run_predicts(site: Path, tmp_path: Path, enter: Enter) -> None:
    enter(site)
    main(["train", "spots", "--seen", "512", "--out", "runs", "--no-report"])
    system = using.load("runs")
    data = system.recipe.open_data(None, system.settings, lambda _: None)
    drawn = torch.get_rng_state()
    found = system.predict(data.test)
    assert torch.equal(torch.get_rng_state(), drawn)
    result = system.run.result
    assert result is not None and len(found) == result["test"]["images"]
    (table,) = found.write(tmp_path, [str(number) for number in range(len(found))])
    assert len(table.read_text().splitlines()) == len(found) + 1
    with pytest.raises(ValueError, match="recipe 'spots' does not say how files are read"):
        using.predict("runs", ["a.png"], tmp_path / "out")
