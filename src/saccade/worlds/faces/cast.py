"""Who is drawn: the measures, colours and clothes of every person, and how they are posed and lit."""

from __future__ import annotations

import numpy as np

from .dress import People, any_colour, linear, pose_and_light, put_on_clothes, put_on_glasses, put_on_hats
from .lots import Lots, Numbers

_SHAPE = (
    "width depth jaw crown nose_long nose_wide nose_high nose_hump eye_apart eye_size eye_open eye_tilt sockets "
    "brow_ridge brow_high brow_thick brow_arch cheeks lips chin mouth_wide smile mouth_open ear_size ear_flare neck "
    "shoulders slope age freckles stubble makeup "
    "hair_thick hair_top hair_soft lumps jagged parting mohawk curl streaks curtain_from curtain_long flare wavy bun tail "
    "beard_thick beard_line beard_wide moustache hat hat_thick hat_top hat_cuff brim visor knit headscarf "
    "glasses lens_size lens_round lens_dark rim collar collar_top collar_low collar_in collar_out collar_gap collar_bulge "
    "neckline neck_wide neck_deep tie pattern pattern_size folds "
    "yaw pitch roll body_yaw body_roll gaze_x gaze_y scale place_x place_y "
    "key key_x key_y fill fill_x ambient gloss shine"
)
_COLOURS = (
    "skin hair iris lip brow cloth cloth_too under hat_colour collar_colour rim_colour key_colour fill_colour sky"
)

PERSON = np.dtype(
    [(name, "f4") for name in _SHAPE.split()]
    + [(name, "f4", (3,)) for name in _COLOURS.split()]
    + [("hairline", "f4", (7,)), ("hatline", "f4", (7,)), ("seed", "i8"), ("ground", "i8")]
)
"""One person. Colours are linear light, 0 to 1; angles radians; lengths half-heights of the skull."""

_SKINS = np.array(
    [
        [0.94, 0.81, 0.73],
        [0.94, 0.77, 0.67],
        [0.88, 0.69, 0.56],
        [0.80, 0.61, 0.46],
        [0.69, 0.50, 0.37],
        [0.55, 0.38, 0.27],
        [0.41, 0.27, 0.20],
        [0.28, 0.185, 0.145],
    ]
)
_HAIRS = np.array(
    [
        [0.07, 0.06, 0.06],
        [0.15, 0.10, 0.08],
        [0.27, 0.17, 0.11],
        [0.43, 0.29, 0.18],
        [0.62, 0.46, 0.28],
        [0.82, 0.70, 0.47],
        [0.47, 0.20, 0.11],
        [0.70, 0.36, 0.16],
        [0.58, 0.57, 0.56],
        [0.88, 0.87, 0.85],
    ]
)
_IRISES = np.array([[0.24, 0.13, 0.07], [0.36, 0.22, 0.10], [0.30, 0.45, 0.62], [0.36, 0.48, 0.34], [0.45, 0.50, 0.52]])

_NORMAL, _OVER_EARS = (-0.60, -0.50, -0.28, 0.14, -0.08, 0.22, 0.52), (-0.60, -0.44, -0.02, 0.30, 0.40, 0.50, 0.60)
_FRINGE, _BACK = (-0.22, -0.20, 0.00, 0.32, 0.42, 0.50, 0.60), (-0.72, -0.60, -0.34, 0.08, -0.10, 0.20, 0.50)
_RECEDING = (-0.74, -0.92, -0.52, 0.10, -0.08, 0.20, 0.50)
_RING = (-1.60, -1.40, -0.50, 0.06, -0.10, 0.20, 0.50)
# name: weight, hairline, thickness, on top, softness of the edge, lumps, curl, length (0: none), bun, tail, mohawk
_STYLES = {
    "bald": (1.0, _NORMAL, -0.08, 0.00, 0.05, 0.00, 0.0, 0.0, 0, 0, 0.0),
    "buzz": (1.0, _NORMAL, 0.02, 0.01, 0.05, 0.00, 0.6, 0.0, 0, 0, 0.0),
    "short": (2.0, _NORMAL, 0.06, 0.06, 0.08, 0.03, 0.1, 0.0, 0, 0, 0.0),
    "quiff": (1.2, _NORMAL, 0.05, 0.20, 0.10, 0.05, 0.1, 0.0, 0, 0, 0.0),
    "receding": (0.8, _RECEDING, 0.05, 0.01, 0.07, 0.02, 0.1, 0.0, 0, 0, 0.0),
    "ring": (0.5, _RING, 0.06, 0.00, 0.12, 0.03, 0.2, 0.0, 0, 0, 0.0),
    "mop": (1.0, _FRINGE, 0.11, 0.06, 0.09, 0.06, 0.2, 0.0, 0, 0, 0.0),
    "curls": (1.0, _NORMAL, 0.16, 0.10, 0.14, 0.13, 1.0, 0.0, 0, 0, 0.0),
    "afro": (1.0, _NORMAL, 0.34, 0.12, 0.22, 0.10, 1.0, 0.0, 0, 0, 0.0),
    "bob": (1.2, _OVER_EARS, 0.10, 0.05, 0.08, 0.02, 0.0, 0.8, 0, 0, 0.0),
    "bob fringe": (0.9, _FRINGE, 0.10, 0.05, 0.08, 0.02, 0.0, 0.9, 0, 0, 0.0),
    "long": (1.8, _OVER_EARS, 0.09, 0.05, 0.08, 0.03, 0.1, 1.9, 0, 0, 0.0),
    "long fringe": (0.8, _FRINGE, 0.09, 0.05, 0.08, 0.03, 0.1, 1.8, 0, 0, 0.0),
    "long curls": (0.8, _OVER_EARS, 0.18, 0.08, 0.14, 0.12, 0.9, 1.3, 0, 0, 0.0),
    "bun": (0.8, _BACK, 0.04, 0.02, 0.06, 0.01, 0.0, 0.0, 1, 0, 0.0),
    "tail": (0.8, _BACK, 0.05, 0.02, 0.06, 0.01, 0.0, 0.0, 0, 1, 0.0),
    "mohawk": (0.25, _NORMAL, 0.015, 0.00, 0.05, 0.08, 0.3, 0.0, 0, 0, 0.4),
}


