"""From meshes to samples: posing, seeing from the camera or from a lamp, filling triangles."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from saccade.jit import fast_kernel

from .kernels import Floats, Ints, mix, ramp
from .shape import Material, Mesh

FAR = -1e9
SHADOWS = 112  # side of the map of shadows in points
SHADOWED = 2.6  # what it covers, from its middle to its edge
_CAMERA = 7.0  # distance
_PIVOT = np.array([0.0, 0.7, -0.2])  # where the head turns
_HIPS = np.array([0.0, 1.5, -0.15])  # and where the body


class Frame(NamedTuple):
    """Where a person lies in the picture: points a length, and the place of (0, 0)."""

    scale: float
    x: float
    y: float


@fast_kernel
def turned(yaw: float, pitch: float, roll: float) -> Floats:
    """A rotation `(3, 3)`: nod, then turn, then tilt."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    turn = np.empty((3, 3), np.float32)
    # rows of roll · yaw · pitch
    turn[0, 0], turn[0, 1], turn[0, 2] = cr * cy, cr * sy * sp - sr * cp, cr * sy * cp + sr * sp
    turn[1, 0], turn[1, 1], turn[1, 2] = sr * cy, sr * sy * sp + cr * cp, sr * sy * cp - cr * sp
    turn[2, 0], turn[2, 1], turn[2, 2] = -sy, cy * sp, cy * cp
    return turn


@fast_kernel
def pose(mesh: Mesh, person: np.record) -> None:
    """Turn head and body, each about its own joint; neck and long hair go with both."""
    head = turned(person.yaw, person.pitch, person.roll)
    body = turned(person.body_yaw, 0.0, person.body_roll)
    joint = np.empty(3, np.float32)
    for k in range(3):
        joint[k] = _HIPS[k]
        for m in range(3):
            joint[k] += body[k, m] * np.float32(_PIVOT[m] - _HIPS[m])
    for which in range(mesh.used[0]):
        first, rows, columns, material = mesh.patches[which, :4]
        for p in range(first, first + rows * columns):
            point = mesh.points[p]
            if material in (Material.CLOTH, Material.COLLAR):
                share = 1.0
            elif material == Material.NECK:
                share = ramp(0.2, 0.8, mesh.uv[p, 1])
            else:
                share = ramp(0.5, 1.5, point[1]) if material in (Material.HAIR, Material.SHEET) else 0.0
            for k in range(3):
                by_head, by_body = float(joint[k]), float(_HIPS[k])
                for m in range(3):
                    by_head += head[k, m] * (point[m] - np.float32(_PIVOT[m]))
                    by_body += body[k, m] * (point[m] - np.float32(_HIPS[m]))
                mesh.seen[p, k] = mix(by_head, by_body, share)
    for which in range(mesh.used[0]):
        _normals(mesh, which)


@fast_kernel
def _normals(mesh: Mesh, which: int) -> None:
    """Normals of a patch, from its neighbouring points."""
    first, rows, columns, _, closed = mesh.patches[which]
    seen = mesh.seen
    for row in range(rows):
        above, below = first + max(row - 1, 0) * columns, first + min(row + 1, rows - 1) * columns
        ring = first + min(max(row, 1), rows - 2) * columns if closed else first + row * columns  # poles have no width
        for column in range(columns):
            left, right = max(column - 1, 0), min(column + 1, columns - 1)
            if closed and (column == 0 or column == columns - 1):
                left, right = columns - 2, 1
            ax = seen[ring + right, 0] - seen[ring + left, 0]
            ay = seen[ring + right, 1] - seen[ring + left, 1]
            az = seen[ring + right, 2] - seen[ring + left, 2]
            bx = seen[below + column, 0] - seen[above + column, 0]
            by = seen[below + column, 1] - seen[above + column, 1]
            bz = seen[below + column, 2] - seen[above + column, 2]
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
            p = first + row * columns + column
            mesh.normals[p, 0], mesh.normals[p, 1], mesh.normals[p, 2] = nx / length, ny / length, nz / length


@fast_kernel
def project(mesh: Mesh, frame: Frame, screen: Floats) -> None:
    """Where the camera sees the points, `screen` (V, 3): x and y in samples, nearness."""
    for p in range(mesh.used[1]):
        near = frame.scale * _CAMERA / (_CAMERA - mesh.seen[p, 2])
        screen[p, 0] = frame.x + mesh.seen[p, 0] * near
        screen[p, 1] = frame.y + mesh.seen[p, 1] * near
        screen[p, 2] = mesh.seen[p, 2]


