"""The page as a whole: complete, self-contained, and honest about what is missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from saccade.api import write_report
from saccade.recipes.grlf.page import sections
from saccade.recipes.ram.settings import CLUTTERED, Model
from saccade.report.page import document, write_page
from saccade.runs import RunDirectory, RunError
from saccade.training.page import page_of
from saccade.training.registry import UnknownRecipeError, recipe_named
from saccade.training.settings import to_plain

from .conftest import MakeRun

VOID = {"meta", "img", "input", "br", "link", "hr"}
SECTIONS = ["numbers", "learning", "scanpaths", "animation", "maps", "fixations", "table", "made"]


class Page(HTMLParser):
    """Elements of a page; complains of tags that do not match."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"{tag} has an attribute twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        """What a reader reads, with plain spaces."""
        return re.sub(r"[\s\u202f]+", " ", " ".join(self.words))

    @property
    def sections(self) -> list[str | None]:
        """Names of the sections."""
        return [attributes.get("id") for tag, attributes in self.elements if tag == "section"]

    def count(self, class_: str) -> int:
        """How many elements have a class."""
        return Counter(name for _, a in self.elements for name in (a.get("class") or "").split())[class_]


def report(tmp_path: Path, *runs: RunDirectory) -> Page:
    """The page of the runs' recipe, written and parsed."""
    path = write_page(tmp_path / "report.html", "grlf", page_of(runs))
    return Page(path.read_text(encoding="utf-8"))


def grlf_page(*runs: RunDirectory, title: str = "saccade") -> Page:
    """The page of `grlf`, whatever recipe the runs name."""
    return Page(document(title, "".join(sections(recipe_named("grlf"), runs))))


def test_the_page_has_all_sections_and_numbers(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run(seed=0), make_run(seed=1), make_run(seed=2))
    assert page.sections == SECTIONS
    for words in (
        "Reading a digit in four fixations", "0, 1 and 2", "90.1%", "95% interval [81.0%, 99.2%]",
        "over 3 seeds", "92%", "32.1%", "5.0 bits", "7.2", "1 min 05 s", "0123456789ab", "ppo.clip", "torch 2.9",
        "tensorboard --logdir",
    ):  # fmt: skip
        assert words in page.text, words
    assert page.count("stage") == 4
    assert page.count("gallery") == 1


def test_the_page_needs_nothing_else(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    path = write_page(tmp_path / "deep" / "report.html", "grlf", page_of([run]))
    markup = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 6_000_000
    assert not re.search(r"https?://|//[a-z]+\.[a-z]|@import", markup)
    assert set(re.findall(r"url\((.)", markup)) <= {"#"}
    assert "default-src 'none'" in markup.replace("&#x27;", "'")
    page = Page(markup)
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "img"}
        address = attributes.get("href") or attributes.get("src") or "data:"
        assert address.startswith("data:"), address


def test_every_picture_is_described(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run())
    pictures = [a for tag, a in page.elements if tag == "svg" and a.get("role") == "img"]
    assert len(pictures) > 30
    assert all(a["aria-label"] for a in pictures)
    names = [a["id"] for _, a in page.elements if "id" in a]
    assert len(names) == len(set(names))


def test_settings_are_escaped(make_run: MakeRun) -> None:
    evil = '"><script>alert(1)</script>'
    runs = [make_run("a", reader=evil, command=evil, data=evil), make_run("b", reader="recurrent", recipe=evil)]
    page = grlf_page(*runs, title=evil)
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert evil in page.text


def test_groups_are_overlaid_and_the_learned_one_leads(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run("c", seed, gaze="centre", accuracy=0.8, bits=0.0) for seed in (0, 1)]
    runs += [make_run("l", seed, accuracy=0.95) for seed in (0, 1)]
    page = report(tmp_path, *runs)
    for words in ("gaze at the centre", "learned gaze", "86%", "92%", "All groups"):
        assert words in page.text
    assert page.text.index("95.0") < page.text.index("80.0")
    assert "collapsed : " not in page.text.replace("has not collapsed : ", "")


