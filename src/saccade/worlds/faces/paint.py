"""The colours of skin, eyes, hair and cloth at a point of a person. Linear light, 0 to 1; lengths as in `face_shape`."""

from __future__ import annotations

import math

import numpy as np

from saccade.jit import fast_kernel

from .kernels import bump, mix, noise, ramp
from .shape import EYES, MOUTH, NOSE_ROOT, NOSE_TIP, beard

EYE_BALL = 0.15  # radius

Colour = tuple[float, float, float]
Paint = tuple[float, float, float, float]
"""A colour and how much it shines."""


@fast_kernel
def paint_skin(person: np.record, x: float, y: float, z: float) -> Paint:
    """The skin of the whole head, without the face."""
    seed = person.seed
    shade = 1 + 0.16 * (noise(7 * x, 7 * y + 3 * z, seed) - 0.5) + 0.08 * (noise(31 * x, 31 * y + 9 * z, seed) - 0.5)
    side = abs(x)
    blush = 0.1 + 0.25 * person.makeup
    red = blush * bump(side - 0.4, y - 0.3, 0.17, 0.13) + 0.14 * bump(x, y - NOSE_TIP, 0.12, 0.1)
    red += 0.1 * ramp(0.6, 0.75, side)
    red += person.age * 0.12 * noise(11 * x, 11 * y, seed + 4)
    r, g, b = person.skin[0] * shade, person.skin[1] * shade * (1 - red), person.skin[2] * shade * (1 - red)
    if person.freckles > 0:
        spots = ramp(0.72, 0.8, noise(26 * x, 26 * y, seed + 5)) * ramp(0.5, 0.2, abs(y - 0.22)) * person.freckles
        r, g, b = r * (1 - 0.25 * spots), g * (1 - 0.4 * spots), b * (1 - 0.5 * spots)
    if person.hair_thick < 0 and person.stubble > 0:
        r, g, b = tinted(r, g, b, person, 0.35 * person.stubble * ramp(-0.3, -0.5, y))
    return r, g, b, person.gloss * (0.6 + 0.8 * bump(x, y + 0.1, 0.3, 0.6))


@fast_kernel
def tinted(r: float, g: float, b: float, person: np.record, share: float) -> Colour:
    """A colour with some of the hair's over it."""
    return mix(r, person.brow[0], share), mix(g, person.brow[1], share), mix(b, person.brow[2], share)


