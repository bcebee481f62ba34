from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from saccade.agents.replay import EncodedReplay, Replay
from saccade.agents.replay_kernels import BLOCK, frame_row
from saccade.runs import RunError

SHAPE = (3, 2, 2)  # three frames of two by two pixels


class Plays:
    """Games whose frames are numbered, and what a memory should know of them."""

    def __init__(self, memory: Replay, games: int, seed: int = 0) -> None:
        self.memory, self.games, self.dice = memory, games, np.random.default_rng(seed)
        self.clock = 0
        self.stacks = np.zeros((games, 3), np.int64)
        self.fresh = np.ones(games, bool)
        self.told: dict[tuple[int, ...], tuple[int, float, bool, tuple[int, ...]]] = {}  # stack -> what came of it

    def step(self) -> None:
        """One call of the memory, as the graph makes it: most games go on, some begin anew."""
        before, action = self.stacks.copy(), self.dice.integers(0, 3, self.games)
        reward, done = self.dice.normal(size=self.games).astype(np.float32), self.dice.random(self.games) < 0.1
        for game in range(self.games):
            self.clock += 1
            number = self.clock * self.games + game
            if self.fresh[game]:
                self.stacks[game] = [number * 10, number * 10 + 1, number * 10 + 2]
            else:
                self.stacks[game] = [*self.stacks[game][1:], number * 10 + 2]
                now = tuple(int(x) for x in before[game])
                then = tuple(int(x) for x in self.stacks[game])
                self.told[now] = (int(action[game]), float(reward[game]), bool(done[game]), then)
        self.memory.forward(
            self.shown(self.stacks), torch.full((self.games, self.memory.extras), float(self.clock)), torch.from_numpy(action), torch.from_numpy(reward),
            torch.from_numpy(done), torch.from_numpy(self.fresh), torch.ones(self.games, dtype=torch.bool),
        )  # fmt: skip
        self.fresh = self.dice.random(self.games) < 0.15

    @staticmethod
    def shown(stacks: Any) -> Tensor:
        """Frames of two by two pixels that hold their number in four bytes."""
        return torch.from_numpy(stacks.astype(np.uint32).view(np.uint8).reshape(len(stacks), 3, 2, 2).copy())


def numbers(frames: Tensor) -> list[tuple[int, ...]]:
    flat = frames.reshape(len(frames), frames.shape[1], 4).contiguous().numpy()
    return [tuple(int(n) for n in row) for row in flat.view(np.uint32)[..., 0]]


@pytest.fixture(params=[0.0, 0.7], ids=["even", "prioritised"])
def memory(request: pytest.FixtureRequest) -> Replay:
    made = Replay(200, 2, SHAPE, alpha=request.param)
    assert made.slots == 4 * BLOCK
    made.seed(3)
    return made


def test_what_is_drawn_is_what_happened(memory: Replay) -> None:
    plays = Plays(memory, 2)
    for _ in range(300):
        plays.step()
        if len(memory):
            moment = memory.sample(16, discount=0.9)
            for now, then, action, reward, factor in zip(
                numbers(moment.seen), numbers(moment.then), moment.action, moment.reward, moment.factor, strict=True
            ):
                did, paid, done, led = plays.told[now]
                assert (int(action), led) == (did, then)
                assert float(reward) == pytest.approx(paid) and float(factor) == pytest.approx(0.0 if done else 0.9)


def test_rewards_of_several_steps_end_where_the_episode_does(memory: Replay) -> None:
    plays = Plays(memory, 2, seed=1)
    for _ in range(400):
        plays.step()
    moment = memory.sample(256, steps=3, discount=0.9)
    for now, then, reward, factor in zip(
        numbers(moment.seen), numbers(moment.then), moment.reward, moment.factor, strict=True
    ):
        total, weight, counts, at = 0.0, 1.0, True, now
        for _ in range(3):
            if at not in plays.told or not counts:
                break
            _, paid, done, at = plays.told[at]
            total, weight, counts = total + weight * paid, weight * 0.9, not done
        assert at == then and float(reward) == pytest.approx(total, abs=1e-5)
        assert float(factor) == pytest.approx(weight if counts else 0.0)


