"""People as meshes: every patch of a batch, built, posed and put in order."""

from __future__ import annotations

import numpy as np

from .dress import People
from .kernels import Bools, Doubles, Floats, ramp
from .mesh import Material, Mesh, Patch
from .render import turned
from .shape import build_ear, build_head, build_neck
from .traits import Traits
from .wear import (
    build_brim,
    build_bun,
    build_collar,
    build_curtain,
    build_glasses,
    build_shell,
    build_tail,
    build_torso,
)

_PIVOT = np.array([0.0, 0.7, -0.2])  # where the head turns
_HIPS = np.array([0.0, 1.5, -0.15])  # and where the body


def build_people(people: People) -> Mesh:
    """Meshes of people `(n,)`, posed. Each depends on its own record only, whoever else is in the batch."""
    joints = _Joints(people)
    patches = _at_rest(people)
    seen = [joints.posed(part) for part in patches]
    normals = [_normals(points, part.closed) for points, part in zip(seen, patches, strict=True)]
    return _in_order(len(people), patches, seen, normals)


def _at_rest(people: People) -> list[Patch]:
    """All patches, in the order in which they are built; of none that nobody has."""

    def those(have: Bools) -> Traits:
        return Traits(people, np.flatnonzero(have)[:, None, None])

    everyone, bare = those(np.ones(len(people), np.bool_)), people["headscarf"] == 0
    hair, hat = people["hair_thick"] > 0, people["hat"] > 0
    patches = [
        *build_torso(everyone),
        build_neck(everyone),
        build_head(everyone),
        build_ear(those(bare), -1.0),
        build_ear(those(bare), 1.0),
        build_shell(those(bare & hair), Material.HAIR),
        build_curtain(those(hair & (people["curtain_long"] > 0))),
        build_tail(those(hair & (people["tail"] != 0))),
        build_bun(those(hair & (people["bun"] > 0))),
        build_shell(those(hat), Material.HAT),
        build_brim(those(hat & (people["brim"] + people["visor"] > 0))),
        *build_glasses(those(people["glasses"] > 0)),
        build_collar(those(people["collar"] > 0)),
    ]
    return [part for part in patches if len(part.who)]


class _Joints:
    """How head and body of people are turned, each about its own joint."""

    def __init__(self, people: People) -> None:
        still = np.zeros_like(people["yaw"])
        self._head = turned(people["yaw"], people["pitch"], people["roll"])
        self._body = turned(people["body_yaw"], still, people["body_roll"])
        self._hips = np.repeat(_HIPS[None], len(people), 0)
        self._neck = self._hips.copy()  # where the body brings the pivot of the head
        for m in range(3):
            self._neck += self._body[:, :, m] * (_PIVOT[m] - _HIPS[m])

    def posed(self, part: Patch) -> Floats:
        """The points of a patch where the camera sees them; neck and long hair go with both head and body."""
        who, material = part.who, part.material
        if material in (Material.CLOTH, Material.COLLAR):
            return self._with_body(part)
        head = _moved(part.points, self._head[who], _PIVOT, self._neck[who])
        if material == Material.NECK:
            return head + (self._with_body(part) - head) * _share(0.2, 0.8, part.uv[1])
        if material in (Material.HAIR, Material.SHEET):
            return head + (self._with_body(part) - head) * _share(0.5, 1.5, part.points[1])
        return head

    def _with_body(self, part: Patch) -> Floats:
        return _moved(part.points, self._body[part.who], _HIPS, self._hips[part.who])


def _share(low: float, high: float, height: Floats) -> Floats:
    """How much of a point goes with the body, at heights between these."""
    return ramp(low, high, height.astype(np.float64)).astype(np.float32)


def _moved(points: Floats, turn: Floats, joint: Doubles, goal: Doubles) -> Floats:
    """Points `(3, m, rows, columns)` turned by `(m, 3, 3)` about a joint that then goes to `(m, 3)`."""
    off = points - joint.astype(np.float32)[:, None, None, None]
    turns, goals = turn[..., None, None], goal[..., None, None].astype(np.float32)
    moved, part = np.empty_like(off), np.empty_like(off[0])
    for k in range(3):
        np.multiply(turns[:, k, 0], off[0], out=moved[k])
        for m in (1, 2):
            moved[k] += np.multiply(turns[:, k, m], off[m], out=part)
        moved[k] += goals[:, k]
    return moved


def _normals(seen: Floats, closed: bool) -> Floats:
    """Normals of points `(3, m, rows, columns)`, from their neighbours."""
    across, down = np.empty_like(seen), np.empty_like(seen)
    across[..., 1:-1] = seen[..., 2:] - seen[..., :-2]
    across[..., 0], across[..., -1] = seen[..., 1] - seen[..., 0], seen[..., -1] - seen[..., -2]
    if closed:
        across[..., 0] = across[..., -1] = seen[..., 1] - seen[..., -2]
        across[:, :, 0], across[:, :, -1] = across[:, :, 1], across[:, :, -2]  # poles have no width
    down[:, :, 1:-1] = seen[:, :, 2:] - seen[:, :, :-2]
    down[:, :, 0], down[:, :, -1] = seen[:, :, 1] - seen[:, :, 0], seen[:, :, -1] - seen[:, :, -2]
    (ax, ay, az), (bx, by, bz) = across, down
    normal = np.empty_like(seen)
    x, y, z = normal
    np.subtract(ay * bz, az * by, out=x)
    np.subtract(az * bx, ax * bz, out=y)
    np.subtract(ax * by, ay * bx, out=z)
    normal /= np.sqrt(x * x + y * y + z * z) + np.float32(1e-12)
    return normal


def _in_order(n: int, patches: list[Patch], seen: list[Floats], normals: list[Floats]) -> Mesh:
    """One mesh of patches that were built kind by kind: by person, and then by kind."""
    count = [len(part.who) for part in patches]
    who, kind = np.concatenate([part.who for part in patches]), np.repeat(np.arange(len(patches)), count)
    turn = np.concatenate([np.arange(m) for m in count])  # the place of a patch among those of its kind
    order = np.lexsort((kind, who))
    who, kind, turn = who[order], kind[order], turn[order]
    table = np.array([(0, *part.points.shape[2:], part.material, part.closed) for part in patches], np.int32)[kind]
    size = table[:, 1] * table[:, 2]
    table[:, 0] = np.cumsum(size) - size
    places = list(zip(kind.tolist(), turn.tolist(), strict=True))

    def flat(grids: list[Floats]) -> Floats:
        lines = [grid.reshape(*grid.shape[:2], -1) for grid in grids]
        return np.ascontiguousarray(np.concatenate([lines[k][:, i] for k, i in places], axis=1).T)

    points, uv = flat([part.points for part in patches]), flat([part.uv for part in patches])
    patch_of = np.repeat(np.arange(len(table), dtype=np.int32), size)
    return Mesh(points, uv, flat(seen), flat(normals), patch_of, table, np.searchsorted(who, np.arange(n + 1)))
