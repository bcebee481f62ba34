import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from saccade import figures
from saccade.cli import main
from saccade.plugins import RegistryError
from saccade.recipes.active_vision.measurements import accuracies, errors, errors_of_copies
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.active_vision.system import ACCURACY, ERROR
from saccade.recipes.cutout.measurements import overlaps, overlaps_on
from saccade.recipes.cutout.recipe import IOU
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.recipes.ram.settings import Model, RamSettings
from saccade.runs import Published, RunDirectory, RunError, find_runs, read_figures
from saccade.training import Cell, Table, make_table, registry
from saccade.training.launch import RunEvent, Watcher, finish
from saccade.training.make_table import make
from saccade.training.registry import recipe_named, table_named
from saccade.training.table import rows
from saccade.worlds import DataError
from saccade.worlds.data.files import Unreachable

from ..small_runs import Tiny
from ..worlds.data.test_masked_folder import make as make_masked

HOUSE_FORM = {
    "id", "value", "low", "high", "values", "unit", "better", "source", "baselines", "setup", "command", "commit",
    "date", "machine", "seconds", "versions",
}  # fmt: skip


class Launcher:
    """Finishes runs in this process; after `limit` of them it is cut off."""

    def __init__(self) -> None:
        self.finished: list[str] = []
        self.limit = 100

    def finish_all(self, folders: Sequence[Path], workers: int, watch: Watcher) -> None:
        for folder in folders:
            if len(self.finished) >= self.limit:
                raise RunError("cut off")
            finish(folder, watch)
            self.finished.append(f"{folder.parent.name}/{folder.name}")


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch) -> Launcher:
    made = Launcher()
    monkeypatch.setattr(make_table, "finish_all", made.finish_all)
    return made


@pytest.fixture
def two(tiny: Tiny) -> Table:
    """A baseline, and a figure that cites it."""
    settings = tiny(seen=32)
    baseline = Cell(
        "t/centre",
        "grlf",
        "centre",
        "recurrent",
        replace(settings, gaze=Gaze.CENTRE),
        Published("GRLF report, table 1", 0.86),
        measure=accuracies,
    )
    best = Cell("t/best", "grlf", "learned", "recurrent", settings, None, {"centre": "t/centre"}, measure=accuracies)
    return Table("t", "A small table", [baseline, best], ACCURACY)


def named(name: str) -> Table:
    found = table_named(name)
    assert found is not None
    return found


def make_it(table: Table, folder: Path, data: Path, seeds: int = 1) -> dict[str, Any]:
    make(table, folder / "runs", folder / "results", seeds, str(data), 1, lambda _: None)
    return read_figures(folder / "results")


def test_every_figure_in_the_house_form(two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path) -> None:
    figures = make_it(two, tmp_path, tiny_mnist, seeds=2)
    assert figures.keys() == {"t/centre", "t/best"} and len(launcher.finished) == 4
    for figure in figures.values():
        assert not HOUSE_FORM - figure.keys()
        assert len(figure["values"]) == 2 and figure["seeds"] == [0, 1]
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["unit"] == "fraction of 24 test images" and figure["seconds"] > 0
        assert figure["command"] == "saccade table t --seeds 2" and "mnist test" in figure["setup"]
    assert figures["t/centre"]["source"] == {"name": "GRLF report, table 1", "value": 0.86}
    assert figures["t/best"]["source"] is None
    assert figures["t/best"]["baselines"] == {"centre": figures["t/centre"]["value"]}
    assert [(cell.id, figure == figures[cell.id]) for cell, figure in rows(two, tmp_path / "results")] == [
        ("t/centre", True),
        ("t/best", True),
    ]


def test_nothing_is_trained_twice(two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path) -> None:
    first = make_it(two, tmp_path, tiny_mnist)
    assert sorted(launcher.finished) == ["t-best/seed-0", "t-centre/seed-0"]
    assert make_it(two, tmp_path, tiny_mnist) == first
    assert len(launcher.finished) == 2
    make_it(two, tmp_path, tiny_mnist, seeds=2)
    assert sorted(launcher.finished[2:]) == ["t-best/seed-1", "t-centre/seed-1"]