def test_all_moments_in_reach_are_drawn_and_no_others(memory: Replay) -> None:
    plays = Plays(memory, 2, seed=2)
    for _ in range(400):
        plays.step()
    drawn = {stack for _ in range(60) for stack in numbers(memory.sample(64).seen)}
    newest = list(plays.told)[-2 * 200 :]  # of both games, and more than are kept
    assert drawn <= set(newest) and len(drawn) > 0.6 * 200
    assert {*list(plays.told)[-20:]} <= drawn


@pytest.mark.parametrize(("slots", "games"), [(BLOCK, 1), (BLOCK, 3), (3 * BLOCK, 5)])
def test_every_frame_has_a_place_of_its_own(slots: int, games: int) -> None:
    rows = frame_row(np.arange(slots)[:, None], np.arange(games), games)
    assert np.array_equal(np.sort(rows, axis=None), np.arange(slots * games))
    inside = np.arange(slots - 1) % BLOCK < BLOCK - 1
    assert (np.diff(rows, axis=0)[inside] == 1).all()  # a game's next frame lies next to it


def test_even_chances_are_even() -> None:
    memory = Replay(60, 2, SHAPE)
    plays = Plays(memory, 2)
    for _ in range(30):
        plays.step()
    counts: dict[Any, int] = {}
    for _ in range(400):
        for stack in numbers(memory.sample(50).seen):
            counts[stack] = counts.get(stack, 0) + 1
    mean = 20_000 / len(counts)
    assert all(abs(count - mean) < 6 * mean**0.5 for count in counts.values())


