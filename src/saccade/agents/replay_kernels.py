"""The compiled inside of a replay memory: which moments, and what is remembered of them.

A moment is a slot of one game's ring. Slots are counted from the first on, without end; slot `j` lies at `j % slots`. Frames lie in blocks of
`BLOCK` slots, one game's after the other's, so that those of an observation are next to each other (docs/decisions/012).
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
Dice = npt.NDArray[np.uint64]

BLOCK = 32
DECIDED, DONE = 1, 2  # of a slot: an action was taken here and its outcome is known; after it nothing counts


@kernel
def roll(dice: Dice) -> Any:
    """The next number of a stream whose whole state is one number (splitmix64)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = dice[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@kernel
def draw_evenly(dice: Dice, first: Longs, written: Longs, kinds: Bytes, game: Longs, slot: Longs) -> None:
    """Moments with equal chances: of every game those from `first` on, where an action was taken.

    Args:
        dice: state of the stream, `(1,)`.
        first, written: of each game, `(games,)`: the oldest slot that may be drawn, and how many were written.
        kinds: `(slots, games)`.
        game, slot: filled, `(batch,)`. There must be a moment to draw.
    """
    slots, games = kinds.shape
    total = np.int64(0)
    for g in range(games):
        total += max(np.int64(0), written[g] - 1 - first[g])  # nothing is decided in the newest slot
    for b in range(len(game)):
        while True:
            place = np.int64(roll(dice) % np.uint64(total))
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
    """Where the frame of a game at a place in its ring lies."""
    return (place // BLOCK * games + game) * BLOCK + place % BLOCK


@kernel
def collect(
    action: Shorts, reward: Floats, kinds: Bytes, game: Longs, slot: Longs, written: Longs, depth: int, steps: int,
    discount: float, rows: Longs, taken: Longs, paid: Floats, factor: Floats, then: Longs,
) -> None:  # fmt: skip
    """What was done and paid at some moments, and where the frames of what was seen lie, then and where it led.

    Args:
        action, reward, kinds: `(slots, games)`: what was done there, what it was paid, and whether it counts.
        game, slot, written: see `draw_evenly`.
        depth: frames of an observation, the newest last.
        steps: rewards that are added up, at most, before the value of what is seen then stands for the rest.
        discount: of every step.
        rows: filled, `(batch, depth + 1)` if `steps` is 1: of the frames of a moment and one more, as the observation after it shares
            all but one with it. Else `(batch, 2 * depth)`: of the frames of both. See `frame_row`.
        taken, paid: filled, `(batch,)`: the action, and the discounted sum of rewards.
        factor: filled, `(batch,)`: what the value of the observation at the end is multiplied by.
        then: filled, `(batch,)`: where that observation lies, `place * games + game`.
    """
    slots, games = kinds.shape
    for b in range(len(game)):
        g, j = game[b], slot[b]
        taken[b] = action[j % slots, g]
        total, weight, k, counts = 0.0, 1.0, 0, True
        while k < steps and counts and kinds[(j + k) % slots, g] & DECIDED and j + k < written[g] - 1:
            total += weight * reward[(j + k) % slots, g]
            weight *= discount
            counts = not kinds[(j + k) % slots, g] & DONE
            k += 1
        paid[b], factor[b] = total, weight if counts else 0.0
        for d in range(rows.shape[1]):
            ahead = d if steps == 1 or d < depth else d - depth + k
            rows[b, d] = frame_row((j - depth + 1 + ahead) % slots, g, games)
        then[b] = (j + (1 if steps == 1 else k)) % slots * games + g


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
def draw_by_weight(dice: Dice, tree: Doubles, leaf: Longs) -> None:
    """Leaves, one of each of `batch` equal parts of the sum (Schaul et al. 2016, appendix B.2.1)."""
    half = len(tree) // 2
    for b in range(len(leaf)):
        while True:
            share = (b + np.float64(roll(dice) >> np.uint64(11)) / 2.0**53) / len(leaf)
            left, node = share * tree[1], np.int64(1)
            while node < half:
                node *= 2
                if left >= tree[node] and tree[node + 1] > 0:
                    left -= tree[node]
                    node += 1
            if tree[node] > 0:
                leaf[b] = node - half
                break