def test_it_goes_on_where_it_was_cut_off(two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path) -> None:
    launcher.limit = 1
    with pytest.raises(RunError, match="cut off"):
        make_it(two, tmp_path, tiny_mnist)
    done = read_figures(tmp_path / "results")
    assert len(done) == 1  # written as soon as it was measured
    assert [figure is None for _, figure in rows(two, tmp_path / "results")].count(True) == 1
    launcher.limit = 100
    figures = make_it(two, tmp_path, tiny_mnist)
    assert len(launcher.finished) == 2 and figures.keys() == {"t/centre", "t/best"}
    assert figures["t/best"]["baselines"] == {"centre": figures["t/centre"]["value"]}


def test_wrong_data_are_reported_before_the_first_run_is_made(two: Table, launcher: Launcher, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train-images-idx3-ubyte"):
        make_it(two, tmp_path, tmp_path)
    assert not launcher.finished and not (tmp_path / "runs").exists()


def test_smaller_digits_do_not_stand_in_for_those_of_the_figures(
    two: Table, launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise Unreachable("no network")

    monkeypatch.setattr("saccade.worlds.data.mnist.load_mnist", unreachable)
    with pytest.raises(
        DataError, match=r"are of MNIST, which is not here .*`saccade data get mnist`, or set SACCADE_DATA"
    ):
        make(two, tmp_path / "runs", tmp_path / "results", 1, None, 1, lambda _: None)
    assert not launcher.finished and not (tmp_path / "runs").exists()


def test_the_metric_of_the_table_is_measured_where_a_cell_says_nothing_else(
    two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path
) -> None:
    plain = replace(two, cells=[replace(cell, measure=None) for cell in two.cells])
    figure = make_it(plain, tmp_path, tiny_mnist)["t/best"]
    (run,) = find_runs(tmp_path / "runs" / "t-best")
    result = run.result or {}
    assert figure["value"] == result["test"]["accuracy"] and figure["unit"] == "fraction of test images"
    assert figure["better"] == "higher" and figure["about"]["validation accuracy"] == result["validation_accuracy"]
    assert figure["about"]["validation accuracy by what was seen"][-1] == [32, result["validation_accuracy"]]


def test_runs_of_other_settings_are_not_taken(two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path) -> None:
    make_it(two, tmp_path, tiny_mnist)
    changed = replace(two, cells=[replace(cell, settings=replace(cell.settings, batch=8)) for cell in two.cells])
    with pytest.raises(RunError, match=r"seed-0 has other settings than t/.*: move it away, or choose another --runs"):
        make_it(changed, tmp_path, tiny_mnist)


def test_figures_of_other_settings_are_not_shown(
    two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path
) -> None:
    make_it(two, tmp_path, tiny_mnist)
    changed = replace(two, cells=[replace(cell, settings=replace(cell.settings, batch=8)) for cell in two.cells])
    assert [figure for _, figure in rows(changed, tmp_path / "results")] == [None, None]


def test_networks_without_a_gaze_have_no_measures_of_one(launcher: Launcher, tmp_path: Path, tiny_mnist: Path) -> None:
    small = RamSettings(seen=32, batch=16, fixations=2, patch=6, units=8, field=32, model=Model.DENSE_64)
    cell = Cell("t/net", "ram-mnist", "net", "28x28", small, measure=accuracies)
    figures = make_it(Table("t", "Errors", [cell], ACCURACY), tmp_path, tiny_mnist)
    assert {"jump, pixels", "hit rate by fixation", "accuracy by fixation"}.isdisjoint(figures["t/net"]["about"])
    assert figures["t/net"]["about"]["parameters"] > 0 and "rate 0.003" in figures["t/net"]["setup"]


def test_a_table_of_errors(tiny: Tiny, launcher: Launcher, tmp_path: Path, tiny_mnist: Path) -> None:
    cell = Cell("t/error", "grlf", "learned", "recurrent", tiny(seen=32), measure=accuracies)
    right = make_it(Table("t", "Accuracies", [cell], ACCURACY), tmp_path / "a", tiny_mnist)["t/error"]
    wrong = make_it(Table("t", "Errors", [replace(cell, measure=errors)], ERROR), tmp_path / "b", tiny_mnist)["t/error"]
    assert wrong["value"] == pytest.approx(1 - right["value"])
    assert wrong["better"] == "lower" and wrong["unit"].startswith("error, fraction of 24")
    assert right["about"]["parameters"] > 0 and right["about"]["multiply_adds"] > 0


def test_runs_measured_in_two_ways_are_trained_once(launcher: Launcher, tmp_path: Path, tiny_mnist: Path) -> None:
    small = RamSettings(seen=32, batch=16, fixations=2, patch=6, units=8, draws=2)
    once = Cell("t/ram", "ram-mnist", "RAM", "28x28", small, measure=errors)
    again = replace(once, id="t/copies", row="mean", runs_of="t/ram", measure=errors_of_copies)
    table = Table("t", "Errors", [once, again], ERROR)
    events = list[RunEvent]()
    make(table, tmp_path / "runs", tmp_path / "results", 1, str(tiny_mnist), 1, events.append)
    assert (
        events[0].notice is not None and "2 of 2 figures are missing: 1 run, 3.2e-05 million images" in events[0].notice
    )
    figures = read_figures(tmp_path / "results")
    assert len(launcher.finished) == 1
    test = (find_runs(tmp_path / "runs" / "t-ram")[0].result or {})["test"]
    assert figures["t/ram"]["value"] == pytest.approx(1 - test["accuracy"])
    assert figures["t/copies"]["value"] == pytest.approx(1 - test["accuracy_of_copies"])
    assert "mean of 3 passes" in figures["t/copies"]["setup"] and "passes" not in figures["t/ram"]["setup"]


def test_two_tables_of_one_name_are_refused(two: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(recipe_named("grlf"), tables=lambda: [two])
    cells = [replace(cell, recipe="other") for cell in two.cells]
    other = replace(recipe, name="other", tables=lambda: [replace(two, cells=cells)])
    monkeypatch.setattr(registry, "recipes", lambda: ([recipe, recipe], []))
    assert table_named("t") is two  # recipes may share a table
    monkeypatch.setattr(registry, "recipes", lambda: ([recipe, other], []))
    with pytest.raises(RegistryError, match="there are two tables 't', of the recipes grlf and other: uninstall"):
        table_named("t")


def test_the_table_of_ram_has_the_paper_s_figures() -> None:
    table = named("ram")
    cells = {cell.id: cell for cell in table.cells}
    assert [cell.id for cell in table.cells if cell.order == 0 and not cell.runs_of] == [  # made first
        "ram/mnist/6/error", "ram/translated/8/error", "ram/cluttered/8/error", "ram/cluttered-100/8/error",
    ]  # fmt: skip
    for id_, value in (("mnist/6/short", 1.12), ("cluttered/8/random", 14.4), ("translated/dense-256", 2.63)):
        published = cells[f"ram/{id_}/error"].published
        assert published is not None and published.value == pytest.approx(value / 100)
    assert {cell.settings.fixations for cell in cells.values() if cell.column == "28x28"} == {2, 3, 4, 5, 6, 7}
    for cell in cells.values():  # baselines of a figure have seen as many images
        assert all(cells[id_].settings.budget == cell.settings.budget for id_ in cell.baselines.values())


def test_a_residual_network_is_compared_on_the_scenes_and_the_budget_of_ram() -> None:
    cells = {cell.id: cell for cell in named("ram").cells}
    ram = cells["ram/cluttered/8/short/error"]
    for name in ("residual", "convolutional"):
        assert ram.baselines[name] == f"ram/cluttered/{name}/short/error"
        other = cells[ram.baselines[name]]
        assert isinstance(ram.settings, RamSettings) and isinstance(other.settings, RamSettings)
        assert other.recipe == ram.recipe and other.settings.model == name
        alike = replace(other.settings, model=Model.RAM, learner=ram.settings.learner)
        assert alike == ram.settings


def test_a_first_stage_that_is_gone_is_learned_once_for_all(
    two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path
) -> None:
    first = two.cells[0]
    others = [
        replace(
            first, id=f"t/{name}", row=name, settings=replace(first.settings, seen=seen), stage_of="t/centre", order=1
        )
        for name, seen in (("b", 48), ("c", 64))
    ]
    for table in (replace(two, cells=[first]), replace(two, cells=[first, *others])):
        launcher.limit = len(launcher.finished) + (not launcher.finished)
        with contextlib.suppress(RunError):  # prepared, and cut off
            make_it(table, tmp_path, tiny_mnist)
        shutil.rmtree(tmp_path / "runs" / "t-centre", ignore_errors=True)  # the figure stays
    like = {name: RunDirectory.open(tmp_path / "runs" / f"t-{name}" / "seed-0").about["like"] for name in ("b", "c")}
    assert like == {"b": None, "c": str(tmp_path / "runs" / "t-b" / "seed-0")}


def test_the_forecasts_that_scribblers_share_are_alike() -> None:
    cells = {cell.id: cell for cell in named("cutout").cells}
    sharing = [cell for cell in cells.values() if cell.stage_of]
    assert len(sharing) == 6
    for cell in sharing:
        other = cells[cell.stage_of]
        assert other.order < cell.order and other.data == cell.data and not other.stage_of
        for name in ("forecast", "size", "faces"):
            assert getattr(cell.settings, name) == getattr(other.settings, name)


def test_scribblers_on_other_images(launcher: Launcher, tmp_path: Path) -> None:
    """A figure on a folder that the runs have not seen, from the runs of another figure."""
    for name in ("portraits", "horses"):
        make_masked(tmp_path / "data" / name, 60, (32, 32))
    small = CutOutSettings(seen=8, batch=8, episode_steps=2, length=6, size=32, forecast=0, units=8, minibatch=16)
    own = Cell("c/portraits", "cutout", "2 steps", "portraits", small, data="portraits", measure=overlaps)
    other = replace(own, id="c/horses", column="horses", runs_of="c/portraits", measure=overlaps_on("horses"))
    table = Table("c", "Overlaps", [own, other], IOU)
    figures = make_it(table, tmp_path, tmp_path / "data")
    assert len(launcher.finished) == 1
    assert figures["c/portraits"]["unit"] == "mean intersection over union of 13 test images"
    assert figures["c/horses"]["unit"] == "mean intersection over union of 60 test images"
    assert "horses, never trained on" in figures["c/horses"]["setup"]
    assert {"mean mask", "blind script", "expert on the ground truth"} <= figures["c/horses"]["baselines"].keys()
    (tmp_path / "data" / "portraits").rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"the images and masks of portraits are not in .*; name a folder that holds"):
        make_it(replace(table, cells=[replace(own, id="c/again")]), tmp_path, tmp_path / "data")


def test_exactly_one_figure_is_trained_anew(
    two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    stored = make_it(two, tmp_path, tiny_mnist, seeds=2)["t/best"]
    before = {path: path.read_bytes() for path in (tmp_path / "results").rglob("*.json")}
    launcher.finished.clear()
    monkeypatch.setattr(registry, "tables", lambda: ([two], []))
    main(["reproduce", "t/best", "--seeds", "2", "--runs", str(tmp_path / "anew"), "--results", str(tmp_path / "results"),
          "--data", str(tiny_mnist)])  # fmt: skip
    assert launcher.finished == ["t-best/seed-0", "t-best/seed-1"]
    assert {path: path.read_bytes() for path in before} == before
    assert read_figures(tmp_path / "anew" / "results")["t/best"]["values"] == stored["values"]
    shown = capsys.readouterr().out
    assert "trained anew" in shown and "stored" in shown
    assert "difference, seed by seed: 0.0 [0.0, 0.0] percentage points" in shown
    with pytest.raises(
        RegistryError, match="no table has a figure 't/bets'; there are t/centre, t/best, …; the files under"
    ):
        figures.reproduce("t/bets")


def test_a_figure_of_which_nothing_is_stored(
    two: Table, launcher: Launcher, tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(registry, "tables", lambda: ([two], []))
    monkeypatch.chdir(tmp_path)
    main(["reproduce", "t/centre", "--seeds", "1", "--data", str(tiny_mnist)])
    shown = capsys.readouterr().out
    assert "none of these settings under" in shown and "86%" in shown and "difference" not in shown
    assert shown.endswith("runs/reproduced/results/t/centre.json\n")