def test_surprises_are_drawn_in_proportion_and_weighed_back() -> None:
    memory = Replay(60, 2, SHAPE, alpha=0.5)
    plays = Plays(memory, 2)
    for _ in range(30):
        plays.step()
    leaves = torch.from_numpy(np.flatnonzero(memory._tree[len(memory._tree) // 2 :]))
    errors = torch.arange(1, len(leaves) + 1, dtype=torch.float64)
    memory.surprise(leaves, errors)
    counts = torch.zeros(len(leaves), dtype=torch.float64)
    for _ in range(500):
        moment = memory.sample(64, beta=1.0)
        place = torch.searchsorted(leaves, moment.leaf)
        counts += torch.bincount(place, minlength=len(leaves))
        expected = (errors[place].sqrt().min() / errors[place].sqrt()).float()
        assert torch.allclose(moment.weight, expected, rtol=1e-3)
    share = errors.sqrt() / errors.sqrt().sum()
    assert (counts / counts.sum() - share).abs().max() < 0.005


@given(st.lists(st.floats(0, 100), min_size=1, max_size=33))
@settings(max_examples=30, deadline=None)
def test_a_sum_tree_sums(values: list[float]) -> None:
    from saccade.agents.replay_kernels import lift_all

    tree = np.zeros(2 << (len(values) - 1).bit_length() if len(values) > 1 else 2)
    lift_all(tree, np.arange(len(values)), np.array(values))
    assert tree[1] == pytest.approx(sum(values))


@pytest.mark.parametrize("alpha", [0.0, 0.6])
def test_going_on_from_a_state_is_as_if_nothing_had_been_added_since(alpha: float, tmp_path: Path) -> None:
    def made(name: str) -> Replay:
        memory = Replay(58, 2, SHAPE, tmp_path / name, slack=20, alpha=alpha)
        memory.seed(5)
        assert (
            memory.slots == 2 * BLOCK
        )  # one block is what is drawn from and the frames before it, the other is the slack
        return memory

    unbroken, broken = made("a"), made("b")
    there, here = Plays(unbroken, 2), Plays(broken, 2)
    for _ in range(60):
        there.step()
        here.step()
    kept = {name: value.clone() for name, value in broken.state().items()}
    for _ in range(7):
        here.step()
        broken.sample(8)
    again = made("b")  # another process opens the same files
    again.load_state(kept)
    assert torch.equal(unbroken.sample(64).seen, again.sample(64).seen)
    one, two = unbroken.sample(64, 3), again.sample(64, 3)
    assert torch.equal(one.reward, two.reward) and torch.equal(one.then, two.then) and torch.equal(one.leaf, two.leaf)


def test_a_memory_on_disk_takes_no_more_than_it_says(tmp_path: Path) -> None:
    memory = Replay(1_000_000, 8, (4, 84, 84), tmp_path / "m")  # nothing is written: the files are all holes
    size = sum(file.stat().st_size for file in (tmp_path / "m").iterdir())
    assert size < 1_000_000 * 7_200 and memory.slots * 8 < 1_000_300


def test_a_memory_of_something_else_is_refused(tmp_path: Path) -> None:
    Replay(40, 2, SHAPE, tmp_path, "pong")
    with pytest.raises(RunError, match=r"remembers .* of pong, where .* of breakout is asked for"):
        Replay(40, 2, SHAPE, tmp_path, "breakout")


def test_a_memory_cut_short_is_refused(tmp_path: Path) -> None:
    Replay(40, 2, SHAPE, tmp_path)
    path = tmp_path / "frames.bin"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    with pytest.raises(RunError, match=r"frames\.bin has [\d,]+ bytes of [\d,]+: it was cut short"):
        Replay(40, 2, SHAPE, tmp_path)


def test_a_memory_that_lost_a_file_is_refused(tmp_path: Path) -> None:
    Replay(40, 2, SHAPE, tmp_path)
    (tmp_path / "action.bin").unlink()
    with pytest.raises(RunError, match=r"action\.bin is missing; copy it again, or train anew"):
        Replay(40, 2, SHAPE, tmp_path)


@pytest.mark.parametrize("name", ["frames", "action", "reward", "kind", "beside"])
def test_a_memory_that_holds_something_else_is_refused(tmp_path: Path, name: str) -> None:
    memory = Replay(40, 2, SHAPE, tmp_path, slack=40, extras=1)
    plays = Plays(memory, 2)
    for _ in range(30):
        plays.step()
    state = memory.state()
    for _ in range(10):  # what is added later is of no concern
        plays.step()
    memory.load_state(state)
    memory.columns.flush()
    path = tmp_path / f"{name}.bin"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(RunError, match="does not remember what it did when the checkpoint was written"):
        Replay(40, 2, SHAPE, tmp_path, slack=40, extras=1).load_state(state)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (
            errno.ENOSPC,
            r"no space left for .*frames\.bin \(1 MiB more are needed, \d+ MiB free\): make room and resume",
        ),
        (errno.EFBIG, r"frames\.bin may not become as large as it must: raise the limit"),
    ],
)
def test_a_full_disk_is_told_before_it_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    memory = Replay(40, 2, SHAPE, tmp_path)

    def full(*_: int) -> None:
        raise OSError(number, "No room")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(RunError, match=why):
        Plays(memory, 2).step()


def test_an_empty_memory_and_wrong_sizes_say_so() -> None:
    memory = Replay(40, 2, SHAPE)
    with pytest.raises(ValueError, match="replay is empty"):
        memory.sample(4)
    with pytest.raises(ValueError, match="for 2 games at once, not 3"):
        Plays(memory, 3).step()
    with pytest.raises(ValueError, match="capacity is 4: for 2 games it must be 10 or more"):
        Replay(4, 2, SHAPE)
    with pytest.raises(ValueError, match="alpha is 2"):
        Replay(40, 2, SHAPE, alpha=2)


def test_features_are_kept_as_they_are_and_labels_beside_them() -> None:
    memory = EncodedReplay(40, 2, (3,), extras=1)
    yes, no = torch.ones(2, dtype=torch.bool), torch.zeros(2, dtype=torch.bool)
    for step in range(30):
        seen = torch.full((2, 3), step + 0.25) + torch.tensor([[0.0], [100.0]])
        memory.forward(
            seen, seen[:, :1] * 2, torch.tensor([step, step]), torch.ones(2), no, yes if step == 0 else no, yes
        )
    moment = memory.sample(64)
    assert moment.seen.shape == (64, 3) and torch.equal(moment.then, moment.seen + 1)
    assert torch.equal(moment.beside[:, 0], moment.seen[:, 0] * 2)
    assert torch.equal(moment.action, moment.seen[:, 0].remainder(100).long() + 1)  # told one call later


def test_the_smallest_memory_says_that_it_is_empty() -> None:
    memory = Replay(10, 2, SHAPE)
    plays = Plays(memory, 2)
    for _ in range(30):
        plays.step()
        drawable = len(memory)
        if drawable:
            memory.sample(8)
        else:
            with pytest.raises(ValueError, match="empty"):
                memory.sample(8)
