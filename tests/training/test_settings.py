import dataclasses
import json
from typing import Any

import pytest

from saccade.agents import LearnerSettings, PPOSettings
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.grlf.settings import GrlfSettings, Reader
from saccade.training.registry import UnknownRecipeError, recipe_named, recipe_names, tables
from saccade.training.settings import SettingsError, from_plain, to_plain
from saccade.worlds import Reward

CHANGED = GrlfSettings(
    reader=Reader.CONVOLUTIONAL, gaze=Gaze.RANDOM, reward=Reward.AT_END, field=40, spread=1, detach=False,
    ppo=PPOSettings(clip=0.3), learner=LearnerSettings(epochs=2, separate=True),
)  # fmt: skip
TABLES = [
    "cutout",
    "cutout-sweep",
    "dqn",
    "grlf",
    "grlf-baselines",
    "grlf-field",
    "hdqn-chain",
    "hdqn-doorkey",
    "hdqn-montezuma",
    "hdqn-montezuma-score",
    "ram",
]


@pytest.mark.parametrize("settings", [CHANGED, *(recipe_named(name).settings for name in recipe_names())])
def test_to_plain_and_back(settings: Any) -> None:
    plain = json.loads(json.dumps(to_plain(settings)))
    back = from_plain(type(settings), plain)
    assert back == settings
    for field in dataclasses.fields(settings):  # a choice is equal to its word
        assert type(getattr(back, field.name)) is type(getattr(settings, field.name))


def test_every_cell_of_every_table() -> None:
    found, troubles = tables()
    assert sorted(table.name for table in found) == TABLES and not troubles
    for table in found:
        ids = [cell.id for cell in table.cells]
        assert len(set(ids)) == len(ids)
        for cell in table.cells:
            plain = json.loads(json.dumps(to_plain(cell.settings)))
            assert from_plain(type(recipe_named(cell.recipe).settings), plain) == cell.settings
            peers = {f"dqn/{cell.recipe.removeprefix('dqn-')}/stable-baselines3"}  # benchmarks/dqn_scores.py makes them
            assert set(cell.baselines.values()) <= {*ids, *peers}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"imagse": 3}, r"do not fit GrlfSettings: imagse unknown; use the version"),
        ({"seen": None}, "None, not of type int"),
        ({"seen": "3"}, "'3', not of type int"),
        ({"seen": True}, "True, not of type int"),
        ({"patch": 9.5}, r"9\.5, not of type int"),
        ({"detach": 1}, "detach is 1, not of type bool"),
        ({"wide": "0.2"}, "'0.2', not of type float"),
        ({"seen": 0}, "--seen 0: it must be 1 or more"),
        ({"reader": "recurent"}, "reader is 'recurent': it must be one of recurrent"),
        ({"ppo": 3}, "ppo is 3, not a table of settings"),
        ({"ppo": {"clip": 0.2}}, "ppo.discount, ppo.entropy_weight"),
        ({"ppo": {**to_plain(PPOSettings()), "discount": 2.0}}, r"discount is 2\.0: it must be between 0 and 1"),
    ],
)
def test_what_does_not_fit(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        from_plain(GrlfSettings, {**to_plain(GrlfSettings()), **changes})


def test_a_missing_setting() -> None:
    plain = to_plain(GrlfSettings())
    del plain["batch"]
    with pytest.raises(SettingsError, match="do not fit GrlfSettings: batch"):
        from_plain(GrlfSettings, plain)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seen": 0}, "--seen 0: it must be 1 or more"),
        ({"batch": -1}, "--batch -1"),
        ({"fixations": 1}, "--fixations 1: it must be 2 or more"),
        ({"patch": 0}, "--patch 0"),
        ({"units": 0}, "--units 0"),
        ({"shift": -1}, "--shift -1: it must be between 0 and 14"),
        ({"field": 27}, "--field 27: it must be 0 .* or at least the image's side, 28"),
        ({"narrow": 0.0}, r"--narrow 0\.0: it must be between 1e-06 and 10"),
        ({"narrow": 0.5, "wide": 0.4}, r"--narrow 0\.5 --wide 0\.4: narrow must be at most wide"),
        ({"wide": float("nan")}, "--wide nan: it must be a finite number"),
        ({"fixations": 10**23}, "--fixations 1(0{23}): it must be 1000 or less"),
        ({"field": 99_999_999_999}, "--field 99999999999: it must be 4096 or less"),
        ({"wide": 1e-300}, "--wide 1e-300: it must be between 1e-06 and 10"),
        ({"spread": 1.5}, r"--spread 1\.5: it must be between 0 and 1"),
    ],
)
def test_settings_that_cannot_run(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(GrlfSettings(), **changes)


def test_recipes_by_name() -> None:
    assert recipe_named("grlf").name == "grlf"
    with pytest.raises(
        UnknownRecipeError,
        match=r"no recipe 'glrf', did you mean 'grlf'\? \(recipes: .*grlf, grlf-field, hdqn-chain, hdqn-doorkey, hdqn-montezuma, ram",
    ):
        recipe_named("glrf")
    with pytest.raises(UnknownRecipeError, match=r"no recipe 'zebra' \(recipes"):
        recipe_named("zebra")
