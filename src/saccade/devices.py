"""Which device a run computes on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, ParamSpec, TypeVar, get_args

import torch
from torch import Tensor

Device = Literal["auto", "cpu", "cuda", "mps"]
_NAMES: tuple[str, ...] = get_args(Device)
_CURRENT: ContextVar[str] = ContextVar("device", default="cpu")

P = ParamSpec("P")
T = TypeVar("T")


class DeviceError(RuntimeError):
    """A device is not there; one sentence that names it, what there is, and the mend."""


def available() -> list[str]:
    """The devices of this machine that torch can compute on, the one that `auto` stands for first."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, is_there in there.items() if is_there]


def resolved(name: str) -> str:
    """The device of that name; `auto` is CUDA if there is any, else MPS if there is any, else the CPU.

    Raises:
        DeviceError: it is not here, or the name is none.
    """
    if name not in _NAMES:
        raise DeviceError(f"device is {name!r}: it must be one of {', '.join(_NAMES)}")
    there = available()
    if name == "auto":
        return there[0]
    if name not in there:
        raise DeviceError(
            f"the device {name!r} is not here, torch {torch.__version__} finds {' and '.join(there)}: take --device {there[0]} "
            f"(in Python device={there[0]!r}), or install a driver and a build of torch for {name}"
        )
    return name


@contextmanager
def computing_on(name: str) -> Iterator[None]:
    """Tasks that are made in here, in this thread, compute on the device of that name: those that ask for `current`.

    Raises:
        DeviceError: it is not here.
    """
    token = _CURRENT.set(resolved(name))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> torch.device:
    """The device that a task is to compute on: that of `computing_on`, otherwise the CPU."""
    return torch.device(_CURRENT.get())


def device_of(tensors: Mapping[str, Tensor]) -> torch.device:
    """Where these tensors are, such as a brain's; the CPU if there are none."""
    return next((tensor.device for tensor in tensors.values()), torch.device("cpu"))


def on_cpu(make: Callable[P, T]) -> Callable[P, T]:
    """The same function, whose tensors are made on the CPU, whatever torch's default device.

    Graphs are wired so and then moved: their first weights are drawn by the CPU's random stream and are the same on every device.
    """

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        with torch.device("cpu"):
            return make(*args, **kwargs)

    return made
