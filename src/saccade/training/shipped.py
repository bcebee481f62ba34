"""Small trained weights that come with the package: `saccade.load("grlf")`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from torch import Tensor

from saccade.disk import write_text
from saccade.runs import Checkpoint, RunDirectory, RunError, load_checkpoint, save_checkpoint

HOME = Path(__file__).parent.parent / "shipped"
_MANIFEST = "weights.json"
_MOST = 2_000_000  # bytes of a file
_ABOUT = ("recipe", "licence", "test", "command", "commit", "seed")


def shipped_names(home: Path = HOME) -> list[str]:
    """Names of the weights that come with the package."""
    return sorted(_manifest(home))


def shipped(name: str, home: Path = HOME) -> RunDirectory:
    """The weights of that name, as a run that consists of nothing else.

    Raises:
        RunError: there are none of that name, or their file is not the one that was shipped.
    """
    known = _manifest(home)
    if name not in known:
        raise RunError(f"no weights {name!r} come with saccade (there are {', '.join(sorted(known)) or 'none'})")
    run = RunDirectory.open(home / name)
    found = _sha256(run.weights) if run.weights.exists() else "missing"
    if found != known[name]["sha256"]:
        raise RunError(
            f"{run.weights} is not the file that came with saccade (SHA-256 {found}, not {known[name]['sha256']}): install saccade again"
        )
    return run


def ship(
    run: RunDirectory, name: str, weights: dict[str, Tensor], licence: str, metric: str, home: Path = HOME
) -> Path:
    """Keep the weights of a run that has ended, in half precision, as those that come with the package.

    Args:
        run: the run.
        name: to load them by.
        weights: its trained tensors.
        licence: of the data that they were learned from, in a sentence.
        metric: of its test, which is noted.
        home: where all of them are.

    Raises:
        RunError: it has not ended, or the file would be over 2 MB.
    """
    result = run.result
    if result is None:
        raise RunError(f"{run.folder} has not ended: `saccade resume {run.folder}`")
    shape = load_checkpoint(run.checkpoint)[0].numbers.get("shape", {})
    rounded = {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
    target = home / name
    path = target / run.weights.name
    save_checkpoint(path, Checkpoint(rounded, {"shape": shape}))
    path.with_name("weights.previous.safetensors").unlink(missing_ok=True)
    if (size := path.stat().st_size) > _MOST:
        path.unlink()
        raise RunError(
            f"{run.folder}: its weights take {size / 1e6:.1f} MB, more than the {_MOST / 1e6:.0f} MB of weights that are shipped"
        )
    settings = json.loads((run.folder / "settings.json").read_text(encoding="utf-8"))
    command = f"python -m benchmarks.weights {name}"
    clean = {**settings, "command": command, "data": None, "like": None}  # without paths of the machine that trained it
    write_text(target / "settings.json", json.dumps(clean, indent=1) + "\n")
    about = {
        "sha256": _sha256(path), "recipe": run.recipe, "licence": licence, "test": {metric: result["test"][metric]},
        "command": command, "commit": run.about["commit"], "seed": run.seed,
    }  # fmt: skip
    manifest = {**_manifest(home), name: about}
    write_text(home / _MANIFEST, json.dumps(dict(sorted(manifest.items())), indent=1) + "\n")
    return path


def about_shipped(name: str, home: Path = HOME) -> dict[str, Any]:
    """What is noted about weights: recipe, licence of the data, test, command, commit and seed."""
    return {key: _manifest(home)[name][key] for key in _ABOUT}


def _manifest(home: Path) -> dict[str, dict[str, Any]]:
    path = home / _MANIFEST
    if not path.exists():
        return {}
    content: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
