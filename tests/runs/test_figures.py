import json
from pathlib import Path

import pytest

from saccade.runs import Figure, Published, RunError, interval_of, machine_kind, read_figures, write_figure

HOUSE_FORM = {
    "id", "value", "low", "high", "interval", "values", "unit", "better", "source", "baselines", "setup", "command", "commit",
    "date", "machine", "seconds", "versions",
}  # fmt: skip


def figure(id_: str = "grlf/accuracy", *values: float) -> Figure:
    return Figure(
        id_, values or (0.9, 0.8, 0.94), "fraction of 10000 test images", "higher", "six looks",
        "saccade table grlf", 12.5, seeds=(0, 1, 2), source=Published("GRLF report, table 1", 0.92),
        baselines={"random": 0.44}, about={"jump, pixels": 7.5}, range=(0, 1), test_images=10_000,
    )  # fmt: skip


def test_a_figure_in_the_house_form(tmp_path: Path) -> None:
    path = write_figure(tmp_path, figure())
    assert path == tmp_path / "grlf" / "accuracy.json"
    content = read_figures(tmp_path)["grlf/accuracy"]
    assert not HOUSE_FORM - content.keys()
    assert content["value"] == pytest.approx(0.88) and content["values"] == [0.9, 0.8, 0.94]
    low, high = interval_of(content) or (1, 0)
    assert (low, high) == (pytest.approx(0.70032, abs=1e-5), 1.0)  # Student's t, and not beyond the range
    assert content["interval"] == {"method": "Student's t, 95%", "range": [0, 1], "test_images": 10_000}
    assert content["source"] == {"name": "GRLF report, table 1", "value": 0.92}
    assert content["baselines"] == {"random": 0.44} and content["about"] == {"jump, pixels": 7.5}
    assert content["machine"] == machine_kind() and "core" in machine_kind()
    assert len(content["date"]) == 10 and "torch" in content["versions"]


def test_figures_of_a_folder(tmp_path: Path) -> None:
    assert read_figures(tmp_path) == {} == read_figures(tmp_path / "missing")
    for id_ in ("b", "a/c", "a/d"):
        write_figure(tmp_path, figure(id_, 0.5))
    write_figure(tmp_path, figure("b", 0.6))
    found = read_figures(tmp_path)
    assert found.keys() == {"b", "a/c", "a/d"} and found["b"]["value"] == 0.6 and found["a/c"]["value"] == 0.5


def test_figures_of_before_are_read_under_the_new_names(tmp_path: Path) -> None:
    for id_ in ("cutout/iou", "dots/accuracy"):
        old = {"id": id_, "baselines": {"guided by the truth": 0.9}, "about": {"settings": {"images": 5}}}
        (tmp_path / f"{id_.replace('/', '-')}.json").write_text(json.dumps(old))
    found = read_figures(tmp_path)
    assert found["cutout/iou"]["baselines"] == {"expert on the ground truth": 0.9}
    assert found["cutout/iou"]["about"] == {"settings": {"seen": 5}}
    assert found["dots/accuracy"]["about"] == {"settings": {"images": 5}}  # of a system of another package


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"value": "x"}, "value is 'x', it must be a finite number"),
        ({"low": "x"}, "low is 'x', it must be a finite number or null"),
        ({"values": [1, "2"]}, r"values is \[1, '2'\], it must be a list of finite numbers"),
        ({"about": []}, r"about is \[\], it must be a JSON object"),
        ({"id": [1]}, r"id is \[1\], it must be a text"),
    ],
)
def test_a_damaged_figure(tmp_path: Path, entry: dict[str, object], message: str) -> None:
    path = write_figure(tmp_path, figure())
    path.write_text(json.dumps({**json.loads(path.read_text()), **entry}))
    with pytest.raises(RunError, match=rf"accuracy\.json is incomplete or damaged \(({message}).*: take it away"):
        read_figures(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "3"])
def test_what_is_no_figure(tmp_path: Path, content: str) -> None:
    (tmp_path / "odd.json").write_text(content)
    with pytest.raises(RunError, match=r"odd\.json is not a figure .*take it away"):
        read_figures(tmp_path)


def test_one_value_has_no_interval(tmp_path: Path) -> None:
    write_figure(tmp_path, figure("grlf/one", 0.9))
    content = read_figures(tmp_path)["grlf/one"]
    assert content["low"] is None and content["high"] is None and interval_of(content) is None


@pytest.mark.parametrize(
    ("unit", "ends"),
    [
        ("fraction of 10000 test images", (0.70032, 1.0)),
        ("error, fraction of 50 test images", (0.61319, 1.0)),
        ("mean intersection over union of 200 test images", (0.70087, 1.0)),
        ("times as fast", (0.70087, 1.05913)),
    ],
)
def test_an_interval_of_before_is_made_anew_from_the_values(
    tmp_path: Path, unit: str, ends: tuple[float, float]
) -> None:
    old = {"id": "spots/old", "value": 0.88, "low": 0.8, "high": 0.94, "values": [0.9, 0.8, 0.94], "unit": unit}
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    assert interval_of(read_figures(tmp_path)["spots/old"]) == pytest.approx(ends, abs=1e-5)
