"""What runs a checked program: its compiled code, the calls it makes, and the checks of a first pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any, Self

import torch
from torch import Tensor, nn

from saccade.hints import nearest

from .check import checked
from .emit import unroll_source
from .errors import WiringError
from .module import Module
from .ports import In
from .program import Program
from .trace import Trace, everyone, merge, nobody


class Runtime(nn.Module):
    """Compiles a program and calls it; it holds no parameters.

    Args:
        program: the checked program.
        check: check every value at every call, not only on the first pass.
        like: a tensor of the graph's device and floating dtype.

    Attributes:
        unchecked: names of the modules whose values have not been checked yet.
    """

    def __init__(self, program: Program, check: bool, like: Tensor) -> None:
        super().__init__()
        self.program, self.check = program, check
        self.unchecked = {module.name for module in program.modules}
        # It goes where `to` and `double` send the parameters: device and dtype of what the graph makes itself.
        self.register_buffer("like", like.new_empty(0), persistent=False)
        self.like: Tensor
        self._unrolls: dict[frozenset[str], Callable[..., Trace]] = {}
        self._forwards: SimpleNamespace | None = None  # once everything has been checked
        ports = [port for module in program.modules for port in module.inputs() if port.init is not None]
        self._scope = {
            "count": count, "merge": merge, "everyone": everyone, "nobody": nobody, "where": torch.where,
            "zeros": _zeros, "nothing": _nothing,
            "first": SimpleNamespace(**{port.variable: partial(self._first, port) for port in ports}),
        }  # fmt: skip

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.like.device

    @property
    def checks(self) -> bool:
        """Whether values are checked in the next pass."""
        return self.check or bool(self.unchecked)

    def unroll(self, watched: frozenset[str]) -> Callable[..., Trace]:
        """The compiled pass that keeps the values of some output ports.

        Raises:
            WiringError: there is no such port.
        """
        if watched not in self._unrolls:
            known = [str(port) for module in self.program.modules for port in module.outputs()]
            for port in watched:
                if port not in known:
                    raise WiringError(f"cannot watch {port}: the graph has no such output{nearest(port, known)}")
            self._unrolls[watched] = self.define(unroll_source(self.program, watched))["unroll"]
        return self._unrolls[watched]

    def define(self, source: str) -> dict[str, Any]:
        """The functions that compiled code defines, by name."""
        scope = dict(self._scope)
        exec(compile(source, "<graph.source()>", "exec"), scope)
        return scope

    def forward_of(self, module: Module) -> Callable[..., Any]:
        """A module's `forward`; that of one on the host takes its inputs from the graph's device, and its outputs go back there."""
        if not module.on_host or self.device.type == "cpu":
            return module.forward
        device, forward = self.device, module.forward

        def through_host(*inputs: Any) -> Any:
            found = forward(*(value.cpu() if isinstance(value, Tensor) else value for value in inputs))
            if isinstance(found, tuple):
                return tuple(value.to(device) for value in found)
            return None if found is None else found.to(device)

        return through_host

    def calls(self, n: int) -> SimpleNamespace:
        """What compiled code calls for `n` episodes: every `forward` as it is, or checked where that is still to be done."""
        if self._forwards is not None:
            return self._forwards
        calls = {module.name: self.forward_of(module) for module in self.program.modules}
        if not self.checks:
            self._forwards = SimpleNamespace(**calls)
        for module in self.program.modules:
            if self.check or module.name in self.unchecked:
                calls[module.name] = checked(module, calls[module.name], n, self.unchecked)
        return SimpleNamespace(**calls)

    def seed(self, seed: int) -> None:
        """Seed every module; each has a random stream of its own, and they get different ones."""
        for place, module in enumerate(self.program.modules):
            module.seed((seed * 1_000_003 + place) % 2**63)

    def _first(self, port: In[Any], n: int, device: torch.device) -> Tensor:
        return port.first(n, device, self.like.dtype)

    def _apply(self, fn: Any, recurse: bool = True) -> Self:
        self._forwards = None  # they may be of another device
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Without compiled code, which belongs to this graph: a copy compiles its own."""
        return {**self.__dict__, "_unrolls": {}, "_forwards": None}


def _zeros(n: int, device: torch.device) -> Tensor:
    return torch.zeros(n, dtype=torch.int64, device=device)


def _nothing(n: int, device: torch.device) -> Tensor:
    return torch.zeros(n, device=device)
