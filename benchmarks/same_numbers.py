"""`python -m benchmarks.same_numbers OLD NEW`: does a change of the code change a number?

Trains each system briefly with the code of two checkouts, and compares every metric, every measured number and every tensor of the
checkpoints, bit for bit. Names that changed (see `saccade.runs.old_names`) are compared under their new ones.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from saccade.runs.old_names import renamed_keys, renamed_tensor

# Options under the names of commit 8f028ea, which later versions understand.
_LOOKING = ["--batch", "32", "--units", "16", "--images", "1600"]
_RUNS = {
    "grlf": [*_LOOKING, "--learner.epochs", "2"],
    "grlf-field": [*_LOOKING, "--reader", "convolutional"],
    "ram-cluttered": [*_LOOKING, "--copies", "2", "--draws", "2"],
    "cutout": [
        "--seen", "48", "--batch", "8", "--steps", "6", "--size", "32", "--faces", "48", "--forecast", "96", "--length", "6",
        "--units", "16", "--minibatch", "32",
    ],
    "dqn-pong": [
        "--steps", "3000", "--memory", "1500", "--warm-up", "600", "--games", "4", "--epsilon-steps", "1200", "--priority", "0.6",
        "--learner.steps", "3", "--test-episodes", "2", "--precision", "float32",
    ],
}  # fmt: skip
_TIMES = ("seconds", "seen_per_second")
_NEW_KEYS = ("lowest", "highest", "train_images")  # of results, since 2026-11-30


def main() -> None:
    """Compare two checkouts; exit 1 where a number differs."""
    old, new = (Path(argument).resolve() for argument in sys.argv[1:3])
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for recipe, options in _RUNS.items():
            runs = [_trained(code, recipe, options, Path(folder) / name) for name, code in (("old", old), ("new", new))]
            found = [line for part in (_metrics, _results, _tensors) for line in part(*runs)]
            differences += len(found)
            compared = (
                f"{len(_rows(runs[1]))} rows of metrics, {len(load_file(runs[1] / 'checkpoint.safetensors'))} tensors"
            )
            print(
                f"{recipe}: {'equal' if not found else f'{len(found)} differences'} ({compared})",
                *found[:10],
                sep="\n  ",
            )
    sys.exit(1 if differences else 0)


def _trained(code: Path, recipe: str, options: list[str], out: Path) -> Path:
    """The folder of a run of seed 3 with the code of a checkout, below `out`."""
    command = [
        *(sys.executable, "-m", "saccade", "train", recipe, *options),
        *("--seed", "3", "--no-report", "--out", str(out / recipe)),
    ]
    environment = {**os.environ, "PYTHONPATH": str(code / "src")}
    done = subprocess.run(command, env=environment, cwd=code, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} in {code}:\n{done.stderr}")
    return out / recipe / "seed-3"


def _rows(run: Path) -> list[dict[str, Any]]:
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in _TIMES} for line in lines]


def _metrics(old: Path, new: Path) -> list[str]:
    rows = list(zip(_rows(old), _rows(new), strict=False))
    found = [f"metrics: {before} became {after}" for before, after in rows if before != after]
    return found + ([] if len(_rows(old)) == len(_rows(new)) else ["metrics: another number of rows"])


def _results(old: Path, new: Path) -> list[str]:
    before, after = (
        _flat(renamed_keys(json.loads((run / "result.json").read_text(encoding="utf-8")))) for run in (old, new)
    )
    names = [
        name for name in sorted(before.keys() | after.keys()) if name.rpartition(".")[2] not in (*_TIMES, *_NEW_KEYS)
    ]
    return [
        f"result {name}: {before.get(name)} became {after.get(name)}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _flat(content: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(content, dict):
        return {prefix.rstrip("."): content}
    return {name: value for key, each in content.items() for name, value in _flat(each, f"{prefix}{key}.").items()}


def _tensors(old: Path, new: Path) -> list[str]:
    before, after = (load_file(run / "checkpoint.safetensors") for run in (old, new))
    before = {renamed_tensor(name): value for name, value in before.items()}
    if odd := before.keys() ^ after.keys():
        return [f"checkpoint: {name} is in one of both only" for name in sorted(odd)]
    return [f"checkpoint: {name} differs" for name, value in before.items() if not torch.equal(value, after[name])]


if __name__ == "__main__":
    main()
