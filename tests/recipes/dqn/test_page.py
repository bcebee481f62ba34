from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from saccade import api
from saccade.report.clip import Clip, check_name, frames, keep_clip, load_stills, shaded, write_clip
from saccade.runs import RunDirectory, RunError


def clip(actions: int = 4, length: int = 12) -> Clip:
    rng = np.random.default_rng(0)
    return Clip(
        rng.integers(0, 256, (length + 1, 30, 24, 3), dtype=np.uint8), rng.integers(0, 256, (length, 12, 12), dtype=np.uint8),
        rng.normal(size=(length, actions)).astype(np.float32), rng.integers(0, actions, length),
        np.ones(length, np.float32), [f"act {n}" for n in range(actions)], "a game", 99.0, 20,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    settings = {"env": "pong", "protocol": "paper", "games": 8, "steps": 1000}
    made = RunDirectory.create(
        tmp_path / "runs" / "seed-0", "dqn-pong", settings, 0, command="test", data=None, threads=1
    )
    rows = [
        {
            "seen": step,
            "loss": 0.1,
            "train_return": None if step < 300 else -20.0 + step / 50,
            "train_q": 0.1,
            "validation_return": -21 + step / 40,
            "validation_q": step / 1000,
        }
        for step in range(100, 1001, 100)
    ]
    (made.folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    test: dict[str, Any] = {"return": 19.5, "returns": [19.0, 20.0], "length": 1700.0, "seconds": 113.0, "episodes": 2}
    made.write_result(
        {
            "test": test,
            "test_nearly_greedy": {"return": 20.7, "epsilon": 0.01},
            "data": "pong, paper protocol",
            "seen": 1000,
            "seconds": 60.0,
            "seen_per_second": 17.0,
        }
    )
    return made


def written(tmp_path: Path, *runs: RunDirectory) -> str:
    """The text of the page about some runs."""
    return api.write_report([run.folder for run in runs], tmp_path / "page.html", force=True).read_text(
        encoding="utf-8"
    )


def test_the_page_of_a_policy(run: RunDirectory, tmp_path: Path) -> None:
    keep_clip(run.folder, clip())
    text = written(tmp_path, run)
    for words in (
        "Playing from pixels",
        "19.5",
        "one seed, no interval",
        "20.7",
        "mean return at ε = 0.01",
        "Published",
        "1 min 53 s",
        "decisions in training",
        "return 99.0",
        "data:video/mp4",
        "1,000 per seed",
    ):
        assert words.replace(" min", "\u202fmin").replace("53 s", "53\u202fs") in text or words in text, words
    assert text.count("<img") == 8 and "http://" not in text.replace("http://www.w3.org", "")


def test_returns_that_are_fractions_have_three_digits(run: RunDirectory, tmp_path: Path) -> None:
    folders = []
    for seed, value in enumerate((0.874, 0.919)):
        settings = {**run.settings, "env": "MiniGrid-Empty-5x5-v0"}
        folder = tmp_path / "grid" / f"seed-{seed}"
        made = RunDirectory.create(folder, "dqn", settings, seed, command="test", data=None, threads=1)
        result = {
            **(run.result or {}),
            "test": {"return": value, "returns": [value], "episodes": 1},
            "data": "MiniGrid",
        }
        made.write_result(result)
        folders.append(made)
    text = written(tmp_path, *folders)
    # t = 12.706 with one degree of freedom, times 0.045 / 2
    assert "0.897" in text and "95% interval [0.611, 1.182] over 2 seeds" in text
    assert "0.897 [0.611, 1.182]" in text and "0.874 · 0.919" in text
    assert "19.5" in written(tmp_path, run)  # points of a game have one


def test_other_environments_than_atari_games_have_lengths_in_decisions(run: RunDirectory, tmp_path: Path) -> None:
    settings = {**run.settings, "env": "catch_env:Catch-v0", "network": "my_network:Small"}
    catch = RunDirectory.create(tmp_path / "catch", "dqn", settings, 0, command="test", data=None, threads=1)
    test = {"return": 1.0, "returns": [1.0], "episodes": 1, "length": 6.0, "seconds": 0.4}
    catch.write_result({**(run.result or {}), "test": test, "data": "catch_env:Catch-v0"})
    text = written(tmp_path, catch)
    assert "6.0</p>" in text and "decisions, mean" in text and "game time" not in text
    assert "84×84 pixels each, the network my_network:Small estimates" in text


def test_a_film_has_the_digits_of_its_rewards() -> None:
    fractions = replace(clip(length=2), reward=np.array([0, 0.874], np.float32))
    assert fractions.shown(float(fractions.reward.sum())) == "0.874" and fractions.shown(0.0) == "0.000"
    assert clip().shown(12.0) == "12"


def test_the_better_of_two_groups_comes_first(run: RunDirectory, tmp_path: Path) -> None:
    settings = {**run.settings, "duelling": True}
    other = RunDirectory.create(tmp_path / "other", "dqn-pong", settings, 0, command="test", data=None, threads=1)
    other.write_result({**(run.result or {}), "test": {**(run.result or {})["test"], "return": 20.25}})
    text = written(tmp_path, run, other)
    assert text.index("Highest return of 2 groups: duelling") < text.index(">20.2<") < text.index(">19.5<")
    assert ">+0.8<" in text and "one seed, no interval" in text


def test_a_single_validation_is_seen(run: RunDirectory, tmp_path: Path) -> None:
    metrics = run.folder / "metrics.jsonl"
    metrics.write_text(metrics.read_text().splitlines()[0] + "\n")
    alone = written(tmp_path, run)
    learning = alone[alone.index("return against decisions") :].split("</figure>")[0]
    assert "<circle" in learning and 'class="legend"' not in alone


def test_two_groups_have_marks_of_their_own(run: RunDirectory, tmp_path: Path) -> None:
    settings = {**run.settings, "protocol": "sticky"}
    other = RunDirectory.create(tmp_path / "other", "dqn-pong", settings, 0, command="test", data=None, threads=1)
    shutil.copy(run.folder / "metrics.jsonl", other.folder)
    other.write_result({**(run.result or {}), "data": "pong, sticky protocol"})
    text = written(tmp_path, run, other)
    legend = text[text.index('class="legend"') :].split("</div>")[0]
    assert "sticky" in legend and "paper" in legend


@pytest.mark.parametrize("changes", [{"protocol": "sticky"}, {"env": "tennis"}])
def test_the_paper_is_cited_for_its_own_protocol_and_games_only(
    run: RunDirectory, tmp_path: Path, changes: dict[str, str]
) -> None:
    settings = {**run.settings, **changes}
    other = RunDirectory.create(tmp_path / "other", "dqn", settings, 0, command="test", data=None, threads=1)
    shutil.copy(run.folder / "metrics.jsonl", other.folder)
    other.write_result(run.result or {})
    assert "Published" not in written(tmp_path, other) and "Published" in written(tmp_path, run)


def test_a_damaged_recording_is_named_and_the_rest_is_shown(run: RunDirectory, tmp_path: Path) -> None:
    (run.folder / "episode.safetensors").write_bytes(b"?")
    text = written(tmp_path, run)
    assert "episode.safetensors cannot be read" in text and "19.5" in text


def test_frames_show_the_screen_and_every_value() -> None:
    shown = list(frames(clip()))
    assert len(shown) == 12 + 20 and all(frame.shape == shown[0].shape for frame in shown)
    assert shown[0].shape[0] % 2 == 0 and shown[0].shape[1] % 2 == 0
    assert not np.array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[11], shown[12]) and np.array_equal(shown[12], shown[-1])  # the end stays
    assert len(list(frames(clip(actions=60, length=2)))) == 2 + 20  # bars get thin, not negative


def test_saliency_glows_where_it_is() -> None:
    picture, saliency = np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), np.uint8)
    saliency[:, 10:] = 255
    glow = np.asarray(shaded(picture, saliency))
    assert glow[:, :9].max() == 0 and glow[:, 11:, 0].min() > 150 > glow[:, 11:, 1].max()


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_videos(suffix: str, tmp_path: Path) -> None:
    target = tmp_path / "new" / f"video{suffix}"
    write_clip(clip(), target)
    assert target.stat().st_size > 1000 and [file.name for file in target.parent.iterdir()] == [target.name]
    if suffix == ".gif":
        with Image.open(target) as video:
            assert getattr(video, "n_frames", 0) == 13 and video.info["duration"] == 50


