from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from saccade.worlds.cutout import plan_kernels as kernels
from saccade.worlds.cutout.canvas import steps

H, W = 14, 18
REACH = steps(4).numpy()
STEPS = REACH.tolist()


def scene(seed: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """A blotchy mask, its depths and crossings."""
    rng = np.random.default_rng(seed)
    target = ndimage.gaussian_filter(rng.random((H, W)), 2.0) > 0.5
    depth, crossings = np.zeros((1, H, W), np.int32), np.zeros((1, H * W, 8), np.uint8)
    kernels.survey(0, 1, target[None], REACH, depth, crossings)
    return target, depth[0], crossings[0]


def landing(cell: int, direction: int) -> int:
    (y, x), (down, right) = divmod(cell, W), STEPS[direction]
    return min(max(y + down, 0), H - 1) * W + min(max(x + right, 0), W - 1)


def costs(start: int, target: npt.NDArray[np.bool_], label: int, crossings: npt.NDArray[np.uint8]) -> dict[int, int]:
    """What it costs to be anywhere, the plain way."""
    best, heap = {start: 0}, [(0, start)]
    side, priced = target.ravel().tolist(), crossings.tolist()
    while heap:
        cost, cell = heapq.heappop(heap)
        if cost > best[cell]:
            continue
        for direction in range(8):
            there, toll = landing(cell, direction), priced[cell][direction]
            then = cost + 2 + kernels._CROSSING * toll
            own = side[there] == (label == 0)
            if toll != kernels.NOWHERE and own and then <= kernels._FARTHEST and then < best.get(there, 999):
                best[there] = then
                heapq.heappush(heap, (then, there))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_a_promise_is_the_best_of_all_pieces(seed: int) -> None:
    target, _, crossings = scene(seed)
    rng = np.random.default_rng(seed)
    piece = np.full((H, W), -1, np.int32)
    sizes = np.array([5, 40, 9], np.int32)
    for number, cell in enumerate(rng.choice(H * W, 3, replace=False)):
        piece.flat[cell] = number
    cost = np.full(H * W, -1, np.int32)
    heads, cells, links = (np.empty(length, np.int32) for length in (kernels.SCRATCH, 8 * H * W + 1, 8 * H * W + 1))
    for start in rng.choice(H * W, 10, replace=False):
        for label in range(2):
            found = kernels.approach_value(
                int(start), target, label, REACH, crossings, piece, sizes, 3, cost, heads, cells, links
            )
            reached = costs(int(start), target, label, crossings)
            approach = [sizes[piece.flat[c]] * kernels._DISCOUNT**v for c, v in reached.items() if piece.flat[c] >= 0]
            assert found == pytest.approx(max(approach, default=0.0))
            assert (cost == -1).all()


@pytest.mark.parametrize("seed", range(3))
def test_depths_and_tolls(seed: int) -> None:
    target, depth, crossings = scene(seed)
    inside, outside = (ndimage.distance_transform_cdt(side, "chessboard") for side in (target, ~target))
    assert (depth == np.where(target, inside, outside)).all()
    for cell, direction in ((0, 0), (W * 7 + 9, 1), (W * 7 + 9, 6), (H * W - 1, 2)):
        y, x = divmod(cell, W)
        to_y, to_x = divmod(landing(cell, direction), W)
        count = max(abs(to_y - y), abs(to_x - x))
        if count == 0:
            assert crossings[cell, direction] == kernels.NOWHERE
            continue
        way = [(y + round((to_y - y) * k / count), x + round((to_x - x) * k / count)) for k in range(count + 1)]
        assert crossings[cell, direction] == sum(target[place] != target[y, x] for place in way)


@pytest.mark.parametrize("label", [0, 1])
def test_pieces_of_what_is_wrong(label: int) -> None:
    target, depth, _ = scene(1)
    rng = np.random.default_rng(3)
    keys = np.full((H + 2, W + 2), -1, np.int32)
    keys[1:-1, 1:-1] = 2 * 7 + rng.integers(0, 2, (H, W))
    piece, sizes, queue = np.empty((H, W), np.int32), np.empty(H * W, np.int32), np.empty(H * W, np.int32)
    count = kernels.wrong_pieces(keys.ravel(), target, depth, label, 1, piece, sizes, queue)
    wrong = (target == (label == 0)) & (keys[1:-1, 1:-1] % 2 != label)
    pieces, expected = ndimage.label(wrong, np.ones((3, 3)))
    assert count == expected and ((piece >= 0) == wrong).all()
    assert sorted(sizes[:count]) == sorted(np.bincount(pieces.ravel())[1:])
