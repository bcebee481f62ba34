"""`python -m docs.systems.field_picture [FILE]`: the picture at the top of the README, from the weights that come with the package."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from pathlib import Path

import saccade
from saccade.recipes.active_vision.evaluation import LOOKS_FILE, evaluate, save_looks
from saccade.recipes.active_vision.report.picture import write_picture
from saccade.worlds import load_mnist

_PICTURE = Path(__file__).parent.parent / "pictures" / "field.png"
_DIGITS = 2_000  # the first of the test set, as many as are placed in one go: the first of each class are shown


def main(target: Path) -> None:
    """Look at the first digits of the test set, each somewhere in a field, and draw."""
    trained, data = saccade.load("grlf-field"), load_mnist("test")
    some = dataclasses.replace(data, images=data.images[:_DIGITS], labels=data.labels[:_DIGITS])
    _, looks, seen = evaluate(trained.recipe, trained.settings, trained.weights, some)
    with tempfile.TemporaryDirectory() as folder:
        save_looks(Path(folder) / LOOKS_FILE, looks, seen, data.classes)
        write_picture(dataclasses.replace(trained.run, folder=Path(folder)), target)
    print(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _PICTURE)