@fast_kernel
def lamp_basis(x: float, y: float) -> Floats:
    """Right, down and towards the lamp, `(3, 3)` by rows, for a lamp in the direction (x, y, 1)."""
    basis = np.empty((3, 3), np.float32)
    length = math.sqrt(x * x + y * y + 1)
    lx, ly, lz = x / length, y / length, 1 / length
    flat = math.sqrt(lx * lx + lz * lz)
    basis[0, 0], basis[0, 1], basis[0, 2] = lz / flat, 0.0, -lx / flat
    basis[1, 0], basis[1, 1], basis[1, 2] = -ly * lx / flat, flat, -ly * lz / flat
    basis[2, 0], basis[2, 1], basis[2, 2] = lx, ly, lz
    return basis


@fast_kernel
def project_to_lamp(mesh: Mesh, basis: Floats, screen: Floats) -> None:
    """Where the lamp sees the points, as in `project`."""
    scale = SHADOWS / (2 * SHADOWED)
    for p in range(mesh.used[1]):
        x, y, z = mesh.seen[p]
        screen[p, 0] = (basis[0, 0] * x + basis[0, 1] * y + basis[0, 2] * z + SHADOWED) * scale
        screen[p, 1] = (basis[1, 0] * x + basis[1, 1] * y + basis[1, 2] * z + 0.6 * SHADOWED) * scale
        screen[p, 2] = basis[2, 0] * x + basis[2, 1] * y + basis[2, 2] * z


@fast_kernel
def corners(mesh: Mesh, quad: int, half: int) -> tuple[int, int, int]:
    """The points of a triangle: half 0 or 1 of the square right and below of a point."""
    columns = int(mesh.patches[mesh.patch_of[quad], 2])
    if half == 0:
        return quad, quad + 1, quad + columns + 1
    return quad, quad + columns + 1, quad + columns


@fast_kernel
def rasterise(mesh: Mesh, screen: Floats, depth: Floats, owner: Ints, stride: int) -> None:
    """Fill `depth` (h, w), nearest wins, and `owner` (h, w) with twice the triangle's first point plus its half.

    A `stride` of 2 takes every second row and column of the patches, for shadows; then `owner` means nothing.
    """
    for which in range(mesh.used[0]):
        first, rows, columns, _, closed = mesh.patches[which]
        for row in range(0, rows - 1, stride):
            down = (min(row + stride, rows - 1) - row) * columns
            for column in range(0, columns - 1, stride):
                a = first + row * columns + column
                b = a + min(stride, columns - 1 - column)
                _fill(screen, a, b, b + down, closed > 0, 2 * a, depth, owner)
                _fill(screen, a, b + down, a + down, closed > 0, 2 * a + 1, depth, owner)


@fast_kernel
def _fill(screen: Floats, a: int, b: int, c: int, one_sided: bool, mark: int, depth: Floats, owner: Ints) -> None:
    """One triangle."""
    ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
    bx, by, cx, cy = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
    area = bx * cy - by * cx
    zero, one = np.float32(0), np.float32(1)
    if area == zero or (one_sided and area < zero):
        return
    half, height, width = np.float32(0.5), depth.shape[0], depth.shape[1]
    left = max(0, math.ceil(ax + min(zero, bx, cx) - half))
    right = min(width - 1, math.floor(ax + max(zero, bx, cx) - half))
    top = max(0, math.ceil(ay + min(zero, by, cy) - half))
    low = min(height - 1, math.floor(ay + max(zero, by, cy) - half))
    if right < left or low < top:
        return
    inverse, slack = one / area, np.float32(1e-4)  # slack: neighbours leave no gap
    b_z, c_z = screen[b, 2] - az, screen[c, 2] - az
    b_step, c_step = cy * inverse, -by * inverse  # what the shares of b and c gain a step to the right
    for y in range(top, low + 1):
        dx, dy = np.float32(left) + half - ax, np.float32(y) + half - ay
        at_b, at_c = (dx * cy - dy * cx) * inverse, (dy * bx - dx * by) * inverse
        for x in range(left, right + 1):
            if at_b >= -slack and at_c >= -slack and at_b + at_c <= one + slack:
                z = az + at_b * b_z + at_c * c_z
                if z > depth[y, x]:
                    depth[y, x] = z
                    owner[y, x] = mark
            at_b += b_step
            at_c += c_step
