"""Modules: the nodes of a graph. Ports are annotations, the computation is `forward`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, ClassVar, Self

import torch
from torch import nn

from saccade.hints import nearest

from .declare import declared_ports
from .errors import UnknownPortError, WiringError
from .ports import In, Out
from .types import PortType


class Module(nn.Module):
    """A node of the graph.

    Declare ports as annotations and compute in `forward`, whose parameters are the input ports, by
    name and in order, and whose result is the output ports, in order (a tuple if several):

        class Double(Module):
            x: In[Float[Tensor, "b"]]
            y: Out[Float[Tensor, "b"]]

            def forward(self, x: Tensor) -> Tensor:
                return 2 * x

    Raises (at class creation):
        WiringError: `forward` does not name the input ports in order; a port has an unknown type, or
            the name of a method.
    """

    _declared: ClassVar[dict[str, tuple[type, PortType, Any]]] = {}
    # A module that learns nothing of the graph's and cannot be run twice with the same result
    # (a data set, a game). Its outputs are recorded in a rollout and replayed, not computed again.
    is_world: ClassVar[bool] = False
    # What it computes is for the next iteration of a loop, as an actor's action is: it runs after what reads it, which has
    # its own first value in the first iteration, wherever the module stands.
    is_for_next: ClassVar[bool] = False
    # It computes on the CPU wherever the graph is, such as an emulator or a loop compiled for processors: a graph on another
    # device copies its inputs to the CPU and its outputs back, and leaves its buffers where they are.
    on_host: bool = False

    name: str
    bound_sizes: dict[str, int]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._declared = declared_ports(cls)
        for name, (_, type_, _) in cls._declared.items():
            if type_.is_loss and cls.is_world:
                raise WiringError(
                    f"{cls.__name__}.{name}: no gradient passes through a World; compute the loss in a Module"
                )
            if hasattr(Module, name) or name in ("name", "bound_sizes", "training"):
                raise WiringError(f"{cls.__name__}.{name}: every module has an attribute {name!r}; rename the port")
        cls._check_forward()

    @classmethod
    def _check_forward(cls) -> None:
        if cls.forward is nn.Module.forward:  # an abstract base: a subclass computes
            return
        want = [name for name, (kind, _, _) in cls._declared.items() if kind is In]
        have = list(inspect.signature(cls.forward).parameters)[1:]
        if have != want:
            raise WiringError(
                f"{cls.__name__}.forward takes ({', '.join(have)}), but the class declares the input ports "
                f"({', '.join(want)}): make them the same, in the same order"
            )

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Make the ports before any `__init__` runs, so that no subclass has to ask for them."""
        self = super().__new__(cls)
        object.__setattr__(self, "name", cls.__name__.lower())
        object.__setattr__(self, "bound_sizes", {})
        for name, (kind, type_, default) in cls._declared.items():
            port: In[Any] | Out[Any] = In(default.init if isinstance(default, In) else None) if kind is In else Out()
            port._bind(self, name, type_)
            object.__setattr__(self, name, port)
        return self

    def named(self, name: str) -> Self:
        """Give this module another name (default: its class's, in lower case) and return it.

        Raises:
            WiringError: the name is not an identifier.
        """
        if not name.isidentifier():
            raise WiringError(f"module name {name!r} must be a Python identifier, such as {self.name!r}")
        self.name = name
        return self

    def inputs(self) -> list[In[Any]]:
        """Input ports, in the order of declaration."""
        return [port for port in vars(self).values() if isinstance(port, In)]

    def arguments(self) -> list[In[Any]]:
        """The inputs that `forward` is called with, in order."""
        return self.inputs()

    def outputs(self) -> list[Out[Any]]:
        """Output ports, in the order of declaration."""
        return [port for port in vars(self).values() if isinstance(port, Out)]

    @property
    def rng(self) -> torch.Generator:
        """This module's own random stream, seeded by `Graph.seed` and saved with checkpoints."""
        if "_rng" not in self.__dict__:
            object.__setattr__(self, "_rng", torch.Generator("cpu").manual_seed(0))
        generator: torch.Generator = self.__dict__["_rng"]
        return generator

    def _apply(self, fn: Any, recurse: bool = True) -> Self:
        # What `to`, `double` and the like do to parameters and buffers.
        return self if self.on_host else super()._apply(fn, recurse)  # type: ignore[no-untyped-call]

    def seed(self, seed: int) -> None:
        """Seed the stream. A world with more state than its stream (a game, an order) resets that here, too."""
        self.rng.manual_seed(seed)

    def __getattr__(self, name: str) -> Any:
        # As torch looks it up, with one call less: compiled code does this at every step.
        mine = self.__dict__
        if name in mine.get("_modules", ()):
            return mine["_modules"][name]
        if name in mine.get("_buffers", ()):
            return mine["_buffers"][name]
        if name in mine.get("_parameters", ()):
            return mine["_parameters"][name]
        if name.startswith("_"):
            return super().__getattr__(name)  # for torch's own message
        ports = [port.name for port in vars(self).values() if isinstance(port, In | Out)]
        raise UnknownPortError(
            f"{self.name} has no port or attribute {name!r}{nearest(name, ports)} (ports: {', '.join(ports)})"
        )


class World(Module):
    """A module that belongs to the world: data sets, games, anything with a clock or random numbers of its own.

    In training its outputs are recorded once and replayed, never computed a second time, and no
    gradient passes through it. One that keeps the state of its episodes itself reads a `Fresh` and
    an `Active` port, and serves one environment (or one `unroll`) at a time.

    Raises (at class creation):
        WiringError: it has a `Loss` port, whose gradient would be lost.
    """

    is_world = True


def by_name(modules: Iterable[Module]) -> nn.ModuleDict:
    """Modules by name, whatever the name: torch's own way in refuses `half`, `type`, `keys` and the like."""
    found = nn.ModuleDict()
    found._modules.update({module.name: module for module in modules})
    return found
