"""Typed ports and the `>>` between them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

import torch
from torch import Tensor

from .errors import WiringError
from .types import PortType, mismatch

T = TypeVar("T")

# The first value of a feedback edge: a number that fills the port's shape, one episode's value
# (expanded over the batch), or a function of the number of episodes.
First = float | Tensor | Callable[[int], Tensor]


class _Port(Generic[T]):
    owner: Any  # the module; modules are made of ports, so that ports cannot import them
    name: str
    type: PortType

    def _bind(self, owner: Any, name: str, type_: PortType) -> None:
        self.owner, self.name, self.type = owner, name, type_

    @property
    def variable(self) -> str:
        """The name of this port's value in the compiled source."""
        return f"{self.owner.name}_{self.name}"

    def sizes(self) -> tuple[int | None, ...]:
        """Sizes of the axes after the first; None where nothing fixes them yet."""
        return self.type.sizes(self.owner, self.owner.bound_sizes)

    def describe(self) -> str:
        """`reader.patch: Float[Tensor, 'b 1 9 9']`."""
        return f"{self}: {self.type.describe(self.owner, self.owner.bound_sizes)}"

    def __str__(self) -> str:
        return f"{self.owner.name}.{self.name}"

    __repr__ = __str__


class In(_Port[T]):
    """An input port.

    Args:
        init: the value read before the source has first been written in an episode; it makes the
            edge a feedback edge where the source runs later. A number fills the port's shape.
    """

    def __init__(self, init: First | None = None) -> None:
        self.init = init
        self.source: Out[T] | None = None
        self._blank: tuple[torch.dtype, tuple[int, ...], torch.dtype] | None = None

    def __rshift__(self, target: object) -> NoReturn:
        """An input feeds nothing.

        Raises:
            WiringError: always.
        """
        raise WiringError(f"{self} >> {target!r}: the left side must be an output port, {self} is an input port")

    def fed_by(self) -> Out[T]:
        """The output wired to this port.

        Raises:
            WiringError: nothing is.
        """
        if self.source is None:
            raise WiringError(f"{self} is not fed: wire an output to it, `module.output >> {self}`")
        return self.source

    def first(self, batch: int, device: torch.device, floating: torch.dtype = torch.float32) -> Tensor:
        """The first value for `batch` episodes; a number becomes `floating` where the port allows it."""
        init = self.init
        if callable(init) and not isinstance(init, Tensor):
            return init(batch).to(device)
        if isinstance(init, Tensor):
            return init.to(device).expand(batch, *init.shape)
        if self._blank is None or self._blank[0] != floating:  # computed once: every pass needs it
            self._blank = floating, *self._shape_and_dtype(floating)
        assert init is not None  # refused just above
        _, shape, dtype = self._blank
        return torch.full((batch, *shape), init, dtype=dtype, device=device)

    def _shape_and_dtype(self, floating: torch.dtype) -> tuple[tuple[int, ...], torch.dtype]:
        """Of a first value given as a number, for one episode."""
        sizes = self.sizes()
        if self.init is None or None in sizes:
            raise WiringError(
                f"{self.describe()} needs a first value, and its sizes are not all known; "
                "give init= a tensor of one episode's shape"
            )
        wished = (str(floating).removeprefix("torch."), "int64", *self.type.dtypes)
        dtype: torch.dtype = getattr(torch, next(name for name in wished if name in self.type.dtypes))
        return tuple(s for s in sizes if s is not None), dtype


class Out(_Port[T]):
    """An output port; `out >> inp` wires it, `out.detach() >> inp` cuts the gradient on that edge."""

    detached = False

    def detach(self) -> Out[T]:
        """This port with the gradient cut: losses behind the edge do not reach back through it."""
        cut = copy.copy(self)
        cut.detached = True
        return cut

    def __rshift__(self, target: In[T]) -> In[T]:
        """Wire this output to an input and return the input.

        Raises:
            WiringError: wrong direction, target already fed, or dtype, rank or size differ.
        """
        if not isinstance(target, In):
            kind = "an output port" if isinstance(target, Out) else f"{type(target).__name__}, not a port"
            raise WiringError(f"{self} >> {target!r}: the right side must be an input port, it is {kind}")
        if target.source is not None:
            raise WiringError(f"{self} >> {target}: {target} is already fed by {target.source}")
        check_edge(self, target)
        target.source = self
        return target


def check_edge(source: Out[T], target: In[T]) -> None:
    """Check the types at both ends and let the target take the sizes it left open.

    Raises:
        WiringError: naming both ports and the axis or dtype that differs.
    """
    bound = dict(target.owner.bound_sizes)
    # The axes by themselves first; then once more with the sizes taken, for a name that stands twice ("b k k").
    why = mismatch(source.type, source.sizes(), target.type, target.sizes())
    if why is None:
        for axis, size in zip(target.type.axes[1:], source.sizes(), strict=True):
            if isinstance(axis, str) and size is not None:
                bound.setdefault(axis, size)
        why = mismatch(source.type, source.sizes(), target.type, target.type.sizes(target.owner, bound))
    if target.type.supplied is not None:
        why = f"{target.type.label} is supplied by the graph; leave it unwired"
    if why:
        raise WiringError(f"{source.describe()} >> {target.describe()} — {why}")
    target.owner.bound_sizes.update(bound)
