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


class NumberedGames:
    """Games whose frames are numbered, and the transitions that a replay buffer should store of them."""

    def __init__(self, replay: Replay, games: int, seed: int = 0) -> None:
        self.replay, self.games, self.rng = replay, games, np.random.default_rng(seed)
        self.clock = 0
        self.stacks = np.zeros((games, 3), np.int64)
        self.fresh = np.ones(games, bool)
        # by observation: action, reward, done and next observation
        self.transitions: dict[tuple[int, ...], tuple[int, float, bool, tuple[int, ...]]] = {}

    def step(self) -> None:
        """One call of the replay buffer, as the graph makes it: most games go on, some begin anew."""
        before, action = self.stacks.copy(), self.rng.integers(0, 3, self.games)
        reward, done = self.rng.normal(size=self.games).astype(np.float32), self.rng.random(self.games) < 0.1
        for game in range(self.games):
            self.clock += 1
            number = self.clock * self.games + game
            if self.fresh[game]:
                self.stacks[game] = [number * 10, number * 10 + 1, number * 10 + 2]
            else:
                self.stacks[game] = [*self.stacks[game][1:], number * 10 + 2]
                observation = tuple(int(x) for x in before[game])
                following = tuple(int(x) for x in self.stacks[game])
                self.transitions[observation] = (int(action[game]), float(reward[game]), bool(done[game]), following)
        self.replay.forward(
            self.shown(self.stacks), torch.full((self.games, self.replay.extra_features), float(self.clock)), torch.from_numpy(action), torch.from_numpy(reward),
            torch.from_numpy(done), torch.ones(self.games, dtype=torch.bool), torch.from_numpy(self.fresh),
            torch.ones(self.games, dtype=torch.bool),
        )  # fmt: skip
        self.fresh = self.rng.random(self.games) < 0.15

    @staticmethod
    def shown(stacks: Any) -> Tensor:
        """Frames of two by two pixels that hold their number in four bytes."""
        return torch.from_numpy(stacks.astype(np.uint32).view(np.uint8).reshape(len(stacks), 3, 2, 2).copy())


def numbers(frames: Tensor) -> list[tuple[int, ...]]:
    flat = frames.reshape(len(frames), frames.shape[1], 4).contiguous().numpy()
    return [tuple(int(n) for n in row) for row in flat.view(np.uint32)[..., 0]]


@pytest.fixture(params=[0.0, 0.7], ids=["uniform", "prioritised"])
def replay(request: pytest.FixtureRequest) -> Replay:
    made = Replay(200, 2, SHAPE, alpha=request.param)
    assert made.slots == 4 * BLOCK
    made.seed(3)
    return made


def test_what_is_sampled_is_what_happened(replay: Replay) -> None:
    games = NumberedGames(replay, 2)
    for _ in range(300):
        games.step()
        if len(replay):
            batch = replay.sample(16, discount=0.9)
            for observation, following, action, reward, discount in zip(
                numbers(batch.observation), numbers(batch.next_observation), batch.action, batch.reward, batch.discount,
                strict=True,
            ):  # fmt: skip
                taken, given, done, led = games.transitions[observation]
                assert (int(action), following) == (taken, led)
                assert float(reward) == pytest.approx(given) and float(discount) == pytest.approx(0.0 if done else 0.9)


def test_n_step_returns_end_where_the_episode_does(replay: Replay) -> None:
    games = NumberedGames(replay, 2, seed=1)
    for _ in range(400):
        games.step()
    batch = replay.sample(256, n_step=3, discount=0.9)
    for observation, following, reward, discount in zip(
        numbers(batch.observation), numbers(batch.next_observation), batch.reward, batch.discount, strict=True
    ):
        total, weight, counts, at = 0.0, 1.0, True, observation
        for _ in range(3):
            if at not in games.transitions or not counts:
                break
            _, given, done, at = games.transitions[at]
            total, weight, counts = total + weight * given, weight * 0.9, not done
        assert at == following and float(reward) == pytest.approx(total, abs=1e-5)
        assert float(discount) == pytest.approx(weight if counts else 0.0)