def test_the_group_that_is_ahead_comes_first_with_its_difference(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run("l", seed, accuracy=0.8 + 0.02 * seed) for seed in (0, 1, 2)]
    runs += [make_run("c", seed, gaze="centre", accuracy=0.9, bits=0.0) for seed in (0, 1, 2)]
    text = report(tmp_path, *runs).text
    assert "Highest accuracy of 2 groups: gaze at the centre" in text
    assert "2 groups. Of the first, gaze at the centre: A digit, seen in" in text
    assert "Where it looked: learned gaze" in text and "What the eye sees: learned gaze" in text
    headline = text[text.index("Test accuracy") : text.index("Entropy of the fixations")]
    assert headline.startswith("Test accuracy 90.1%")  # the giant numeral
    # 10, 8 and 6 percentage points
    assert (
        "+8.0 percentage points relative to learned gaze, the runner-up (paired by seed); 95% interval [+3.0, +13.0]"
        in headline
    )
    assert "over 3 seeds. The interval excludes zero." in headline
    table = text[text.index("All groups") :]
    assert "difference to the first, percentage points" in table and "-8.0 [-13.0, -3.0]" in table
    assert table.index("gaze at the centre 90.1%") < table.index("learned gaze 82.1%")


def test_a_network_of_one_s_own_is_named(make_run: MakeRun, tmp_path: Path) -> None:
    text = report(tmp_path, make_run(network="my_reader:Two")).text
    assert "A recurrent reader, whose glimpse network is my_reader:Two, integrates them" in text


def test_groups_that_cannot_be_told_apart_are_said_to(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run("l", seed, accuracy=0.9 + 0.02 * seed) for seed in (0, 1)]
    runs += [make_run("c", seed, gaze="centre", accuracy=0.9) for seed in (0, 1)]
    assert "The interval includes zero: 2 seeds do not tell the two apart." in report(tmp_path, *runs).text
    runs = [make_run("s", 0, accuracy=0.9), make_run("d", 7, gaze="centre", accuracy=0.95)]
    text = report(tmp_path, *runs).text
    assert "no seed in common with learned gaze: there is no paired difference" in text


def test_groups_of_other_data_are_not_ranked(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run("a", 0, accuracy=0.8), make_run("b", 0, accuracy=0.9, gaze="centre", data="mnist test, other")]
    text = report(tmp_path, *runs).text
    assert "Highest" not in text and "difference to the first" not in text
    assert text.index("Test accuracy 80.0%") < text.index("gaze at the centre 90.0%")


def test_accuracies_on_a_page_are_rounded_alike(make_run: MakeRun, tmp_path: Path) -> None:
    fine = report(tmp_path, make_run("a", accuracy=0.9854), make_run("b", gaze="centre", accuracy=0.9)).text
    assert "98.54%" in fine and "90.00%" in fine and "98.5%" not in fine and "90.0%" not in fine
    coarse = report(tmp_path, make_run("c", accuracy=0.9754), make_run("d", gaze="centre", accuracy=0.9)).text
    assert "97.5%" in coarse and "90.0%" in coarse and "97.54%" not in coarse


def test_training_accuracies_stand_next_to_those_of_the_test(make_run: MakeRun, tmp_path: Path) -> None:
    text = report(tmp_path, *(make_run(seed=seed) for seed in (0, 1, 2))).text
    # mean of 0.95, 0.951 and 0.952; of 100 training images, whose own uncertainty is the larger part of the interval
    assert "On training images 95.1% 10,000 of them at most, as they are; 95% interval [85.8%, 100.0%]" in text
    assert "the source: 92%" in text  # 92/92, its best row in the test
    assert "training accuracy" in text and "92% (92%)" in text