def test_a_video_of_another_kind_is_refused() -> None:
    with pytest.raises(RunError, match=r"a video is \.mp4 or \.gif, not 'x\.avi'"):
        check_name(Path("x.avi"))


def test_stills_come_back(tmp_path: Path) -> None:
    assert load_stills(tmp_path) == (None, None)
    keep_clip(tmp_path, whole := clip())
    stills, trouble = load_stills(tmp_path)
    assert trouble is None and stills is not None and stills.episode_return == 99.0
    assert (
        stills.places[0] == 0
        and stills.places[-1] == 12
        and np.array_equal(stills.pictures, whole.pictures[stills.places])
    )


@pytest.mark.parametrize("per_second", [15, 30, 60])
def test_a_gif_lasts_as_long_as_what_it_shows(tmp_path: Path, per_second: int) -> None:
    """It counts in hundredths of a second: fifteenths take 7, 7 and 6 of them in turn."""
    write_clip(replace(clip(length=59), per_second=per_second), tmp_path / "episode.gif")
    with Image.open(tmp_path / "episode.gif") as film:
        delays = [frame.info["duration"] for frame in ImageSequence.Iterator(film)]
    *shown, last = delays  # the last one is held for a second more
    assert len(shown) == 59 and sum(shown) == pytest.approx(59_000 / per_second, abs=10)
    assert all(abs(delay - 1000 / per_second) < 10 for delay in shown) and last == pytest.approx(1000, abs=10)