@pytest.mark.parametrize("n_step", [1, 4])
def test_no_transition_leads_to_what_was_not_shown(replay: Replay, n_step: int) -> None:
    """The third decision of every episode is cut short: its screen is none."""
    yes, no = torch.ones(2, dtype=torch.bool), torch.zeros(2, dtype=torch.bool)
    for step in range(40):
        count = step % 4  # 0: an episode begins
        observation = torch.full((2, *SHAPE), 200 if count == 3 else count, dtype=torch.uint8)
        ones = torch.ones(2)
        replay.forward(
            observation,
            torch.zeros(2, 0),
            ones.long(),
            ones,
            no,
            no if count == 3 else yes,
            yes if not count else no,
            yes,
        )
    found = replay.sample(200, n_step, 0.5)
    assert len(replay) == 2 * 20 and int(found.next_observation.max()) == 2
    assert set(found.observation[:, -1, 0, 0].tolist()) == {0, 1}
    assert not (found.discount == 0).any()  # the value of what was shown last stands for the rest


def test_all_transitions_in_reach_are_sampled_and_no_others(replay: Replay) -> None:
    games = NumberedGames(replay, 2, seed=2)
    for _ in range(400):
        games.step()
    sampled = {stack for _ in range(60) for stack in numbers(replay.sample(64).observation)}
    newest = list(games.transitions)[-2 * 200 :]  # of both games, and more than are kept
    assert sampled <= set(newest) and len(sampled) > 0.6 * 200
    assert {*list(games.transitions)[-20:]} <= sampled


@pytest.mark.parametrize(("slots", "games"), [(BLOCK, 1), (BLOCK, 3), (3 * BLOCK, 5)])
def test_every_frame_has_a_place_of_its_own(slots: int, games: int) -> None:
    rows = frame_row(np.arange(slots)[:, None], np.arange(games), games)
    assert np.array_equal(np.sort(rows, axis=None), np.arange(slots * games))
    inside = np.arange(slots - 1) % BLOCK < BLOCK - 1
    assert (np.diff(rows, axis=0)[inside] == 1).all()  # a game's next frame lies next to it


def test_uniform_sampling_is_uniform() -> None:
    replay = Replay(60, 2, SHAPE)
    games = NumberedGames(replay, 2)
    for _ in range(30):
        games.step()
    counts: dict[Any, int] = {}
    for _ in range(400):
        for stack in numbers(replay.sample(50).observation):
            counts[stack] = counts.get(stack, 0) + 1
    mean = 20_000 / len(counts)
    assert all(abs(count - mean) < 6 * mean**0.5 for count in counts.values())