def test_charts_are_drawn_for_a_phone_as_well(make_run: MakeRun, tmp_path: Path) -> None:
    """A picture of 1080 units in 346 pixels has letters of 4 pixels: there the narrow one is shown, unit for pixel."""
    page = report(tmp_path, make_run(seed=0), make_run(seed=1), make_run("c", gaze="centre", bits=0.0))
    boxes = {a["aria-label"]: [] for tag, a in page.elements if tag == "svg" and a.get("role") == "img"}
    for tag, a in page.elements:
        if tag == "svg" and a.get("role") == "img":
            boxes[a["aria-label"]].append(float((a["viewbox"] or "").split()[2]))
    charts = [widths for widths in boxes.values() if 1080 in widths]
    assert len(charts) == 2 and all(sorted(widths) == [346, 1080] for widths in charts)
    assert page.count("on-phone") == page.count("on-page") == page.count("notes") == 2
    assert "86% " in page.text and "learned gaze" in page.text


def test_a_run_that_goes_on_is_shown_and_said_to(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run(seed=0), make_run(seed=1, ended=False))
    assert "Seed 1 of learned gaze has not ended: 400 of 1,000 (40%) images so far" in page.text
    assert page.sections == SECTIONS
    assert "one seed, no interval" in page.text


def test_only_runs_that_go_on(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run(ended=False))
    assert page.sections == ["numbers", "learning", "made"]
    assert "Validation accuracy so far" in page.text


