"""Checks of values against ports: on the first pass of a graph, or always under `check=True`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from .errors import PortValueError
from .module import Module
from .ports import In, Out


def checked(module: Module, forward: Callable[..., Any], episodes: int) -> Callable[..., Any]:
    """A module's `forward` with its outputs checked on every call.

    Raises (on call):
        PortValueError: an output has another type, dtype or shape than its port declares.
    """

    def call(*inputs: Any) -> Any:
        result = forward(*inputs)
        check_outputs(module, result, episodes)
        return result

    return call


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
    sizes = port.sizes()
    fits = len(value.shape) == len(sizes) + 1 and value.shape[0] == episodes
    fits = fits and all(want in (None, have) for want, have in zip(sizes, value.shape[1:], strict=True))
    if dtype not in port.type.dtypes or not fits:
        raise PortValueError(f"{port.describe()} got {dtype} of shape {tuple(value.shape)}, for {episodes} episodes")
    for axis, size in zip(port.type.axes[1:], value.shape[1:], strict=True):
        if isinstance(axis, str):
            port.owner.bound_sizes.setdefault(axis, int(size))