def test_priorities_set_how_often_a_transition_is_sampled_and_weights_correct_for_it() -> None:
    replay = Replay(60, 2, SHAPE, alpha=0.5)
    games = NumberedGames(replay, 2)
    for _ in range(30):
        games.step()
    leaves = torch.from_numpy(np.flatnonzero(replay._tree[len(replay._tree) // 2 :]))
    errors = torch.arange(1, len(leaves) + 1, dtype=torch.float64)
    replay.update_priorities(leaves, errors)
    counts = torch.zeros(len(leaves), dtype=torch.float64)
    for _ in range(500):
        batch = replay.sample(64, beta=1.0)
        place = torch.searchsorted(leaves, batch.index)
        counts += torch.bincount(place, minlength=len(leaves))
        expected = (errors[place].sqrt().min() / errors[place].sqrt()).float()
        assert torch.allclose(batch.weight, expected, rtol=1e-3)
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
        replay = Replay(58, 2, SHAPE, tmp_path / name, slack=20, alpha=alpha)
        replay.seed(5)
        assert (
            replay.slots == 2 * BLOCK
        )  # one block is what is sampled from and the frames before it, the other is the slack
        return replay

    unbroken, broken = made("a"), made("b")
    there, here = NumberedGames(unbroken, 2), NumberedGames(broken, 2)
    for _ in range(60):
        there.step()
        here.step()
    kept = {name: value.clone() for name, value in broken.state().items()}
    for _ in range(7):
        here.step()
        broken.sample(8)
    again = made("b")  # another process opens the same files
    again.load_state(kept)
    assert torch.equal(unbroken.sample(64).observation, again.sample(64).observation)
    one, two = unbroken.sample(64, 3), again.sample(64, 3)
    assert torch.equal(one.reward, two.reward) and torch.equal(one.next_observation, two.next_observation)
    assert torch.equal(one.index, two.index)


def test_a_buffer_on_disk_takes_no_more_than_it_says(tmp_path: Path) -> None:
    replay = Replay(1_000_000, 8, (4, 84, 84), tmp_path / "m")  # nothing is written: the files are all holes
    size = sum(file.stat().st_size for file in (tmp_path / "m").iterdir())
    assert size < 1_000_000 * 7_200 and replay.slots * 8 < 1_000_300


def test_a_buffer_of_something_else_is_refused(tmp_path: Path) -> None:
    Replay(40, 2, SHAPE, tmp_path, "pong")
    with pytest.raises(RunError, match=r"stores .* of pong, where .* of breakout is asked for"):
        Replay(40, 2, SHAPE, tmp_path, "breakout")


def test_a_buffer_cut_short_is_refused(tmp_path: Path) -> None:
    Replay(40, 2, SHAPE, tmp_path)
    path = tmp_path / "frames.bin"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    with pytest.raises(RunError, match=r"frames\.bin has [\d,]+ bytes of [\d,]+: it was cut short"):
        Replay(40, 2, SHAPE, tmp_path)


def test_a_buffer_that_lost_a_file_is_refused(tmp_path: Path) -> None:
    Replay(40, 2, SHAPE, tmp_path)
    (tmp_path / "action.bin").unlink()
    with pytest.raises(RunError, match=r"action\.bin is missing; copy it again, or train anew"):
        Replay(40, 2, SHAPE, tmp_path)


@pytest.mark.parametrize("name", ["frames", "action", "reward", "kind", "extras"])
def test_a_buffer_that_holds_something_else_is_refused(tmp_path: Path, name: str) -> None:
    replay = Replay(40, 2, SHAPE, tmp_path, slack=40, extras=1)
    games = NumberedGames(replay, 2)
    for _ in range(30):
        games.step()
    state = replay.state()
    for _ in range(10):  # what is added later is of no concern
        games.step()
    replay.load_state(state)
    replay.columns.flush()
    path = tmp_path / f"{name}.bin"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(RunError, match="does not store what it did when the checkpoint was written"):
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
def test_a_full_disk_is_reported_before_it_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    replay = Replay(40, 2, SHAPE, tmp_path)

    def full(*_: int) -> None:
        raise OSError(number, "No room")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(RunError, match=why):
        NumberedGames(replay, 2).step()


def test_an_empty_buffer_and_wrong_sizes_say_so() -> None:
    replay = Replay(40, 2, SHAPE)
    with pytest.raises(ValueError, match="replay is empty"):
        replay.sample(4)
    with pytest.raises(ValueError, match="for 2 environments at once, not 3"):
        NumberedGames(replay, 3).step()
    with pytest.raises(ValueError, match="capacity is 4: for 2 environments it must be 10 or more"):
        Replay(4, 2, SHAPE)
    with pytest.raises(ValueError, match="alpha is 2"):
        Replay(40, 2, SHAPE, alpha=2)


def test_features_are_stored_as_they_are_and_labels_as_extras() -> None:
    replay = EncodedReplay(40, 2, (3,), extras=1)
    yes, no = torch.ones(2, dtype=torch.bool), torch.zeros(2, dtype=torch.bool)
    for step in range(30):
        observation = torch.full((2, 3), step + 0.25) + torch.tensor([[0.0], [100.0]])
        replay.forward(
            observation,
            observation[:, :1] * 2,
            torch.tensor([step, step]),
            torch.ones(2),
            no,
            torch.ones(2, dtype=torch.bool),
            yes if step == 0 else no,
            yes,
        )
    batch = replay.sample(64)
    assert batch.observation.shape == (64, 3) and torch.equal(batch.next_observation, batch.observation + 1)
    assert torch.equal(batch.extras[:, 0], batch.observation[:, 0] * 2)
    assert torch.equal(batch.next_extras[:, 0], batch.next_observation[:, 0] * 2)
    assert torch.equal(batch.action, batch.observation[:, 0].remainder(100).long() + 1)  # it comes one call later


def test_the_smallest_buffer_says_that_it_is_empty() -> None:
    replay = Replay(10, 2, SHAPE)
    games = NumberedGames(replay, 2)
    for _ in range(30):
        games.step()
        sampleable = len(replay)
        if sampleable:
            replay.sample(8)
        else:
            with pytest.raises(ValueError, match="empty"):
                replay.sample(8)
