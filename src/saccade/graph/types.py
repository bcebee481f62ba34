"""What travels along an edge: shaped tensors, and the few values that the graph itself supplies.

A port is annotated with a jaxtyping array type, `Float[Tensor, "b 1 28 28"]`. Axis 0 is always
the parallel episode. A named axis takes its size from the attribute of that name on the module
(`"b 1 size size"` reads `self.size`) or, without one, from whatever is wired to it or, if nothing
fixes it, from the first value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from torch import Tensor

from .errors import WiringError


class Batch:
    """An input port of this type, left unwired, receives the number of parallel episodes (int)."""


class Step:
    """Left unwired, receives the iteration of the enclosing loop, from 0.

    An `int` while all episodes are at the same iteration (`unroll`), otherwise an int64 tensor of
    shape `(b,)` (`step`). Indexing a table of shape `(times, …)` works with either.
    """


class Fresh:
    """Left unwired, receives a bool tensor `(b,)`: True where this is the first call in an episode."""


class Active:
    """Left unwired, receives a bool tensor `(b,)`: the episodes that this call is for.

    Only a module that keeps state outside the graph (a game) needs it: the outputs of the other
    episodes are thrown away.
    """


class Loss:
    """An output port of this type is a loss, one value per episode, `(b,)`. The graph sums them.

    Of an episode that has left the loop the value is left out, but computed on the episode's last
    inputs: it must be finite there.
    """


class Supplied(Enum):
    """The values that the graph supplies to an unwired port, by the name they have in code."""

    BATCH = "n"
    STEP = "step"
    FRESH = "fresh"
    ACTIVE = "active"


_SUPPLIED: Mapping[object, Supplied] = {
    Batch: Supplied.BATCH,
    Step: Supplied.STEP,
    Fresh: Supplied.FRESH,
    Active: Supplied.ACTIVE,
}


@dataclass(frozen=True)
class PortType:
    """A parsed annotation: the allowed dtypes and the axes (an int, or the name of a size)."""

    label: str
    dtypes: tuple[str, ...] = ()
    axes: tuple[int | str, ...] = ()
    supplied: Supplied | None = None
    is_loss: bool = False

    def sizes(self, owner: object, bound: Mapping[str, int]) -> tuple[int | None, ...]:
        """Sizes of the axes after the first; None where nothing fixes them yet."""
        return tuple(_size(axis, owner, bound) for axis in self.axes[1:])

    def describe(self, owner: object, bound: Mapping[str, int]) -> str:
        """The type as a message shows it, with every known size filled in."""
        if self.supplied is not None or not self.axes:
            return self.label
        sizes = [
            str(axis if size is None else size)
            for axis, size in zip(self.axes[1:], self.sizes(owner, bound), strict=True)
        ]
        return f"{self.label}[Tensor, '{' '.join([str(self.axes[0]), *sizes])}']"


def _size(axis: int | str, owner: object, bound: Mapping[str, int]) -> int | None:
    if isinstance(axis, int):
        return axis
    own = getattr(owner, axis, None)
    return own if isinstance(own, int) else bound.get(axis)


def parse(annotation: Any, where: str, is_input: bool) -> PortType:
    """Read the annotation inside `In[…]` or `Out[…]`.

    Raises:
        WiringError: it is neither a jaxtyping tensor type nor one of the graph's own types, or it
            stands on the wrong side: a loss is an output, what the graph supplies an input.
    """
    if annotation in (Loss, *_SUPPLIED):
        if is_input is (annotation is Loss):
            raise WiringError(f"{where}: {annotation.__name__} is for {'output' if is_input else 'input'} ports only")
        if annotation is Loss:
            return PortType("Loss", ("float32", "float64", "float16", "bfloat16"), ("b",), is_loss=True)
        return PortType(annotation.__name__, supplied=_SUPPLIED[annotation])
    text, dtypes = getattr(annotation, "dim_str", None), getattr(annotation, "dtypes", None)
    if text is None or not isinstance(dtypes, tuple) or getattr(annotation, "array_type", None) is not Tensor:
        raise WiringError(
            f"{where} has type {annotation!r}; use a shaped tensor type such as "
            "Float[Tensor, 'b 1 28 28'] (axis 0 is the episode), or Batch, Step, Fresh, Active, Loss"
        )
    axes = tuple(int(axis) if axis.isdigit() else axis for axis in text.split())
    if not axes or isinstance(axes[0], int) or any(isinstance(a, str) and not a.isidentifier() for a in axes):
        raise WiringError(f"{where}: axes {text!r} must be whole numbers or names, the first the episode 'b'")
    return PortType(annotation.__name__.split("[")[0], dtypes, axes)


def mismatch(
    source: PortType,
    source_sizes: tuple[int | None, ...],
    target: PortType,
    target_sizes: tuple[int | None, ...],
) -> str | None:
    """Why a value of `source` may not enter `target`, or None where it may."""
    if not set(source.dtypes) & set(target.dtypes):
        return f"dtype {source.label} is not {target.label}"
    if len(source_sizes) != len(target_sizes):
        return f"rank {len(source_sizes) + 1} is not {len(target_sizes) + 1}"
    for have, want in zip(source_sizes, target_sizes, strict=True):
        if have is not None and want is not None and have != want:
            return f"axis of size {have} is not {want}"
    return None
