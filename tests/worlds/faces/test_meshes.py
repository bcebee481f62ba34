from __future__ import annotations

import numpy as np
import pytest

from saccade.worlds.faces.build import build_people
from saccade.worlds.faces.cast import cast
from saccade.worlds.faces.dress import People
from saccade.worlds.faces.mesh import Material, Mesh
from saccade.worlds.faces.render import FAR, FINER, framed, project, rasterise

PEOPLE = cast(40, 3)


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return build_people(PEOPLE)


def materials(mesh: Mesh, person: int) -> list[Material]:
    return [Material(row[3]) for row in mesh.patches[mesh.of[person] : mesh.of[person + 1]]]


@pytest.mark.parametrize("batch", [[7], [7, 8, 9], [30, 7, 0, 7]])
def test_a_mesh_is_the_same_whoever_else_is_in_the_batch(mesh: Mesh, batch: list[int]) -> None:
    built = build_people(PEOPLE[batch])
    for place, person in enumerate(batch):
        here, there = built.starts[place], mesh.starts[person]
        count = mesh.starts[person + 1] - there
        assert built.starts[place + 1] - here == count
        for name in ("points", "uv", "seen", "normals"):
            ours, known = getattr(built, name)[here : here + count], getattr(mesh, name)[there : there + count]
            assert np.array_equal(ours, known), name
        assert materials(built, place) == materials(mesh, person)


def test_patches_hold_all_points_in_order(mesh: Mesh) -> None:
    first, size = mesh.patches[:, 0], mesh.patches[:, 1] * mesh.patches[:, 2]
    assert np.array_equal(first, np.cumsum(size) - size) and first[-1] + size[-1] == len(mesh.points)
    assert np.array_equal(mesh.patch_of, np.repeat(np.arange(len(size)), size))
    assert mesh.of[0] == 0 and mesh.of[-1] == len(size) and len(mesh.of) == len(PEOPLE) + 1
    assert mesh.points.dtype == mesh.uv.dtype == mesh.seen.dtype == mesh.normals.dtype == np.float32


def test_people_have_what_their_record_says(mesh: Mesh) -> None:
    wears: People = PEOPLE
    for person, record in enumerate(wears):
        has = materials(mesh, person)
        # the chest and two arms, the neck, the head
        assert has[:5] == [Material.CLOTH] * 3 + [Material.NECK, Material.SKIN]
        assert has.count(Material.EAR) == (0 if record["headscarf"] else 2)
        assert has.count(Material.RIM) == (5 if record["glasses"] else 0)
        assert has.count(Material.LENS) == (2 if record["glasses"] and record["lens_dark"] else 0)
        assert has.count(Material.HAT) == (record["hat"] > 0)
        assert has.count(Material.COLLAR) == (record["collar"] > 0)
    assert wears["glasses"].any() and wears["hat"].any() and wears["lens_dark"].any()


def test_skin_looks_outward(mesh: Mesh) -> None:
    for person in range(len(PEOPLE)):
        skull = mesh.patch_of == mesh.of[person] + 4
        assert np.abs(np.linalg.norm(mesh.normals[skull], axis=1) - 1).max() < 1e-5
        out = mesh.seen[skull] - mesh.seen[skull].mean(0)
        assert ((out * mesh.normals[skull]).sum(1) > 0).mean() > 0.95


@pytest.mark.parametrize("size", [32, 128])
def test_heads_lie_within_the_picture(mesh: Mesh, size: int) -> None:
    screen = project(mesh, framed(mesh, PEOPLE, size, np.ones(len(PEOPLE))))
    head = screen[mesh.patches[mesh.patch_of, 3] == Material.SKIN]
    assert head[:, :2].min() >= 0 and head[:, 0].max() <= FINER * size
    smaller = framed(mesh, PEOPLE, size, np.full(len(PEOPLE), 0.25))
    assert (smaller.scale <= 0.25 * FINER * size * PEOPLE["scale"].astype(np.float64)).all()


def square(closed: int, flip: bool) -> tuple[np.ndarray, ...]:
    """A square of four points from (1, 1) to (4, 3), nearer to the right; its owners and nearness."""
    patches = np.array([[2, 2, 2, Material.SKIN, closed]], np.int32)
    screen = np.zeros((6, 3), np.float32)
    screen[2:] = [[1, 1, 0], [4, 1, 3], [1, 3, 0], [4, 3, 3]]
    if flip:
        screen[2:] = screen[[3, 2, 5, 4]]
    depth, owner = np.full((4, 6), FAR, np.float32), np.full((4, 6), -1, np.int32)
    rasterise(patches, screen, depth, owner, 1)
    return depth, owner


def test_triangles_fill_the_samples_within_them() -> None:
    depth, owner = square(closed=1, flip=False)
    inside = np.zeros((4, 6), np.bool_)
    inside[1:3, 1:4] = True
    assert np.array_equal(depth > FAR, inside) and np.array_equal(owner >= 0, inside)
    assert np.allclose(depth[1:3, 1:4], [0.5, 1.5, 2.5])
    assert owner[1, 3] == 2 * 2 and owner[2, 1] == 2 * 2 + 1  # twice the first point, plus the half


def test_backs_of_closed_patches_are_not_seen() -> None:
    assert (square(closed=1, flip=True)[0] == FAR).all()
    assert (square(closed=0, flip=True)[0] > FAR).sum() == 6


def test_the_nearest_triangle_wins(mesh: Mesh) -> None:
    rows, screen = mesh.patches[: mesh.of[1]], project(mesh, framed(mesh, PEOPLE, 32, np.ones(len(PEOPLE))))
    depths, owners = [], []
    for order in (rows, rows[::-1].copy()):
        depth, owner = np.full((64, 64), FAR, np.float32), np.full((64, 64), -1, np.int32)
        rasterise(order, screen, depth, owner, 1)
        depths.append(depth)
        owners.append(owner)
    assert np.array_equal(depths[0], depths[1])
    marks = owners[0][owners[0] >= 0].astype(np.int64)
    assert 0.1 < len(marks) / 64**2 < 0.9
    corner, columns = marks >> 1, mesh.patches[mesh.patch_of[marks >> 1], 2]
    third = np.where(marks & 1, columns, 1)  # of the lower half of the square, or the upper
    near = screen[np.stack([corner, corner + columns + 1, corner + third]), 2]
    seen = depths[0][owners[0] >= 0]
    assert (near.min(0) - 1e-3 <= seen).all() and (seen <= near.max(0) + 1e-3).all()