@fast_kernel
def paint_face(person: np.record, x: float, y: float, z: float) -> tuple[float, float, float, float, float]:
    """The skin with all that is on its front; the last number is -1 or 1 on the ball of that eye, else 0."""
    r, g, b, gloss = paint_skin(person, x, y, z)
    if z < 0.05:
        return r, g, b, gloss, 0.0
    front, side = ramp(0.05, 0.3, z), abs(x)
    dark = 0.35 * bump(side - 0.16, y - EYES + 0.01, 0.05, 0.07) + 0.2 * bump(side - 0.29, y - EYES - 0.01, 0.16, 0.1)
    dark += 0.3 * bump(x, y - MOUTH - 0.15, 0.14, 0.03)
    tip = NOSE_ROOT + (NOSE_TIP - NOSE_ROOT) * person.nose_long
    wing = 0.1 * person.nose_wide
    dark += 0.9 * bump(side - 0.6 * wing, y - tip - 0.065, 0.028, 0.016)  # nostrils
    dark += 0.3 * bump(side - wing - 0.05, y - tip - 0.03, 0.018, 0.05)
    fold = (side - 0.19 - 0.28 * (y - tip)) / 0.02
    crease = math.exp(-0.5 * fold * fold) * ramp(tip - 0.02, tip + 0.08, y) * ramp(MOUTH + 0.08, MOUTH - 0.06, y)
    dark += (0.1 + 0.25 * person.age + 0.1 * max(person.smile, 0.0)) * crease
    if person.age > 0.5 and y < -0.2:
        dark += (person.age - 0.5) * 0.5 * ramp(0.6, 0.9, noise(2 * x, 22 * y, person.seed + 6)) * ramp(0.5, 0.3, side)
    shade = 1 - min(0.85, dark) * front
    r, g, b = r * shade, g * shade * (0.75 + 0.25 * shade), b * shade * (0.75 + 0.25 * shade)
    hairy = 0.0
    if person.beard_thick > 0 or person.stubble > 0:
        hairy = beard(person, x, y)
        rough = noise(45 * x, 45 * y + 20 * z, person.seed + 7)
        stubble = 0.5 * person.stubble * ramp(0.3, 0.6, y) * (0.5 + rough) * (1 - bump(x, y - MOUTH, 0.16, 0.07))
        r, g, b = tinted(r, g, b, person, max(0.96 * min(1.0, hairy * (0.7 + 0.7 * rough)), stubble) * front)
        if hairy > 0.3:
            shade = 0.7 + 0.6 * rough
            r, g, b, gloss = r * shade, g * shade, b * shade, 0.3 * gloss
    r, g, b, gloss = paint_mouth(person, x, y, r, g, b, gloss, front * (1 - 0.8 * ramp(0.3, 0.8, hairy)))
    r, g, b = paint_brow(person, side, y, r, g, b, front)
    if abs(y - EYES) < 0.16 and side < 0.52:
        return paint_eye(person, x, y, r, g, b, gloss)
    return r, g, b, gloss, 0.0


@fast_kernel
def paint_mouth(
    person: np.record, x: float, y: float, r: float, g: float, b: float, gloss: float, front: float
) -> Paint:
    """Lips and what is between them."""
    across = abs(x) / person.mouth_wide
    if across > 1 or abs(y - MOUTH) > 0.25:
        return r, g, b, gloss
    arch = 1 - across * across
    down = y - MOUTH + person.smile * 0.15 * (across * across - 0.25)
    gap = 0.008 + person.mouth_open * 0.055 * arch
    full = 0.035 + person.lips
    upper = full * 0.85 * arch * (1 - 0.22 * math.exp(-((x / 0.045) ** 2)))
    lower = full * 1.05 * math.sqrt(arch)
    on = (
        ramp(-gap - upper - 0.015, -gap - upper + 0.01, down)
        * ramp(gap + lower + 0.02, gap + lower - 0.01, down)
        * front
    )
    shade = 0.82 if down < 0 else 1.0
    r, g, b = mix(r, person.lip[0] * shade, on), mix(g, person.lip[1] * shade, on), mix(b, person.lip[2] * shade, on)
    gloss = mix(gloss, 0.2 + 0.3 * person.makeup, on)
    within = ramp(gap + 0.006, gap - 0.006, abs(down)) * ramp(1.0, 0.9, across) * front
    if within > 0:
        teeth = ramp(0.2, 0.4, person.mouth_open) * ramp(0.45 * gap, 0.25 * gap, down) * ramp(0.85, 0.6, across)
        r = mix(r, mix(0.09, 0.75, teeth), within)
        g = mix(g, mix(0.02, 0.70, teeth), within)
        b = mix(b, mix(0.02, 0.62, teeth), within)
    return r, g, b, gloss


@fast_kernel
def paint_brow(person: np.record, side: float, y: float, r: float, g: float, b: float, front: float) -> Colour:
    """Eyebrows."""
    t = (side - person.eye_apart - 0.01) / 0.19
    if abs(t) > 1.1 or y > EYES or y < EYES - 0.4:
        return r, g, b
    middle = EYES - person.brow_high - person.brow_arch * (1 - (t - 0.25) ** 2) + 0.02 * t
    thick = person.brow_thick * (1.1 - 0.5 * max(t, 0.0)) * math.sqrt(max(0.0, 1.15 - t * t))
    hairs = noise(90 * (side + 0.7 * y), 25 * y, person.seed + 8)
    on = ramp(thick + 0.02, thick - 0.01, abs(y - middle)) * (0.65 + 0.35 * hairs) * front
    return tinted(r, g, b, person, 0.92 * on * ramp(1.1, 0.8, abs(t)))


