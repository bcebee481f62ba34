"""The colours of skin, eyes, hair and cloth at points of people: `(3, s)` for `s` points, linear light, 0 to 1.

Lengths are as in `shape`. Gloss `(s,)`, 0 to 1, is how much a point shines.
"""

from __future__ import annotations

import numpy as np

from .kernels import Bools, Doubles, bump, mix, noise, ramp
from .shape import EYES, MOUTH, NOSE_ROOT, NOSE_TIP, beard
from .traits import Traits

EYE_BALL = 0.15  # radius

Paint = tuple[Doubles, Doubles]
"""Colours (3, s) and gloss (s,)."""

_FRECKLE = np.array([[0.25], [0.4], [0.5]])
_TEETH, _THROAT = np.array([[0.75], [0.70], [0.62]]), np.array([[0.09], [0.02], [0.02]])
_LASH = np.array([[0.012], [0.008], [0.007]])
_STRAND = np.array([[0.004], [0.0035], [0.003]])


def paint_skin(p: Traits, x: Doubles, y: Doubles, z: Doubles) -> Paint:
    """The skin of the whole head, without the face."""
    seed = p.seed
    shade = 1 + 0.16 * (noise(7 * x, 7 * y + 3 * z, seed) - 0.5) + 0.08 * (noise(31 * x, 31 * y + 9 * z, seed) - 0.5)
    side = np.abs(x)
    blush = 0.1 + 0.25 * p.makeup
    red = blush * bump(side - 0.4, y - 0.3, 0.17, 0.13) + 0.14 * bump(x, y - NOSE_TIP, 0.12, 0.1)
    red += 0.1 * ramp(0.6, 0.75, side)
    red += p.age * 0.12 * noise(11 * x, 11 * y, seed + 4)
    colour = p.skin.T * shade
    colour[1:] *= 1 - red
    at = np.flatnonzero(p.freckles > 0)
    spots = ramp(0.72, 0.8, noise(26 * x[at], 26 * y[at], seed[at] + 5)) * ramp(0.5, 0.2, np.abs(y[at] - 0.22))
    colour[:, at] *= 1 - _FRECKLE * (spots * p.freckles[at])
    at = np.flatnonzero((p.hair_thick < 0) & (p.stubble > 0))
    colour[:, at] = tinted(colour[:, at], p.only(at), 0.35 * p.stubble[at] * ramp(-0.3, -0.5, y[at]))
    return colour, p.gloss * (0.6 + 0.8 * bump(x, y + 0.1, 0.3, 0.6))


def tinted(colour: Doubles, p: Traits, share: Doubles) -> Doubles:
    """A colour with some of the hair's over it."""
    mixed: Doubles = mix(colour, p.brow.T, share)
    return mixed


def shaded(colour: Doubles, shade: Doubles) -> Doubles:
    """A colour of skin in the shade of its own folds: green and blue lose more, as light that comes through is red."""
    colour = colour * shade
    colour[1:] *= 0.75 + 0.25 * shade
    return colour