def test_a_run_that_has_only_begun(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(ended=False)
    (run.folder / "metrics.jsonl").unlink()
    assert report(tmp_path, run).sections == ["made"]


def test_another_recipe_with_other_results(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(looks=False, recipe="other")
    run.settings.clear()
    run.write_result({"test": [1, 2], "images": "many", "score": 3})
    page = grlf_page(run)
    assert "Runs of the recipe other" in page.text
    assert "learning" in page.sections
    with pytest.raises(UnknownRecipeError, match="there is no recipe 'other'"):
        report(tmp_path, run)


def test_recipes_with_pages_of_their_own_share_a_plain_one(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run("a", 0), make_run("a", 10), make_run("b", recipe="ram-mnist", accuracy=0.8)]
    page = report(tmp_path, *runs)
    assert page.sections == ["numbers", "learning", "table", "made"]
    for words in (
        "Comparison of grlf and ram-mnist",
        "90.5% [63.4%, 100.0%]",
        "80.0%",
        "accuracy against images",
        "1,000 images",
    ):
        assert words in page.text or words in {a.get("aria-label") for _, a in page.elements}, words


def test_without_looks_their_sections_are_left_out(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run(looks=False))
    assert page.sections == ["numbers", "learning", "maps", "fixations", "table", "made"]  # maps: the sentence remains
    assert page.count("notice") == 0


@pytest.mark.parametrize("damage", [b"", b"x" * 200, b"\xff" * 9])
def test_damaged_looks_are_one_sentence(make_run: MakeRun, tmp_path: Path, damage: bytes) -> None:
    whole, broken = make_run(seed=0), make_run(seed=1)
    (broken.folder / "looks.safetensors").write_bytes(damage)
    page = report(tmp_path, whole, broken)
    assert page.sections == SECTIONS
    assert page.count("notice") == 1
    assert "Seed 1 of learned gaze is left out of scanpaths and maps" in page.text
    assert "is damaged" in page.text and "Traceback" not in page.text


def test_a_damaged_result_is_one_sentence(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(looks=False)
    (run.folder / "result.json").write_text('{"test": ')
    page = report(tmp_path, run)
    assert "result.json cannot be read" in page.text
    assert "has not ended" in page.text


def test_a_collapsed_gaze_is_called_so(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run(seed=0, bits=1.0, looks=False), make_run(seed=1, looks=False))
    assert "has collapsed in 1 of 2 seeds" in page.text


def test_in_a_field_the_search_is_shown(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run(recipe="grlf-field", field=60))
    assert "Finding and reading a digit" in page.text
    assert "median distance" in page.text
    assert "GRLF report" not in page.text  # the source has no figure for it


def test_glimpses_of_several_scales(make_run: MakeRun, tmp_path: Path) -> None:
    ram = {"recipe": "ram-cluttered", "field": 60, "patch": 12, "scales": 3, "clutter": 4, "model": "ram"}
    page = report(tmp_path, make_run(**ram), make_run(seed=1, **ram))
    assert page.sections == [*SECTIONS[:3], "glimpses", *SECTIONS[3:6], "stopping", *SECTIONS[6:]]
    assert "RAM: a digit among clutter, in four glimpses" in page.text
    assert "4 glimpses of 12×12 pixels at 3 scales" in page.text and "among 4 pieces of other digits" in page.text
    assert "windows from 12×12 to 48×48 pixels" in page.text
    assert "coarser ones around them reach as far as 48×48 pixels" in page.text
    assert "nothing outside them" not in page.text
    # three images of four glimpses of three scales, each a picture of its own
    tiles = [attributes for tag, attributes in page.elements if tag == "image" and attributes.get("width") == "52"]
    assert len(tiles) == 3 * 4 * 3
    assert "fixations on the digit" in page.text and "covers 22% of the field" in page.text
    landed = re.search(r"Share of fixations that land on the digit.*?covers 22% of the field\.(.{0,40})", page.text)
    assert landed is not None and "logarithmic" not in landed[1]  # no error, so an even axis
    assert "89.1% with 3.0 fixations" in page.text and "with 4" in page.text


def test_the_paper_s_figure_is_shown_for_the_same_task_only(make_run: MakeRun, tmp_path: Path) -> None:
    ram: dict[str, Any] = {"recipe": "ram-cluttered", "looks": False, **to_plain(CLUTTERED)}
    text = report(tmp_path, make_run(**ram)).text
    assert "95.96% the source, Mnih et al. 2014" in text and "after 100,000 images" not in text
    assert "85.60%" in report(tmp_path, make_run("random", **{**ram, "gaze": "random"})).text
    plain = {**ram, "model": "dense-64"}
    assert "71.42%" in report(tmp_path, make_run("plain", **plain)).text
    for other in ({"fixations": 3}, {"clutter": 0}, {"field": 100}, {"scales": 1}, {"patch": 16}, {"gaze": "centre"}):
        assert "the source" not in report(tmp_path, make_run("-".join(other), **{**ram, **other})).text


def test_networks_that_see_everything_take_no_looks(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(
        tmp_path,
        make_run(recipe="ram-cluttered", steps=1, **to_plain(replace(CLUTTERED, model=Model.DENSE_256))),
    )
    assert "A digit among clutter, seen at once" in page.text and "eight glimpses" not in page.text
    assert "Entropy of the fixations" not in page.text and "Saccade amplitude" not in page.text
    assert "A dense 256 network sees a digit that lies anywhere in a field of 60×60 pixels" in page.text
    assert "collapsed" not in page.text and "With random fixations" not in page.text
    assert {"animation", "glimpses", "fixations", "stopping"}.isdisjoint(page.sections)
    assert "squares are the 60×60 pixels of each glimpse" in page.text


def test_pictures_of_one_s_own(make_run: MakeRun, tmp_path: Path) -> None:
    page = report(tmp_path, make_run(recipe="ram", classes=("eel", "sea <horse>", "a name that is far too long")))
    assert "RAM on your own pictures" in page.text and "A picture, seen in 4 glimpses of 9×9 pixels" in page.text
    assert "Classes: 1 eel, 2 sea <horse>, 3 a name that is far too long." in page.text
    assert "Ink is shown" not in page.text and "a name that…" in page.text


def test_the_source_is_compared_on_mnist_only(make_run: MakeRun, tmp_path: Path) -> None:
    for data, compared in (("mnist test", True), ("scikit-learn digits", False)):
        assert ("GRLF report" in report(tmp_path, make_run(data, looks=False, data=data)).text) is compared


def test_a_folder_given_twice_counts_once(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(looks=False)
    assert "one seed, no interval" in report(tmp_path, run, run).text


def test_no_runs_no_report(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="needs a run directory, or several: none was given"):
        write_report([], tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()
