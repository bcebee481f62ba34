"""Checks of values against ports: on the first pass of a graph, or always under `check=True`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from .errors import PortValueError
from .module import Module
from .ports import In, Out


def checked(module: Module, forward: Callable[..., Any], episodes: int, unseen: set[str]) -> Callable[..., Any]:
    """A module's `forward` with its inputs and outputs checked; takes the module out of `unseen`.

    Raises (on call):
        PortValueError: a value has another type, dtype or shape than its port declares.
    """

    def call(*inputs: Any) -> Any:
        check_inputs(module.arguments(), inputs, episodes)
        try:
            result = forward(*inputs)
        except Exception as error:
            shapes = (
                f"{p.name}: {tuple(getattr(x, 'shape', ()))}" for p, x in zip(module.arguments(), inputs, strict=True)
            )
            error.add_note(f"in {module.name}.forward({', '.join(shapes)})")
            raise
        check_outputs(module, result, episodes)
        unseen.discard(module.name)
        return result

    return call


def check_inputs(ports: Sequence[In[Any]], values: Sequence[object], episodes: int) -> None:
    """Check what a module is about to read, but for what the graph supplies."""
    for port, value in zip(ports, values, strict=True):
        if port.type.supplied is None:
            check_value(port, value, episodes)


def check_outputs(module: Module, result: object, episodes: int) -> None:
    """Check what `forward` returned against the module's output ports."""
    ports = module.outputs()
    values = result if isinstance(result, tuple) else (() if result is None else (result,))
    if len(values) != len(ports):
        names = ", ".join(port.name for port in ports)
        raise PortValueError(
            f"{module.name}.forward returned {len(values)} values for {len(ports)} output ports ({names})"
        )
    for port, value in zip(ports, values, strict=True):
        check_value(port, value, episodes)


def check_value(port: In[Any] | Out[Any], value: object, episodes: int) -> None:
    """Check one value, and let it fix the sizes that the port left open."""
    if not isinstance(value, Tensor):
        raise PortValueError(f"{port.describe()} got a {type(value).__name__}, not a tensor")
    dtype = str(value.dtype).removeprefix("torch.")
    bound = dict(port.owner.bound_sizes)
    for axis, size in zip(port.type.axes[1:], value.shape[1:], strict=False):
        if isinstance(axis, str):
            bound.setdefault(axis, int(size))
    if dtype not in port.type.dtypes or value.shape != (episodes, *port.type.sizes(port.owner, bound)):
        raise PortValueError(f"{port.describe()} got {dtype} of shape {tuple(value.shape)}, for {episodes} episodes")
    port.owner.bound_sizes.update(bound)