@fast_kernel
def paint_eye(
    person: np.record, x: float, y: float, r: float, g: float, b: float, gloss: float
) -> tuple[float, float, float, float, float]:
    """An eye within its lids; the last number as in `paint_face`."""
    sign, side = (1.0 if x > 0 else -1.0), abs(x)
    across = (side - person.eye_apart) / (0.135 * person.eye_size)
    down = y - EYES + person.eye_tilt * across * 0.3
    arch = max(0.0, 1 - across * across)
    shape = arch if across < 0 else math.sqrt(arch)
    upper = -0.068 * person.eye_open * person.eye_size * shape
    lower = 0.045 * min(1.0, person.eye_open) * person.eye_size * arch
    crease = math.exp(-0.5 * ((down - upper * 1.15 + 0.042) / 0.012) ** 2) * ramp(1.15, 0.8, abs(across))
    shadow = person.makeup * 0.4 * ramp(-0.16, -0.05, down) * ramp(0.05, 0.0, down) * ramp(1.4, 0.7, abs(across))
    shade = 1 - 0.3 * crease - shadow - 0.12 * math.exp(-0.5 * ((down - lower - 0.035) / 0.015) ** 2) * arch
    r, g, b = r * shade, g * shade * (1 - 0.15 * shadow), b * shade
    lash = ramp(0.02, 0.006, abs(down - upper + 0.006)) * ramp(1.12, 1.0, abs(across)) * (0.75 + 0.25 * person.makeup)
    lash = max(lash, 0.4 * ramp(0.012, 0.004, abs(down - lower)) * ramp(1.05, 0.9, abs(across)))
    inside = (
        ramp(upper - 0.004, upper + 0.006, down)
        * ramp(lower + 0.006, lower - 0.004, down)
        * ramp(1.02, 0.95, abs(across))
    )
    if inside > 0:
        gaze_x, gaze_y = x - sign * person.eye_apart - 0.3 * person.gaze_x, y - EYES + 0.01 - 0.2 * person.gaze_y
        far = math.sqrt(gaze_x * gaze_x + gaze_y * gaze_y) / person.eye_size
        iris, ring = ramp(0.066, 0.056, far), 1 - 0.55 * ramp(0.04, 0.062, far)
        pupil = ramp(0.03, 0.022, far)
        lid = 1 - 0.45 * ramp(0.045, 0.0, down - upper)
        red = 0.06 * abs(across)
        er = mix(mix(0.66, person.iris[0] * ring, iris), 0.005, pupil) * lid
        eg = mix(mix(0.63 - red, person.iris[1] * ring, iris), 0.005, pupil) * lid
        eb = mix(mix(0.61 - red, person.iris[2] * ring, iris), 0.005, pupil) * lid
        r, g, b, gloss = mix(r, er, inside), mix(g, eg, inside), mix(b, eb, inside), mix(gloss, 1.0, inside)
    lash *= 0.85
    r, g, b = mix(r, 0.012, lash), mix(g, 0.008, lash), mix(b, 0.007, lash)
    return r, g, b, gloss, sign if inside > 0.5 else 0.0


@fast_kernel
def paint_hair(person: np.record, u: float, v: float) -> Paint:
    """Hair at an angle around the head and a height: strands that run down, or curls."""
    seed, curl = person.seed, person.curl
    strand = noise(u * 34 + 2 * person.parting * v, v * 3, seed + 10) * 0.6 + noise(u * 80, v * 5, seed + 11) * 0.4
    curls = noise(u * 9 + 40, v * 11, seed + 12) * 0.5 + noise(u * 21, v * 25, seed + 13) * 0.5
    t = mix(strand, curls, min(1.0, 1.2 * curl))
    shade = 1 + person.streaks * 1.5 * (t - 0.5)
    return (
        person.hair[0] * shade + 0.004,
        person.hair[1] * shade + 0.0035,
        person.hair[2] * shade + 0.003,
        person.shine * (1 - 0.75 * curl) * (0.3 + 1.2 * t),
    )


