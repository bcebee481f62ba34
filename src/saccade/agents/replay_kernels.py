"""The compiled inside of a replay buffer: which transitions are sampled, and what is stored of them.

A transition starts in a slot of one environment's ring. Slots are counted from the first on, without end; slot `j` lies at `j % slots`. Frames lie in blocks of
`BLOCK` slots, one environment's after the other's, so that those of an observation are next to each other (docs/decisions/012).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Shorts = npt.NDArray[np.int16]
Longs = npt.NDArray[np.int64]
Stream = npt.NDArray[np.uint64]

BLOCK = 32
DECIDED, TERMINAL = 1, 2  # of a slot: an action was taken here and its outcome is known; the next state is terminal


@kernel
def roll(stream: Stream) -> Any:
    """The next number of a stream whose whole state is one number (splitmix64)."""
    stream[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = stream[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@kernel
def draw_evenly(stream: Stream, first: Longs, written: Longs, kinds: Bytes, game: Longs, slot: Longs) -> None:
    """Sample transitions uniformly: of every environment those from `first` on, where an action was taken.

    Args:
        stream: state of the random stream, `(1,)`.
        first, written: of each environment, `(games,)`: the oldest slot that may be sampled, and how many were written.
        kinds: `(slots, games)`.
        game, slot: filled, `(batch,)`. There must be a transition to sample.
    """
    slots, games = kinds.shape
    total = np.int64(0)
    for g in range(games):
        total += max(np.int64(0), written[g] - 1 - first[g])  # no action has been taken in the newest slot
    for b in range(len(game)):
        while True:
            place = np.int64(roll(stream) % np.uint64(total))
            g = 0
            while place >= max(np.int64(0), written[g] - 1 - first[g]):
                place -= max(np.int64(0), written[g] - 1 - first[g])
                g += 1
            j = first[g] + place
            if kinds[j % slots, g] & DECIDED:
                game[b], slot[b] = g, j
                break


@kernel
def frame_row(place: Any, game: Any, games: int) -> Any:
    """The row of the frame of an environment at a place in its ring."""
    return (place // BLOCK * games + game) * BLOCK + place % BLOCK


@kernel
def collect(
    action: Shorts, reward: Floats, kinds: Bytes, reached: Any, goal: Longs, game: Longs, slot: Longs, written: Longs, depth: int,
    steps: int, discount: float, rows: Longs, taken: Longs, returns: Floats, factor: Floats, end: Longs,
) -> None:  # fmt: skip
    """Actions, n-step returns and discounts of some transitions, and the rows of the frames of their observations.

    Args:
        action, reward, kinds: `(slots, games)`: the action taken there, its reward, and whether it counts.
        reached: `(slots, games, goals)`: which goals it reached.
        goal: `(batch,)`, or `(0,)` where there are no goals: the reward is 1 for reaching it, and nothing counts after that.
        game, slot, written: see `draw_evenly`.
        depth: frames of an observation, the newest last.
        steps: rewards that are summed, at most, before the value of the next observation stands for the rest.
        discount: discount factor of every step.
        rows: filled, `(batch, depth + 1)` if `steps` is 1: of the frames of the observation and one more, as the next
            observation shares all but one with it. Else `(batch, 2 * depth)`: of the frames of both. See `frame_row`.
        taken, returns: filled, `(batch,)`: the action, and the discounted sum of rewards.
        factor: filled, `(batch,)`: what the value of the observation at the end is multiplied by.
        end: filled, `(batch,)`: where that observation is stored, `place * games + game`.
    """
    slots, games = kinds.shape
    for b in range(len(game)):
        g, j = game[b], slot[b]
        taken[b] = action[j % slots, g]
        total, weight, k, counts = 0.0, 1.0, 0, True
        while k < steps and counts and kinds[(j + k) % slots, g] & DECIDED and j + k < written[g] - 1:
            at = (j + k) % slots
            gained = np.float64(reached[at, g, goal[b]] if len(goal) else reward[at, g])
            total += weight * gained
            weight *= discount
            counts = not (kinds[at, g] & TERMINAL or (len(goal) and gained > 0))
            k += 1
        returns[b], factor[b] = total, weight if counts else 0.0
        for d in range(rows.shape[1]):
            ahead = d if steps == 1 or d < depth else d - depth + k
            rows[b, d] = frame_row((j - depth + 1 + ahead) % slots, g, games)
        end[b] = (j + (1 if steps == 1 else k)) % slots * games + g


@kernel
def draw_goals(stream: Stream, relabel: float, goals: Shorts, count: int, index: Longs, goal: Longs) -> None:
    """A goal for each of some transitions that has none yet.

    Args:
        stream: state of the random stream, `(1,)`.
        relabel: share of them whose goal is drawn from all goals.
        goals: `(transitions,)`: the goal that was in force.
        count: of goals.
        index: `(batch,)`: which transitions.
        goal: filled where it is negative, `(batch,)`.
    """
    for b in range(len(index)):
        if goal[b] >= 0:
            continue
        goal[b] = goals[index[b]]
        if np.float64(roll(stream) >> np.uint64(11)) / 2.0**53 < relabel:
            goal[b] = np.int64(roll(stream) % np.uint64(count))


@kernel
def draw_before_reaching(
    stream: Stream, share: float, horizon: int, reaches: Longs, counts: Longs, first: Longs, kinds: Bytes, game: Longs, slot: Longs,
    goal: Longs,
) -> None:  # fmt: skip
    """In place of some sampled transitions, ones of an episode that reached a goal soon after; all goals are equally likely.

    Args:
        stream: state of the random stream, `(1,)`.
        share: of the transitions that are replaced, where the goal that is drawn has been reached.
        horizon: decisions before the goal is reached, the last one counted, at most.
        reaches: `(goals, kept, 2)`: environment and slot of the latest transitions that reached each goal, a ring.
        counts: `(goals,)`: how often each was reached.
        first: of each environment, the oldest slot that may be sampled.
        kinds: `(slots, games)`.
        game, slot: changed where a transition is replaced, `(batch,)`.
        goal: filled there, `(batch,)`.
    """
    goals, kept, _ = reaches.shape
    for b in range(len(game)):
        if np.float64(roll(stream) >> np.uint64(11)) / 2.0**53 >= share:
            continue
        wanted = np.int64(roll(stream) % np.uint64(goals))
        drawn, back = roll(stream), roll(stream)
        if not counts[wanted]:
            continue
        g, j = reaches[wanted, np.int64(drawn % np.uint64(min(counts[wanted], np.int64(kept))))]
        if j < first[g]:
            continue  # overwritten
        there = 1  # transitions to choose from, of the same episode
        while (
            there < horizon
            and j - there >= first[g]
            and kinds[(j - there) % len(kinds), g] & (DECIDED | TERMINAL) == DECIDED
        ):
            there += 1
        game[b], slot[b], goal[b] = g, j - np.int64(back % np.uint64(there)), wanted


@kernel
def lift(tree: Doubles, place: int, value: float) -> None:
    """Set one leaf of a sum tree, `(2 * leaves,)`; node 1 is the sum of all, the leaves are the second half."""
    node = len(tree) // 2 + place
    tree[node] = value
    while node > 1:
        node //= 2
        tree[node] = tree[2 * node] + tree[2 * node + 1]


@kernel
def lift_all(tree: Doubles, places: Longs, values: Doubles) -> None:
    """Set some leaves."""
    for b in range(len(places)):
        lift(tree, places[b], values[b])


@kernel
def draw_by_weight(stream: Stream, tree: Doubles, leaf: Longs) -> None:
    """Leaves, one of each of `batch` equal parts of the sum (Schaul et al. 2016, appendix B.2.1)."""
    half = len(tree) // 2
    for b in range(len(leaf)):
        while True:
            share = (b + np.float64(roll(stream) >> np.uint64(11)) / 2.0**53) / len(leaf)
            left, node = share * tree[1], np.int64(1)
            while node < half:
                node *= 2
                if left >= tree[node] and tree[node + 1] > 0:
                    left -= tree[node]
                    node += 1
            if tree[node] > 0:
                leaf[b] = node - half
                break
