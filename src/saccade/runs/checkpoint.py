"""Checkpoints: one safetensors file with its numbers as JSON in the header.

One file, so that tensors and progress cannot come apart; renamed into place, so that it is whole;
the one before is kept, so that a damaged disk block costs minutes and not the run. Loading runs
no code.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from saccade.disk import RunError, write_atomically

from .entries import shown
from .old_names import renamed_tensor

FORMAT = 3
_RENAMED = 2  # the format before, under other names


class CheckpointError(RunError):
    """A checkpoint is missing, damaged or of another format."""


class WholeError(CheckpointError):
    """A checkpoint cannot be read, but not because it is damaged: of a later format, or not for this user."""


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and numbers (JSON)."""

    tensors: dict[str, Tensor]
    numbers: dict[str, Any]


def previous(path: Path) -> Path:
    """Where the checkpoint before the last one is kept."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Save atomically; the checkpoint that was there becomes `*.previous`.

    Raises:
        RunError: no space, or not writable; the older checkpoints stay.
    """
    # clone: torch shares storage between views, which safetensors refuses
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in checkpoint.tensors.items()}
    numbers = json.dumps(checkpoint.numbers)
    header = {"format": str(FORMAT), "numbers": numbers, "digest": _digest(tensors, numbers)}

    def write(temporary: Path) -> None:
        save_file(tensors, temporary, metadata=header)

    write_atomically(path, write, keep=previous(path))


def sweep(path: Path) -> None:
    """Take away what was half written when a run was killed. Nobody else may be writing this checkpoint."""
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> tuple[Checkpoint, str | None]:
    """Load the last whole checkpoint.

    Returns:
        The checkpoint, and a sentence for the user if the newest one was damaged or missing.

    Raises:
        CheckpointError: neither file can be read.
    """
    problems: list[CheckpointError] = []
    for candidate in (path, previous(path)):
        try:
            loaded = _read(candidate)
        except WholeError:
            raise
        except CheckpointError as error:
            problems.append(error)
        else:
            return loaded, f"{problems[0]}; going on from the one before, {candidate.name}" if problems else None
    if not path.exists():
        raise problems[0]
    raise CheckpointError(
        f"{problems[0]} and there is no whole one before it: delete it (and result.json, if the run has ended) and resume, to train it anew"
    )


def _digest(tensors: Mapping[str, Tensor], numbers: str) -> str:
    """A checksum of everything: a disk may change contents, and leave the file readable."""
    found = zlib.crc32(numbers.encode())
    for name, tensor in sorted(tensors.items()):
        found = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), found)
        found = zlib.crc32(tensor.flatten().view(torch.uint8).numpy().data, found)
    return f"{found:08x}"


def _read(path: Path) -> Checkpoint:
    try:
        path.open("rb").close()  # safetensors says of all such errors that there is no such file
    except FileNotFoundError:
        raise CheckpointError(f"there is no checkpoint {path}") from None
    except OSError as error:
        raise WholeError(f"{path} cannot be read ({error.strerror}): make it readable") from error
    try:
        # Older safetensors make tensors on torch's default device.
        with torch.device("cpu"), safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        if header.get("format") not in (str(FORMAT), str(_RENAMED)):
            raise WholeError(
                f"{path} has format {header.get('format')}, this version of saccade reads format {FORMAT}: "
                "train again, or use the version that wrote it (settings.json names it)"
            )
        if header["digest"] != _digest(tensors, header["numbers"]):
            raise CheckpointError(f"{path} is damaged (its contents are not what was written)")
        if header["format"] == str(_RENAMED):
            tensors = {renamed_tensor(name): value for name, value in tensors.items()}
        numbers = json.loads(header["numbers"])
        if not isinstance(numbers, dict):
            raise CheckpointError(f"{path} is damaged (its numbers are {shown(numbers)}, they must be a JSON object)")
        return Checkpoint(tensors, numbers)
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged ({error})") from error
