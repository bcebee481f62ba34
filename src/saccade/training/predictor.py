"""What a trained system makes of new input."""

from __future__ import annotations

import csv
import io
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from saccade.disk import write_text
from saccade.graph import Graph
from saccade.worlds.data.labelled import describe


class PredictionError(ValueError):
    """An input cannot be predicted from; the message names it and the mend."""


class Prediction(Protocol):
    """What a system predicted for `n` inputs."""

    def __len__(self) -> int:
        """How many inputs."""

    def files(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """What `write` writes, the table first."""

    def write(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """Write tables (CSV) and pictures into a folder, named after the inputs, whatever is there; returns the files.

        Raises:
            RunError: no space, or not writable.
        """


class Predictor(Protocol):
    """A trained system that answers new input."""

    @property
    def graph(self) -> Graph:
        """The wired graph, with the trained weights."""

    @property
    def module(self) -> nn.Module:
        """The trained networks in plain PyTorch; `forward` maps a batch of inputs, float or uint8 tensors, to what is predicted."""

    def read(self, files: Sequence[Path]) -> Any:
        """Files as an input of `predict`.

        Raises:
            PredictionError: a file cannot be read, or what it holds does not fit.
        """

    def predict(self, inputs: Any) -> Prediction:
        """Predict.

        Raises:
            PredictionError: the inputs are of another shape or type.
        """


def tensor_of(inputs: Any, what: str) -> Tensor:
    """Inputs of a prediction as a dense tensor on the processor: of a tensor, of an array, or of a list of either that have one shape.

    Args:
        inputs: as a user gives them; an array may have any strides and byte order.
        what: they are to be, for messages, such as "images".

    Raises:
        PredictionError: they are nothing of that kind.
    """
    try:
        return _dense(inputs)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        shown = " ".join(reprlib.repr(inputs).split())
        raise PredictionError(
            f"{shown} cannot be taken for {what}: give a dense tensor, a NumPy array, or a list of them, all of one shape"
        ) from error


def _dense(inputs: Any) -> Tensor:
    if isinstance(inputs, Tensor):
        if inputs.layout != torch.strided or inputs.is_nested:
            raise TypeError("no dense tensor")
        return inputs.detach().cpu()
    if isinstance(inputs, list | tuple) and any(isinstance(each, Tensor) for each in inputs):
        return torch.stack([_dense(each) for each in inputs])
    array = np.asarray(inputs)
    native = array.dtype.newbyteorder("=")
    # torch takes no negative strides, and warns of what cannot be written, such as the pixels of a picture of Pillow's.
    return torch.from_numpy(array.astype(native, order="C", copy=not array.flags.writeable))


def observations_of(inputs: Any, shape: tuple[int, ...]) -> Tensor:
    """Observations, uint8 `(n, *shape)`: of a tensor, an array, or a list of them; one alone is taken for a batch of one.

    Raises:
        PredictionError: they are of another shape or type.
    """
    given = tensor_of(inputs, "observations")
    seen = given[None] if given.ndim == len(shape) else given
    if seen.dtype != torch.uint8 or tuple(seen.shape[1:]) != shape or not len(seen):
        raise PredictionError(
            f"observations are {describe(given)}: they must be uint8 of shape (n, {', '.join(map(str, shape))})"
        )
    return seen


def read_observation(file: Path, shape: tuple[int, ...]) -> Tensor:
    """One observation, uint8 of a shape, from an array that NumPy has saved.

    Raises:
        PredictionError: the file is none, or of another shape.
    """
    try:
        with file.open("rb") as opened:
            array = np.lib.format.read_array(opened, allow_pickle=False)  # np.load would also take other files
    except FileNotFoundError:
        raise PredictionError(f"{file} does not exist") from None
    except (OSError, ValueError, EOFError) as error:
        raise PredictionError(f"{file} cannot be read as an array ({error}): write it with numpy.save") from error
    if array.dtype != np.uint8 or array.shape != shape:
        raise PredictionError(
            f"{file} holds {array.dtype} of shape {array.shape}: an observation is uint8 of shape {shape}"
        )
    return torch.from_numpy(array)


def write_table(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """Write a CSV file and return its path.

    Raises:
        RunError: no space, or not writable.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    write_text(path, text.getvalue())
    return path


def fitting(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Of some given tensors those that have the name and shape of one's own, and a few words about each difference.

    Raises:
        ValueError: none fits.
    """
    fit = {name: value for name, value in given.items() if name in own and own[name].shape == value.shape}
    if not fit:
        raise ValueError(f"none of its {len(given)} tensors has the name and the shape of one of the {len(own)} here")
    odd = [
        f"{name} is {_shape(given[name])} there and {_shape(own[name])} here"
        if name in own
        else f"{name} is only there"
        for name in given
        if name not in fit
    ]
    return fit, odd + [f"{name} is only here" for name in own if name not in given]


def _shape(value: Tensor) -> str:
    return "x".join(map(str, value.shape)) or "a number"