def _between(lots: Lots, table: Numbers, jitter: float) -> Numbers:
    """Colours `(n, 3)` between neighbours of a table, in linear light."""
    at = lots.uniform(0, len(table) - 1.001)
    i, t = at.astype(np.int64), (at % 1)[:, None]
    colour = table[i] * (1 - t) + table[i + 1] * t
    colour *= np.stack([lots.around(1, jitter) for _ in range(3)], 1) * lots.around(1, 0.04)[:, None]
    return linear(colour)


def cast(n: int, seed: int) -> People:
    """People `(n,)` of type `PERSON`; the i-th depends on the seed and i only."""
    lots, people = Lots(n, seed), np.zeros(n, PERSON)
    people["seed"], people["ground"] = lots.seeds(), lots.seeds()
    feminine = lots.uniform()  # 0 to 1: shifts what is likely, excludes nothing
    _features(people, lots, feminine)
    _hair(people, lots, feminine)
    _beards(people, lots, feminine)
    put_on_hats(people, lots)
    put_on_glasses(people, lots)
    put_on_clothes(people, lots)
    pose_and_light(people, lots)
    return people


def _features(people: People, lots: Lots, feminine: Numbers) -> None:
    """The head, from skull to ears."""
    bells = {
        "width": (0.96, 0.045), "depth": (1.0, 0.05), "crown": (0.02, 0.05), "nose_long": (1.0, 0.1),
        "nose_wide": (1.0, 0.16), "nose_high": (0.24, 0.045), "nose_hump": (0.1, 0.25), "eye_apart": (0.29, 0.014),
        "eye_size": (1.0, 0.09), "eye_open": (0.86, 0.17), "eye_tilt": (0.02, 0.06), "sockets": (0.10, 0.025),
        "brow_high": (0.175, 0.022), "brow_arch": (0.05, 0.025), "cheeks": (0.045, 0.022), "mouth_wide": (0.235, 0.03),
        "smile": (0.45, 0.3), "ear_size": (1.0, 0.1), "ear_flare": (0.5, 0.18), "slope": (0.0, 0.06),
    }  # fmt: skip
    for name, (mean, spread) in bells.items():
        people[name] = lots.around(mean, spread)
    people["jaw"] = lots.around(0.04, 0.07) - 0.1 * (feminine - 0.4)
    people["brow_ridge"] = lots.around(0.05, 0.015) - 0.03 * feminine
    people["brow_thick"] = lots.around(0.036, 0.008) - 0.012 * feminine
    people["lips"] = lots.around(0.045, 0.015) + 0.015 * feminine
    people["chin"] = lots.around(0.06, 0.025)
    people["neck"] = lots.around(0.46, 0.03) - 0.07 * feminine
    people["shoulders"] = lots.around(1.08, 0.07) - 0.14 * feminine
    people["mouth_open"] = np.where(lots.true(0.4) & (people["smile"] > 0.1), lots.uniform(0.2, 1), 0)
    people["eye_open"] = np.where(lots.true(0.04), 0.12, people["eye_open"])
    people["age"] = lots.uniform() ** 1.7
    people["freckles"] = np.where(lots.true(0.15), lots.uniform(0.3, 1), 0)
    people["makeup"] = np.where(lots.true(0.15 + 0.45 * feminine), lots.uniform(0.2, 1), 0)
    people["skin"] = skin = _between(lots, _SKINS, 0.025)
    people["iris"] = linear(_IRISES[lots.pick([4, 2, 1.5, 1, 1])] * lots.around(1, 0.12)[:, None])
    painted = linear(np.stack([lots.uniform(0.5, 0.85), lots.uniform(0.1, 0.35), lots.uniform(0.15, 0.4)], 1))
    natural = skin * np.array([0.78, 0.48, 0.5])
    share = (np.where(lots.true(0.5), 0.8, 0.1) * people["makeup"])[:, None]
    people["lip"] = natural * (1 - share) + painted * share


