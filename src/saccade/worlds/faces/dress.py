"""What people wear, how they are posed and lit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .lots import Lots, Numbers

People = npt.NDArray[np.void]
"""Records of `cast.PERSON`, `(n,)`."""

# lower edges of hats around the head, at `face_wear.LINE_ANGLES`
_BEANIE, _CAP = (-0.50, -0.48, -0.42, -0.34, -0.25, -0.1, 0.1), (-0.44, -0.44, -0.40, -0.34, -0.26, -0.1, 0.1)
_SCARF = (-0.50, -0.40, -0.02, 0.70, 2.0, 2.0, 2.0)
# name: weight, lower edge, thickness, on top, cuff, brim, visor, knit
_HATS = {
    "beanie": (1.2, _BEANIE, 0.14, 0.10, 1.0, 0.0, 0.0, 1.0),
    "cap": (1.0, _CAP, 0.12, 0.02, 0.0, 0.0, 0.55, 0.0),
    "brim": (0.6, _CAP, 0.12, 0.16, 0.0, 0.5, 0.0, 0.0),
    "headscarf": (1.0, _SCARF, 0.13, 0.02, 0.0, 0.0, 0.0, 0.0),
}
_HEADSCARF = list(_HATS).index("headscarf")
# name: weight, top, low end, radius beyond the neck's at both, gap in front, bulge
_COLLARS = {
    "none": (3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "shirt": (2.0, 1.02, 1.32, 0.04, 0.20, 0.35, 0.0),
    "polo neck": (0.8, 0.90, 1.45, 0.05, 0.10, 0.0, 0.0),
    "hood": (0.8, 1.00, 1.45, 0.20, 0.30, 0.5, 0.22),
    "muffler": (0.6, 0.86, 1.40, 0.05, 0.15, 0.0, 0.24),
    "wide": (0.7, 1.06, 1.45, 0.08, 0.55, 0.25, 0.02),
}
_PATTERNS = [4.0, 1.2, 0.8, 0.8, 0.6, 1.0, 0.8]
"""Weights of plain, across, along, checks, dots, mottled and two-coloured cloth."""


def linear(colour: Numbers) -> Numbers:
    """Linear light of a display colour, both 0 to 1."""
    kept: Numbers = np.square(colour.clip(0, 1))
    return kept


def any_colour(lots: Lots) -> Numbers:
    """Display colours `(n, 3)`, 0 to 1: greys and muted ones more often than loud ones."""
    hue, grey = lots.uniform(0, 6), lots.uniform() ** 0.7
    value = lots.uniform(0.08, 0.97)
    wheel = (2 - np.abs((hue[:, None] + np.array([0.0, 4.0, 2.0])) % 6 - 3)).clip(0, 1)
    colour: Numbers = value[:, None] * (1 - (1 - grey)[:, None] * (1 - wheel))
    return colour


def _either(lots: Lots, share: float, one: Numbers, other: Numbers) -> Numbers:
    """The first colour for this share, else the second."""
    return np.where(lots.true(share)[:, None], one, other)


def put_on_hats(people: People, lots: Lots) -> None:
    """A hat or a headscarf for some."""
    table = list(_HATS.values())
    which = lots.pick([entry[0] for entry in table])
    wears = lots.true(0.2)
    people["hat"] = wears
    people["hatline"] = np.array([entry[1] for entry in table])[which] + lots.around(0, 0.03)[:, None]
    for place, name in enumerate(("hat_thick", "hat_top", "hat_cuff", "brim", "visor", "knit"), 2):
        people[name] = np.array([entry[place] for entry in table])[which] * wears
    people["hat_top"] *= lots.around(1, 0.3)
    people["hat_cuff"] *= lots.true(0.7)
    people["hat_colour"] = linear(any_colour(lots))
    people["bun"] *= ~wears
    people["mohawk"] *= ~wears
    covered = wears & (which == _HEADSCARF)
    people["curtain_long"] *= ~covered
    people["tail"] *= ~covered
    people["headscarf"] = covered
    for name in ("beard_thick", "moustache", "stubble"):
        people[name] *= ~covered
    people["beard_line"] = np.where(covered, 9.0, people["beard_line"])
    for name, most in (("hair_thick", 0.12), ("lumps", 0.04)):  # hats press the hair down
        people[name] = np.where(wears, np.minimum(people[name], most), people[name])


def put_on_glasses(people: People, lots: Lots) -> None:
    """Glasses for some, dark ones for a few."""
    people["glasses"] = lots.true(0.22)
    people["lens_size"] = lots.around(1.0, 0.12)
    people["lens_round"] = lots.uniform(0.45, 1.0)
    people["lens_dark"] = lots.true(0.25)
    people["rim"] = lots.uniform(0.012, 0.03)
    dark = np.full((lots.n, 3), 0.012)
    people["rim_colour"] = _either(lots, 0.6, dark, linear(any_colour(lots)))


def put_on_clothes(people: People, lots: Lots) -> None:
    """Cloth, its pattern and a collar."""
    cloth = linear(any_colour(lots))
    people["cloth"] = cloth
    people["cloth_too"] = _either(lots, 0.5, linear(any_colour(lots)), cloth * lots.uniform(0.25, 0.6)[:, None])
    people["under"] = _either(lots, 0.5, np.full((lots.n, 3), 0.75), linear(any_colour(lots)))
    people["pattern"] = lots.pick(_PATTERNS)
    people["pattern_size"] = lots.uniform(0.11, 0.34)
    people["folds"] = lots.uniform(0.3, 1.0)
    table = list(_COLLARS.values())
    which = np.where(people["headscarf"] > 0, list(_COLLARS).index("polo neck"), lots.pick([row[0] for row in table]))
    fields = ("collar_top", "collar_low", "collar_in", "collar_out", "collar_gap", "collar_bulge")
    for place, name in enumerate(fields, 1):
        people[name] = np.array([entry[place] for entry in table])[which]
    people["collar"] = which > 0
    people["collar_gap"] *= lots.uniform(0.7, 1.6)
    wrap = people["headscarf"] > 0
    people["collar_top"] = np.where(wrap, 0.72, people["collar_top"] + lots.around(0, 0.02))
    people["collar_out"] = np.where(wrap, 0.45, people["collar_out"] * lots.around(1, 0.1))
    people["collar_in"] = np.where(wrap, 0.1, people["collar_in"])
    muffler = which == list(_COLLARS).index("muffler")
    own = linear(any_colour(lots))
    collar = np.where(muffler[:, None], own, cloth * lots.uniform(0.75, 1.1)[:, None])
    people["collar_colour"] = np.where(wrap[:, None], people["hat_colour"], collar)
    people["neckline"] = lots.pick([1, 1, 0.7])  # round, pointed, or open over a shirt
    people["neck_wide"] = lots.uniform(0.45, 0.85)
    people["neck_deep"] = lots.uniform(0.15, 0.6)
    people["tie"] = lots.true(0.35)


def pose_and_light(people: People, lots: Lots) -> None:
    """Where they turn, where they stand, and the lamps."""
    people["yaw"] = lots.around(0, 0.33).clip(-0.65, 0.65)
    people["pitch"] = lots.around(0.03, 0.13)
    people["roll"] = lots.around(0, 0.11)
    people["body_yaw"] = 0.5 * people["yaw"] + lots.around(0, 0.2)
    people["body_roll"] = lots.around(0, 0.05)
    people["gaze_x"] = (lots.around(0, 0.1) - 0.3 * people["yaw"] * lots.true(0.6)).clip(-0.2, 0.2)
    people["gaze_y"] = lots.around(0, 0.08)
    people["scale"] = lots.uniform(0.17, 0.37)
    people["place_x"] = 0.5 + 0.5 * lots.around(0, 0.3).clip(-0.95, 0.95)
    people["place_y"] = lots.uniform() ** 1.3
    people["key_x"] = lots.uniform(-1.3, 1.3)
    people["key_y"] = lots.around(-0.5, 0.22)
    people["key"] = lots.uniform(0.55, 1.15)
    people["fill_x"] = -np.sign(people["key_x"]) * lots.uniform(0.4, 1.7)
    people["fill"] = lots.uniform(0.0, 0.5)
    people["ambient"] = lots.uniform(0.16, 0.44)
    people["gloss"] = lots.uniform(0.04, 0.22)
    people["shine"] = lots.uniform(0.1, 0.6)
    warm = lots.around(0, 0.11)
    for name, sign in (("key_colour", 1.0), ("fill_colour", -0.7), ("sky", -0.5)):
        jitter = lots.around(0, 0.05)
        people[name] = np.stack([1 + sign * warm, 1 + jitter, 1 - sign * warm], 1)