def paint_face(p: Traits, x: Doubles, y: Doubles, z: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """The skin with all that is on its front; the last one (s,) is -1 or 1 on the ball of that eye, else 0."""
    colour, gloss = paint_skin(p, x, y, z)
    eye = np.zeros(len(x))
    front = np.flatnonzero(z >= 0.05)
    colour[:, front], gloss[front], eye[front] = _paint_front(
        p.only(front), x[front], y[front], z[front], colour[:, front], gloss[front]
    )
    return colour, gloss, eye


def _paint_front(
    p: Traits, x: Doubles, y: Doubles, z: Doubles, colour: Doubles, gloss: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """The face over the skin, as `paint_face`."""
    front = ramp(0.05, 0.3, z)
    colour = shaded(colour, 1 - np.minimum(0.85, _hollows(p, x, y)) * front)
    hairy = _paint_beard(p, x, y, z, front, colour, gloss)
    _paint_mouth(p, x, y, front * (1 - 0.8 * ramp(0.3, 0.8, hairy)), colour, gloss)
    _paint_brow(p, x, y, front, colour)
    return colour, gloss, _paint_eyes(p, x, y, colour, gloss)


def _paint_beard(
    p: Traits, x: Doubles, y: Doubles, z: Doubles, front: Doubles, colour: Doubles, gloss: Doubles
) -> Doubles:
    """Beards and stubble, over the colours that are there; the share of beard (s,)."""
    hairy = np.zeros(len(x))
    at = np.flatnonzero((p.beard_thick > 0) | (p.stubble > 0))
    p, x, y, z = p.only(at), x[at], y[at], z[at]
    hairy[at] = share = beard(p, x, y)
    rough = noise(45 * x, 45 * y + 20 * z, p.seed + 7)
    stubble = 0.5 * p.stubble * ramp(0.3, 0.6, y) * (0.5 + rough) * (1 - bump(x, y - MOUTH, 0.16, 0.07))
    grown = 0.96 * np.minimum(1.0, share * (0.7 + 0.7 * rough))
    shade = np.where(share > 0.3, 0.7 + 0.6 * rough, 1.0)
    colour[:, at] = tinted(colour[:, at], p, np.maximum(grown, stubble) * front[at]) * shade
    gloss[at] *= np.where(share > 0.3, 0.3, 1.0)
    return hairy


def _hollows(p: Traits, x: Doubles, y: Doubles) -> Doubles:
    """How dark the face is around its eyes, below lip and nose, and in its wrinkles, 0 (not at all) or more."""
    side = np.abs(x)
    dark = 0.35 * bump(side - 0.16, y - EYES + 0.01, 0.05, 0.07) + 0.2 * bump(side - 0.29, y - EYES - 0.01, 0.16, 0.1)
    dark += 0.3 * bump(x, y - MOUTH - 0.15, 0.14, 0.03)
    tip = NOSE_ROOT + (NOSE_TIP - NOSE_ROOT) * p.nose_long
    wing = 0.1 * p.nose_wide
    dark += 0.9 * bump(side - 0.6 * wing, y - tip - 0.065, 0.028, 0.016)  # nostrils
    dark += 0.3 * bump(side - wing - 0.05, y - tip - 0.03, 0.018, 0.05)
    fold = (side - 0.19 - 0.28 * (y - tip)) / 0.02
    crease = np.exp(-0.5 * fold * fold) * ramp(tip - 0.02, tip + 0.08, y) * ramp(MOUTH + 0.08, MOUTH - 0.06, y)
    dark += (0.1 + 0.25 * p.age + 0.1 * np.maximum(p.smile, 0.0)) * crease
    at = np.flatnonzero((p.age > 0.5) & (y < -0.2))
    lines = ramp(0.6, 0.9, noise(2 * x[at], 22 * y[at], p.seed[at] + 6)) * ramp(0.5, 0.3, side[at])
    dark[at] += (p.age[at] - 0.5) * 0.5 * lines
    return dark


def _paint_mouth(p: Traits, x: Doubles, y: Doubles, front: Doubles, colour: Doubles, gloss: Doubles) -> None:
    """Lips and what is between them, over the colours that are there."""
    at = np.flatnonzero((np.abs(x) / p.mouth_wide <= 1) & (np.abs(y - MOUTH) <= 0.25))
    p, x, y, front = p.only(at), x[at], y[at], front[at]
    across = np.abs(x) / p.mouth_wide
    arch = 1 - across * across
    down = y - MOUTH + p.smile * 0.15 * (across * across - 0.25)
    gap = 0.008 + p.mouth_open * 0.055 * arch
    full = 0.035 + p.lips
    upper = full * 0.85 * arch * (1 - 0.22 * np.exp(-((x / 0.045) ** 2)))
    lower = full * 1.05 * np.sqrt(arch)
    on = (
        ramp(-gap - upper - 0.015, -gap - upper + 0.01, down)
        * ramp(gap + lower + 0.02, gap + lower - 0.01, down)
        * front
    )
    lips = mix(colour[:, at], p.lip.T * np.where(down < 0, 0.82, 1.0), on)
    gloss[at] = mix(gloss[at], 0.2 + 0.3 * p.makeup, on)
    within = ramp(gap + 0.006, gap - 0.006, np.abs(down)) * ramp(1.0, 0.9, across) * front
    teeth = ramp(0.2, 0.4, p.mouth_open) * ramp(0.45 * gap, 0.25 * gap, down) * ramp(0.85, 0.6, across)
    colour[:, at] = mix(lips, mix(_THROAT, _TEETH, teeth), within)


def _paint_brow(p: Traits, x: Doubles, y: Doubles, front: Doubles, colour: Doubles) -> None:
    """Eyebrows, over the colours that are there."""
    t = (np.abs(x) - p.eye_apart - 0.01) / 0.19
    at = np.flatnonzero((np.abs(t) <= 1.1) & (y <= EYES) & (y >= EYES - 0.4))
    p, t, y, side = p.only(at), t[at], y[at], np.abs(x[at])
    middle = EYES - p.brow_high - p.brow_arch * (1 - (t - 0.25) ** 2) + 0.02 * t
    thick = p.brow_thick * (1.1 - 0.5 * np.maximum(t, 0.0)) * np.sqrt(np.maximum(0.0, 1.15 - t * t))
    hairs = noise(90 * (side + 0.7 * y), 25 * y, p.seed + 8)
    on = ramp(thick + 0.02, thick - 0.01, np.abs(y - middle)) * (0.65 + 0.35 * hairs) * front[at]
    colour[:, at] = tinted(colour[:, at], p, 0.92 * on * ramp(1.1, 0.8, np.abs(t)))


def _paint_eyes(p: Traits, x: Doubles, y: Doubles, colour: Doubles, gloss: Doubles) -> Doubles:
    """Eyes within their lids, over the colours that are there; the result as the last one of `paint_face`."""
    eye = np.zeros(len(x))
    at = np.flatnonzero((np.abs(y - EYES) < 0.16) & (np.abs(x) < 0.52))
    p, x, y = p.only(at), x[at], y[at]
    sign = np.where(x > 0, 1.0, -1.0)
    across = (np.abs(x) - p.eye_apart) / (0.135 * p.eye_size)
    out = np.abs(across)
    down = y - EYES + p.eye_tilt * across * 0.3
    arch = np.maximum(0.0, 1 - across * across)
    upper = -0.068 * p.eye_open * p.eye_size * np.where(across < 0, arch, np.sqrt(arch))
    lower = 0.045 * np.minimum(1.0, p.eye_open) * p.eye_size * arch
    crease = np.exp(-0.5 * ((down - upper * 1.15 + 0.042) / 0.012) ** 2) * ramp(1.15, 0.8, out)
    shadow = p.makeup * 0.4 * ramp(-0.16, -0.05, down) * ramp(0.05, 0.0, down) * ramp(1.4, 0.7, out)
    shade = 1 - 0.3 * crease - shadow - 0.12 * np.exp(-0.5 * ((down - lower - 0.035) / 0.015) ** 2) * arch
    lids = colour[:, at] * shade
    lids[1] *= 1 - 0.15 * shadow
    lash = ramp(0.02, 0.006, np.abs(down - upper + 0.006)) * ramp(1.12, 1.0, out) * (0.75 + 0.25 * p.makeup)
    lash = np.maximum(lash, 0.4 * ramp(0.012, 0.004, np.abs(down - lower)) * ramp(1.05, 0.9, out))
    inside = ramp(upper - 0.004, upper + 0.006, down) * ramp(lower + 0.006, lower - 0.004, down) * ramp(1.02, 0.95, out)
    gaze_x, gaze_y = x - sign * p.eye_apart - 0.3 * p.gaze_x, y - EYES + 0.01 - 0.2 * p.gaze_y
    ball = _eyeball(p, np.sqrt(gaze_x * gaze_x + gaze_y * gaze_y) / p.eye_size, out)
    ball *= 1 - 0.45 * ramp(0.045, 0.0, down - upper)
    colour[:, at] = mix(mix(lids, ball, inside), _LASH, 0.85 * lash)
    gloss[at] = mix(gloss[at], 1.0, inside)
    eye[at] = np.where(inside > 0.5, sign, 0.0)
    return eye


def _eyeball(p: Traits, far: Doubles, out: Doubles) -> Doubles:
    """White, iris and pupil at a distance from the pupil's middle, and a share of the way to the corner of the eye."""
    iris, ring = ramp(0.066, 0.056, far), 1 - 0.55 * ramp(0.04, 0.062, far)
    red = 0.06 * out
    white = np.stack([np.full(len(far), 0.66), 0.63 - red, 0.61 - red])
    ball: Doubles = mix(mix(white, p.iris.T * ring, iris), 0.005, ramp(0.03, 0.022, far))
    return ball


def paint_hair(p: Traits, u: Doubles, v: Doubles) -> Paint:
    """Hair at an angle around the head and a height: strands that run down, or curls."""
    seed, curl = p.seed, p.curl
    strand = noise(u * 34 + 2 * p.parting * v, v * 3, seed + 10) * 0.6 + noise(u * 80, v * 5, seed + 11) * 0.4
    curls = noise(u * 9 + 40, v * 11, seed + 12) * 0.5 + noise(u * 21, v * 25, seed + 13) * 0.5
    t = mix(strand, curls, np.minimum(1.0, 1.2 * curl))
    shade = 1 + p.streaks * 1.5 * (t - 0.5)
    return p.hair.T * shade + _STRAND, p.shine * (1 - 0.75 * curl) * (0.3 + 1.2 * t)


def paint_cloth(p: Traits, x: Doubles, y: Doubles, z: Doubles, u: Doubles) -> Paint:
    """The chest: cloth, what the neckline leaves bare, a shirt with a tie below a jacket."""
    share = pattern(p, u * 1.5, y)
    weave = 0.92 + 0.16 * noise(60 * u, 60 * y, p.seed + 14)
    colour = mix(p.cloth.T, p.cloth_too.T, share) * weave
    gloss = np.full(len(x), 0.04)
    bare, side = (z > -0.3) & (np.abs(x) < 1.0) & (y < 2.6) & _is_bare(p, x, y), np.abs(x)
    skin = np.flatnonzero(bare & (p.neckline < 1.5))
    colour[:, skin], gloss[skin] = p.skin[skin].T, 0.5 * p.gloss[skin]
    shirt = np.flatnonzero(bare & (p.neckline >= 1.5))
    colour[:, shirt], gloss[shirt] = p.under[shirt].T * np.where(side[shirt] < 0.012, 0.6, 1.0), 0.03
    tie = shirt[(p.tie[shirt] > 0) & (side[shirt] < 0.09 + 0.05 * (y[shirt] - 1.3)) & (y[shirt] > 1.3)]
    colour[:, tie], gloss[tie] = p.cloth_too[tie].T, 0.1
    return colour, gloss


def _is_bare(p: Traits, x: Doubles, y: Doubles) -> Bools:
    """Where the neckline, round, pointed or that of a jacket, leaves the chest free."""
    across, down = np.abs(x) / p.neck_wide, (y - 1.12) / p.neck_deep
    in_round, in_pointed = across * across + down * down < 1, across + down < 1.1
    in_jacket = np.abs(x) < 0.75 * (1 - (y - 1.15) / 1.7) * p.neck_wide
    return np.where(p.neckline < 0.5, in_round, np.where(p.neckline < 1.5, in_pointed, in_jacket))


def pattern(p: Traits, u: Doubles, v: Doubles) -> Doubles:
    """Share of the second colour in the cloth (s,)."""
    kinds, share = p.pattern.astype(np.int64), np.zeros(len(u))
    for kind in np.flatnonzero(np.bincount(kinds, minlength=1)):
        at = np.flatnonzero(kinds == kind)
        share[at] = _pattern(int(kind), p.only(at), u[at], v[at])
    return share


def _pattern(kind: int, p: Traits, u: Doubles, v: Doubles) -> Doubles | float:
    """One of: plain, across, along, checks, dots, mottled and two-coloured; see `dress`."""
    a, b = u / p.pattern_size, v / p.pattern_size
    if kind == 1:
        return _stripe(b, 0.45)
    if kind == 2:
        return _stripe(a, 0.35)
    if kind == 3:
        return 0.5 * _stripe(a, 0.4) + 0.5 * _stripe(b, 0.4)
    if kind == 4:
        return ramp(0.3, 0.2, np.sqrt((a % 1 - 0.5) ** 2 + (b % 1 - 0.5) ** 2))
    if kind == 5:
        return ramp(0.42, 0.58, 0.6 * noise(0.8 * a, 0.8 * b, p.seed + 15) + 0.4 * noise(2 * a, 2 * b, p.seed))
    return ramp(1.87, 1.9, v) if kind == 6 else 0.0


def _stripe(at: Doubles, wide: float) -> Doubles:
    """1 within soft stripes, one a unit, of this width."""
    return ramp(0.06, -0.06, np.abs(at % 1 - 0.5) - 0.5 * wide)


def paint_hat(p: Traits, u: Doubles, v: Doubles) -> Paint:
    """A hat: knitted in ribs, or cloth with seams."""
    ribs = 1 - 0.35 * p.knit * (0.5 + 0.5 * np.sin(42 * u)) * (0.8 + 0.2 * np.sin(60 * v))
    seam = 1 - 0.4 * (1 - p.knit) * (1 - p.headscarf) * ramp(0.04, 0.015, np.abs((u / 1.0472) % 1 - 0.5))
    cloth = (0.9 + 0.2 * noise(50 * u, 50 * v, p.seed + 16)) * ribs * seam
    return p.hat_colour.T * cloth, np.full(len(u), 0.04)


def paint_neck(p: Traits, x: Doubles, y: Doubles, z: Doubles, v: Doubles) -> Paint:
    """The neck, dark under the chin."""
    colour, gloss = paint_skin(p, x, y + 2, z)
    return shaded(colour, mix(0.55, 1.0, ramp(0.2, 0.7, v))), gloss


def paint_ear(p: Traits, x: Doubles, y: Doubles, z: Doubles, u: Doubles, v: Doubles) -> Paint:
    """An ear, dark in its hollow."""
    colour, gloss = paint_skin(p, x, y, z)
    hollow = 1 - 0.45 * ramp(0.6, 0.3, np.sqrt(u * u + v * v)) * ramp(0.5, 0.1, v)
    return colour * hollow * np.array([[1.0], [0.92], [0.9]]), gloss


def paint_collar(p: Traits, y: Doubles, u: Doubles) -> Paint:
    """A collar, woven, or knitted where it bulges."""
    weave = 0.9 + 0.2 * noise(50 * u, 50 * y, p.seed + 17)
    weave *= np.where(p.collar_bulge > 0.1, 0.8 + 0.2 * np.sin(30 * u + 8 * y), 1.0)
    return p.collar_colour.T * weave, np.full(len(u), 0.04)