def _hair(people: People, lots: Lots, feminine: Numbers) -> None:
    """A style for everyone; long ones are likelier on one side of `feminine`."""
    style = list(_STYLES.values())
    weights = np.array([entry[0] for entry in style])
    long = np.array([entry[7] > 0 or entry[8] > 0 or entry[9] > 0 for entry in style])
    few = np.array([name in ("bald", "receding", "ring", "buzz") for name in _STYLES])
    hers = lots.pick(weights * np.where(long, 1.6, 0.3) * np.where(few, 0.15, 1))
    his = lots.pick(weights * np.where(long, 0.2, 1))
    which = np.where(lots.uniform() < feminine, hers, his)
    people["hairline"] = np.array([entry[1] for entry in style])[which] + lots.around(0, 0.035)[:, None]
    fields = ("hair_thick", "hair_top", "hair_soft", "lumps", "curl", "curtain_long", "bun", "tail", "mohawk")
    for place, name in enumerate(fields, 2):
        people[name] = np.array([entry[place] for entry in style])[which]
    for name, spread in (("hair_thick", 0.18), ("hair_top", 0.3), ("lumps", 0.3), ("curtain_long", 0.1)):
        people[name] *= lots.around(1, spread)
    people["parting"] = np.where(lots.true(0.6), lots.around(0, 0.1), 0)
    people["jagged"] = lots.uniform(0.2, 1.0)
    people["curtain_from"] = lots.uniform(0.95, 1.3)
    people["flare"] = lots.around(0.08, 0.1)
    people["wavy"] = np.where(lots.true(0.5), lots.uniform(), 0)
    people["streaks"] = lots.uniform(0.3, 1.0)
    people["bun"] *= np.where(lots.true(0.5), 1, 2)  # on the crown or at the back
    people["tail"] *= np.where(lots.true(0.5), 1, -1)
    natural = _between(lots, _HAIRS[:6], 0.04)
    red = np.where((people["skin"][:, 1] > 0.3)[:, None], _between(lots, _HAIRS[6:8], 0.04), natural)
    grey = _between(lots, _HAIRS[8:], 0.02)
    dark = (
        natural * (people["skin"][:, 1] > 0.25)[:, None] + linear(_HAIRS[0]) * (people["skin"][:, 1] <= 0.25)[:, None]
    )
    old = (people["age"] > 0.72) & lots.true(0.8)
    lot = lots.uniform()
    fair = people["skin"][:, 1] > 0.2
    hair = np.where((lot < 0.1)[:, None], red, np.where((lot < np.where(fair, 0.45, 0.9))[:, None], dark, natural))
    hair = np.where(old[:, None], grey, hair)
    dyed = lots.true(0.07)
    people["hair"] = np.where(dyed[:, None], linear(0.9 * any_colour(lots)), hair)
    people["brow"] = np.where(dyed[:, None], dark, hair) * 0.75


def _beards(people: People, lots: Lots, feminine: Numbers) -> None:
    """Beards, moustaches and stubble."""
    may = feminine < 0.45
    beard, lip = lots.true(0.3) & may, lots.true(0.15) & may
    people["beard_thick"] = np.where(beard | lip, lots.uniform(0.03, 0.16), 0)
    people["beard_line"] = np.where(beard, lots.uniform(0.28, 0.42), 9.0)
    people["beard_wide"] = np.where(lots.true(0.25), lots.uniform(0.18, 0.3), 2.0)
    people["moustache"] = np.where(lip | (beard & lots.true(0.8)), 1.0, 0.0)
    people["stubble"] = np.where(lots.true(0.4) & may, lots.uniform(0.2, 0.7), 0)