@fast_kernel
def paint_cloth(person: np.record, x: float, y: float, z: float, u: float) -> Paint:
    """The chest: cloth, what the neckline leaves bare, a shirt with a tie below a jacket."""
    if z > -0.3 and abs(x) < 1.0 and y < 2.6:
        across, down = abs(x) / person.neck_wide, (y - 1.12) / person.neck_deep
        if person.neckline < 0.5:
            bare = across * across + down * down < 1
        elif person.neckline < 1.5:
            bare = across + down < 1.1
        else:
            bare = abs(x) < 0.75 * (1 - (y - 1.15) / 1.7) * person.neck_wide
        if bare and person.neckline < 1.5:
            return person.skin[0], person.skin[1], person.skin[2], 0.5 * person.gloss
        if bare:
            tie = person.tie > 0 and abs(x) < 0.09 + 0.05 * (y - 1.3) and y > 1.3
            line = 0.6 if abs(x) < 0.012 else 1.0
            if tie:
                return person.cloth_too[0], person.cloth_too[1], person.cloth_too[2], 0.1
            return person.under[0] * line, person.under[1] * line, person.under[2] * line, 0.03
    share = pattern(person, u * 1.5, y)
    weave = 0.92 + 0.16 * noise(60 * u, 60 * y, person.seed + 14)
    return (
        mix(person.cloth[0], person.cloth_too[0], share) * weave,
        mix(person.cloth[1], person.cloth_too[1], share) * weave,
        mix(person.cloth[2], person.cloth_too[2], share) * weave,
        0.04,
    )


@fast_kernel
def pattern(person: np.record, u: float, v: float) -> float:
    """Share of the second colour in the cloth."""
    kind, a, b = int(person.pattern), u / person.pattern_size, v / person.pattern_size
    if kind == 1:
        return _stripe(b, 0.45)
    if kind == 2:
        return _stripe(a, 0.35)
    if kind == 3:
        return 0.5 * _stripe(a, 0.4) + 0.5 * _stripe(b, 0.4)
    if kind == 4:
        return ramp(0.3, 0.2, math.sqrt((a % 1 - 0.5) ** 2 + (b % 1 - 0.5) ** 2))
    if kind == 5:
        return ramp(
            0.42, 0.58, 0.6 * noise(0.8 * a, 0.8 * b, person.seed + 15) + 0.4 * noise(2 * a, 2 * b, person.seed)
        )
    if kind == 6:
        return ramp(1.87, 1.9, v)
    return 0.0


@fast_kernel
def _stripe(at: float, wide: float) -> float:
    """1 within soft stripes, one a unit, of this width."""
    return ramp(0.06, -0.06, abs(at % 1 - 0.5) - 0.5 * wide)


@fast_kernel
def paint_hat(person: np.record, u: float, v: float) -> Paint:
    """A hat: knitted in ribs, or cloth with seams."""
    ribs = 1 - 0.35 * person.knit * (0.5 + 0.5 * math.sin(42 * u)) * (0.8 + 0.2 * math.sin(60 * v))
    seam = 1 - 0.4 * (1 - person.knit) * (1 - person.headscarf) * ramp(0.04, 0.015, abs((u / 1.0472) % 1 - 0.5))
    cloth = (0.9 + 0.2 * noise(50 * u, 50 * v, person.seed + 16)) * ribs * seam
    return person.hat_colour[0] * cloth, person.hat_colour[1] * cloth, person.hat_colour[2] * cloth, 0.04
