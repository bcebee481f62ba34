"""`python -m benchmarks.weights NAME...`: the small trained weights that come with the package, to src/saccade/shipped/.

Trains each with the recipe's own settings, but for those below, seed 0, in runs/weights/; what was stopped goes on. `--run RUN` takes a run that is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import saccade
from saccade.runs import RunDirectory
from saccade.training.load import the_run, trained_weights
from saccade.training.shipped import ship

_MNIST = "learned from MNIST (Y. LeCun and C. Cortes), CC BY-SA 3.0"
_FACES = "learned from faces that saccade draws, MIT as saccade"
_PONG = "learned by playing Pong, whose ROM comes with ale-py and is not part of it; MIT as saccade"


@dataclass(frozen=True)
class _Shipped:
    metric: str
    licence: str
    settings: Mapping[str, Any] = field(default_factory=dict)  # other than the recipe's


_SHIPPED = {
    "grlf": _Shipped("accuracy", _MNIST),
    "grlf-field": _Shipped("accuracy", _MNIST),
    "ram-cluttered": _Shipped("accuracy", _MNIST, {"seen": 600_000}),
    "cutout": _Shipped("iou", _FACES, {"folds": 2}),
    "dqn-pong": _Shipped("return", _PONG),
}


def main() -> None:
    """Train and ship."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=list(_SHIPPED))
    parser.add_argument("--run", type=Path)
    options = parser.parse_args()
    if options.run is not None and len(options.names) > 1:
        parser.error("--run is of one name")
    for name in options.names:
        run = _trained(name) if options.run is None else the_run(options.run)
        if run.recipe != name:
            parser.error(f"{run.folder} is a run of {run.recipe}, not of {name}")
        path = ship(run, name, trained_weights(run), _SHIPPED[name].licence, _SHIPPED[name].metric)
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


def _trained(name: str) -> RunDirectory:
    folder = Path("runs/weights") / name
    if (folder / "seed-0" / "settings.json").exists():
        saccade.resume(folder)
    else:
        saccade.train(name, out=folder, **_SHIPPED[name].settings)
    return the_run(folder)


if __name__ == "__main__":
    main()
