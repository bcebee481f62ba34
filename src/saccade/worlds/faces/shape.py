"""Heads as meshes: grids of points for skull and face, ears and neck.

Lengths are in half-heights of the skull: the crown lies at y = -1, the chin at y = 1, x goes to the right of the
picture, y down, z to the camera.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from saccade.jit import fast_kernel

from .kernels import Floats, Ints, bump, ramp


class Material(IntEnum):
    """What a patch is made of; the backs of those up to `HAT` are never seen."""

    SKIN = 0
    NECK = 1
    CLOTH = 2
    HAIR = 3
    RIM = 4
    HAT = 5
    BRIM = 6
    SHEET = 7  # of hair
    EAR = 8
    COLLAR = 9
    LENS = 10


# rows and columns of patches
GRID_OF_SKULL, _GRID_OF_EAR, _GRID_OF_NECK = np.array([40, 59]), np.array([9, 17]), np.array([10, 25])

EYES, NOSE_ROOT, NOSE_TIP, MOUTH = 0.03, -0.03, 0.37, 0.64  # heights
_MOST_POINTS, _MOST_PATCHES = 16384, 48

# crown to chin: height, half-width, depth of the front half, depth of the back half
_PROFILE = np.array(
    [
        [-1.00, 0.00, 0.00, 0.00],
        [-0.97, 0.27, 0.28, 0.34],
        [-0.85, 0.49, 0.50, 0.62],
        [-0.63, 0.64, 0.67, 0.83],
        [-0.36, 0.71, 0.75, 0.93],
        [-0.10, 0.73, 0.77, 0.93],
        [0.15, 0.715, 0.76, 0.84],
        [0.40, 0.66, 0.76, 0.68],
        [0.64, 0.57, 0.76, 0.52],
        [0.84, 0.43, 0.73, 0.38],
        [0.97, 0.24, 0.63, 0.24],
        [1.00, 0.00, 0.36, 0.00],
    ]
)


class Mesh(NamedTuple):
    """Patches of one person, each a grid of points, rows × columns."""

    points: Floats  # (V, 3), where a point lies on the person at rest
    uv: Floats  # (V, 2), where it lies on the patch, for textures
    seen: Floats  # (V, 3), where the camera sees it
    normals: Floats  # (V, 3), outward, as the camera sees them
    patch_of: Ints  # (V,)
    patches: Ints  # (K, 5): first point, rows, columns, material, 1 if closed (its back is never seen)
    used: Ints  # (2,): patches, points


@fast_kernel
def new_mesh() -> Mesh:
    """An empty one."""
    v, k = _MOST_POINTS, _MOST_PATCHES
    return Mesh(
        np.empty((v, 3), np.float32),
        np.empty((v, 2), np.float32),
        np.empty((v, 3), np.float32),
        np.empty((v, 3), np.float32),
        np.empty(v, np.int32),
        np.empty((k, 5), np.int32),
        np.zeros(2, np.int32),
    )


@fast_kernel
def add_patch(mesh: Mesh, rows: int, columns: int, material: Material) -> int:
    """Room for one more patch; its first point. Rows go down and columns to the right, seen from outside."""
    which, first = mesh.used[0], mesh.used[1]
    patch = mesh.patches[which]
    patch[0], patch[1], patch[2], patch[3], patch[4] = (
        first,
        rows,
        columns,
        material,
        1 if material <= Material.HAT else 0,
    )
    mesh.patch_of[first : first + rows * columns] = which
    mesh.used[0], mesh.used[1] = which + 1, first + rows * columns
    return int(first)


@fast_kernel
def put(mesh: Mesh, point: int, x: float, y: float, z: float, u: float, v: float) -> None:
    """Set a point and its place on the patch."""
    mesh.points[point, 0], mesh.points[point, 1], mesh.points[point, 2] = x, y, z
    mesh.uv[point, 0], mesh.uv[point, 1] = u, v


@fast_kernel
def tube(mesh: Mesh, line: Floats, radius: Floats, material: Material) -> None:
    """A tube around a line of points `(k, 3)` with a radius at each `(k,)`."""
    k, sides = len(line), 5 if material == Material.RIM else 14
    first = add_patch(mesh, k, sides + 1, material)
    for i in range(k):
        before, after = max(i - 1, 0), min(i + 1, k - 1)
        dx, dy, dz = line[after] - line[before]
        # two directions across the line; the first one lies as level as it can
        ax, ay, az = (dz, 0.0, -dx) if abs(dx) + abs(dz) > abs(dy) * 0.3 else (-dy, dx, 0.0)
        length = math.sqrt(ax * ax + ay * ay + az * az) + 1e-9
        ax, ay, az = ax / length, ay / length, az / length
        bx, by, bz = dy * az - dz * ay, dz * ax - dx * az, dx * ay - dy * ax
        length = math.sqrt(bx * bx + by * by + bz * bz) + 1e-9
        bx, by, bz = bx / length, by / length, bz / length
        for j in range(sides + 1):
            angle = 2 * math.pi * j / sides
            c, s = math.cos(angle) * radius[i], math.sin(angle) * radius[i]
            put(
                mesh,
                first + i * (sides + 1) + j,
                line[i, 0] + ax * c + bx * s,
                line[i, 1] + ay * c + by * s,
                line[i, 2] + az * c + bz * s,
                angle,
                i * 0.2,
            )


@fast_kernel
def profile(person: np.record, row: float) -> tuple[float, float, float, float]:
    """Height, half-width and depths, front and back, of the skull at a share of the way from crown to chin."""
    last = len(_PROFILE) - 1
    at = min(max(row, 0.0), 1.0) * last
    i = min(int(at), last - 1)
    t = at - i
    a, b = _PROFILE[max(i - 1, 0)], _PROFILE[i]
    c, d = _PROFILE[i + 1], _PROFILE[min(i + 2, last)]
    # Catmull-Rom weights
    wa, wb = t * (t * (2 - t) - 1) / 2, (t * t * (3 * t - 5) + 2) / 2
    wc, wd = t * (t * (4 - 3 * t) + 1) / 2, t * t * (t - 1) / 2
    y = wa * a[0] + wb * b[0] + wc * c[0] + wd * d[0]
    wide = wa * a[1] + wb * b[1] + wc * c[1] + wd * d[1]
    front = wa * a[2] + wb * b[2] + wc * c[2] + wd * d[2]
    back = wa * a[3] + wb * b[3] + wc * c[3] + wd * d[3]
    wide *= person.width * (1 + person.jaw * ramp(0.1, 0.75, y) + person.crown * ramp(0.0, -0.7, y))
    return y, max(wide, 0.0), max(front, 0.0), max(back, 0.0) * person.depth


@fast_kernel
def column_angle(share: float) -> float:
    """Angle around the skull, 0 at the front, for a share from -1 to 1: closest where the face is."""
    return math.pi * share * (0.5 + 0.5 * share * share)


@fast_kernel
def lifted(y: float, front: float, angle: float) -> float:
    """Height of a point of the skull: the ring of the jaw, so deep in front, climbs from the chin to the nape."""
    return y - 0.19 * ramp(0.25, 1.0, y) * (1 - math.cos(angle) * min(1.0, front / 0.63))


@fast_kernel
def relief(person: np.record, x: float, y: float) -> float:
    """How far the face stands out of the skull, at a place seen from the front."""
    side = abs(x)
    tip = NOSE_ROOT + (NOSE_TIP - NOSE_ROOT) * person.nose_long
    along = min(max((y - NOSE_ROOT) / (tip - NOSE_ROOT), 0.0), 1.0)
    height = (0.3 + 0.7 * along * (0.6 + 0.4 * along) + person.nose_hump * along * (1 - along)) * ramp(-0.17, 0.04, y)
    height *= ramp(tip + 0.1, tip - 0.01, y)
    spread = (0.055 + 0.045 * along) * person.nose_wide
    out = person.nose_high * height * math.exp(-0.5 * (x / spread) ** 2)
    out += 0.09 * bump(side - 0.1 * person.nose_wide, y - tip - 0.02, 0.05, 0.055)
    apart = person.eye_apart
    out -= person.sockets * bump(side - apart, y - EYES + 0.01, 0.16, 0.11)
    out += 0.055 * bump(side - apart, y - EYES, 0.1, 0.065)
    out += person.brow_ridge * bump(side - 0.24, y - EYES + 0.17, 0.2, 0.06)
    out += person.cheeks * bump(side - 0.4, y - 0.3, 0.17, 0.15)
    mouth = y - MOUTH
    out += 0.06 * bump(x, mouth, 0.26, 0.16)
    out += person.lips * (bump(x, mouth + 0.045, 0.15, 0.036) + 1.1 * bump(x, mouth - 0.06, 0.13, 0.042))
    out -= 0.025 * bump(x, mouth, 0.2, 0.02) + 0.035 * bump(x, mouth - 0.15, 0.15, 0.045)
    out += person.chin * bump(x, y - 0.89, 0.17, 0.1) + beard(person, x, y) * person.beard_thick
    return float(out)


@fast_kernel
def beard(person: np.record, x: float, y: float) -> float:
    """Share of beard at a place seen from the front, 0 to 1."""
    side = abs(x)
    jaw = ramp(-0.04, 0.05, y - mix_line(side, person.beard_line))
    lips = bump(x, y - MOUTH - 0.01, 0.17, 0.055)
    chin_only = ramp(person.beard_wide + 0.06, person.beard_wide - 0.04, side)
    full = jaw * chin_only * max(0.0, 1 - 1.8 * lips)
    lip = person.moustache * min(1.0, 1.7 * bump(side - 0.09, y - MOUTH + 0.115 - 0.3 * side * side, 0.11, 0.035))
    return float(max(full, lip) * ramp(0.02, 0.06, abs(y - MOUTH) + 0.4 * side))


@fast_kernel
def mix_line(side: float, line: float) -> float:
    """Upper edge of a beard: high at the ears, low next to the mouth."""
    return line + 0.3 - 0.75 * ramp(0.3, 0.75, side)


@fast_kernel
def build_head(mesh: Mesh, person: np.record) -> None:
    """Skull and face."""
    rows, columns = GRID_OF_SKULL
    first = add_patch(mesh, rows, columns, Material.SKIN)
    for row in range(rows):
        height, wide, front, back = profile(person, row / (rows - 1))
        for column in range(columns):
            angle = column_angle(2 * column / (columns - 1) - 1)
            s, c = math.sin(angle), math.cos(angle)
            x, y = wide * s, lifted(height, front, angle)
            z = (front if c > 0 else back) * c
            if c > 0:
                z += relief(person, x, y) * ramp(0.0, 0.45, z)
            put(mesh, first + row * columns + column, x, y, z, angle, height)


@fast_kernel
def build_ear(mesh: Mesh, person: np.record, side: float) -> None:
    """An ear: a shell with a rim and a hollow, standing off the head."""
    rows, columns = _GRID_OF_EAR
    first = add_patch(mesh, rows, columns, Material.EAR)
    _, wide, _, _ = profile(person, 0.56)
    flare = person.ear_flare
    for row in range(rows):
        r = row / (rows - 2)  # the last row folds back to the head
        for column in range(columns):
            angle = 2 * math.pi * column / (columns - 1)
            across, up = math.cos(angle), math.sin(angle)
            out = 0.035 + 0.05 * bump(r - 0.85, 0.0, 0.18, 1.0) + 0.02 * bump(r - 0.35, 0.0, 0.15, 1.0)
            reach = min(r, 1.0)
            if row == rows - 1:
                out, reach = -0.06, 0.9
            narrow = 0.15 * (1 - 0.35 * ramp(0.0, 1.0, up))  # towards the lobe
            back = reach * across * narrow * person.ear_size
            down = reach * up * 0.27 * person.ear_size - 0.12 * back
            x = wide * 0.955 + out * 0.9 + flare * max(back + 0.08, 0.0)
            z = -0.1 - back + 0.25 * out
            where = first + row * columns + (column if side > 0 else columns - 1 - column)
            put(mesh, where, side * x, 0.12 + down, z, across * reach, up * reach)


@fast_kernel
def build_neck(mesh: Mesh, person: np.record) -> None:
    """The neck; texture height 0 where it goes with the head, 1 where with the body."""
    rows, columns = _GRID_OF_NECK
    first = add_patch(mesh, rows, columns, Material.NECK)
    for row in range(rows):
        t = row / (rows - 1)
        radius = person.neck * (1 + 0.25 * (2 * t - 1) ** 2 * ramp(0.4, 1.0, t))
        for column in range(columns):
            angle = math.pi * (2 * column / (columns - 1) - 1)
            x = radius * math.sin(angle)
            z = radius * (0.95 * math.cos(angle)) - 0.12 - 0.04 * t
            put(mesh, first + row * columns + column, x, 0.35 + 1.25 * t, z, angle, t)
