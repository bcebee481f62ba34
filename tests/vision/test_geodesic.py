from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from saccade.vision.geodesic import GeodesicMaps, colours
from saccade.vision.geodesic_torch import TensorMaps

NEVER = -1


def picture(seed: int, n: int, h: int, w: int) -> Tensor:
    """Noise on soft blobs: flat places and edges."""
    rng = np.random.default_rng(seed)
    blobs = rng.integers(0, 256, (n, 3, (h + 3) // 4, (w + 3) // 4)).repeat(4, 2).repeat(4, 3)[:, :, :h, :w]
    return torch.from_numpy((blobs + rng.integers(-9, 10, blobs.shape)).clip(0, 255).astype(np.uint8))


def random_strokes(seed: int, n: int, cells: int, times: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(NEVER, cells, (n, 2, 3), generator=generator) for _ in range(times)]


def drawn_by(strokes: list[Tensor], cells: int) -> Tensor:
    """What is drawn in the end, uint8 (n, cells): of two strokes over one pixel the first."""
    drawn = torch.zeros(len(strokes[0]), cells, dtype=torch.uint8)
    for step in strokes:
        for image, label in np.ndindex(len(step), 2):
            for cell in step[image, label]:
                if cell >= 0 and drawn[image, cell] == 0:
                    drawn[image, cell] = label + 1
    return drawn


def as_strokes(drawn: Tensor) -> Tensor:
    """The same in one step, (n, 2, cells)."""
    places = torch.arange(drawn.shape[1])
    return torch.stack([torch.where(drawn == label, places, NEVER) for label in (1, 2)], dim=1)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), h=st.integers(1, 17), w=st.integers(1, 17), times=st.integers(1, 6))
def test_stroke_by_stroke_is_all_at_once(seed: int, h: int, w: int, times: int) -> None:
    images, strokes = picture(seed, 3, h, w), random_strokes(seed, 3, h * w, times)
    maps, whole = GeodesicMaps(images), GeodesicMaps(images)
    for step in strokes:
        maps.add(step)
    drawn = drawn_by(strokes, h * w)
    whole.add(as_strokes(drawn))
    for found, expected in zip(maps.read(), whole.read(), strict=True):
        assert torch.equal(found, expected)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), h=st.integers(1, 12), w=st.integers(1, 12), times=st.integers(1, 4))
def test_on_a_device_it_is_the_same(seed: int, h: int, w: int, times: int) -> None:
    images, strokes = picture(seed, 3, h, w), random_strokes(seed, 3, h * w, times)
    maps, tensors = GeodesicMaps(images), TensorMaps(images)
    generator = torch.Generator().manual_seed(seed)
    for step in strokes:
        active = torch.rand(3, generator=generator) < 0.7
        anew = torch.rand(3, generator=generator) < 0.2
        for each in (maps, tensors):
            each.show(images.flip(0)[anew], anew)
            each.add(step, active)
        for found, expected in zip(tensors.read(), maps.read(), strict=True):
            assert torch.equal(found, expected)


def test_distances_are_those_of_dijkstra() -> None:
    h, w = 9, 7
    images = picture(3, 1, h, w)
    tinted, rows, columns, costs = colours(images)[0].long(), [], [], []
    for y, x, down, right in np.ndindex(h, w, 3, 3):
        there = (y + down - 1, x + right - 1)
        if there != (y, x) and 0 <= there[0] < h and 0 <= there[1] < w:
            gap = (tinted[y, x] - tinted[there]).square()
            cost = 256 + 92 * int(gap[0]) + 256 * int(gap[1] + gap[2])
            cost = cost * 362 // 256 if down != 1 and right != 1 else cost
            (
                rows.append(y * w + x),
                columns.append(there[0] * w + there[1]),
                costs.append(min(1023, (cost + 128) // 256)),
            )
    graph = coo_matrix((costs, (rows, columns)), (h * w, h * w)).tocsr()
    object_at, ground_at = 3, h * w - 2
    near, far = dijkstra(graph, indices=[object_at, ground_at])
    maps = GeodesicMaps(images)
    maps.add(torch.tensor([[[object_at], [ground_at]]]))
    mask, distance = maps.read()
    assert np.array_equal(distance[0].flatten(), np.minimum(near, far))
    assert np.array_equal(mask[0].flatten(), near <= far)  # equally near ones belong to the object


def test_an_edge_stops_a_stroke_and_what_is_drawn_stays() -> None:
    image = torch.zeros(1, 3, 20, 20, dtype=torch.uint8)
    image[:, :, :, 12:] = 255
    maps = GeodesicMaps(image)
    assert not maps.read()[0].any()
    maps.add(torch.tensor([[[5 * 20 + 2], [5 * 20 + 18]]]))
    mask, _ = maps.read()
    assert torch.equal(mask[0], (torch.arange(20) < 12).expand(20, 20))
    maps.add(torch.tensor([[[5 * 20 + 18], [5 * 20 + 2]]]))  # over the first strokes
    assert torch.equal(maps.read()[0], mask)


def test_only_active_images_change_and_some_begin_anew() -> None:
    images, strokes = picture(5, 3, 12, 10), random_strokes(5, 3, 120, 2)
    maps = GeodesicMaps(images)
    maps.add(strokes[0])
    before = [part.clone() for part in maps.read()]
    maps.add(strokes[1], torch.tensor([True, False, True]))
    assert torch.equal(maps.read()[0][1], before[0][1]) and not torch.equal(maps.read()[1][0], before[1][0])
    other = picture(6, 1, 12, 10)
    maps.show(other, torch.tensor([False, True, False]))
    maps.add(strokes[0], torch.tensor([False, True, False]))
    alone = GeodesicMaps(other)
    alone.add(strokes[0][1:2])
    assert torch.equal(maps.read()[1][1], alone.read()[1][0])


def test_a_batch_is_filtered_as_its_images_are() -> None:
    images = picture(8, 4, 16, 12)
    assert torch.equal(colours(images)[2], colours(images[2:3])[0])


def test_images_of_another_kind() -> None:
    with pytest.raises(ValueError, match=r"float32 of shape \(1, 3, 4, 4\): they must be uint8"):
        GeodesicMaps(torch.zeros(1, 3, 4, 4))
    with pytest.raises(ValueError, match=r"of shape \(1, 3, 5, 4\): they must be uint8 of shape \(n, 3, 4, 4\)"):
        GeodesicMaps(torch.zeros(1, 3, 4, 4, dtype=torch.uint8)).show(torch.zeros(1, 3, 5, 4, dtype=torch.uint8))
