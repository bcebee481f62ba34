"""The recorded steps of a pass, each evaluated on its own: for brains without recurrence from step to step.

`unroll(replay=trace)` computes a whole pass again, one step after another. Where no brain module reads what one computed
at an earlier step, every step of every episode can be evaluated alone, in minibatches of any size and order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from .actor import Actor, Decision
from .errors import WiringError
from .module import Module
from .ports import In
from .program import Program
from .runtime import Runtime
from .trace import Trace
from .types import Supplied


@dataclass(frozen=True)
class Evaluation:
    """What the brain computes now for `m` recorded steps."""

    decisions: Mapping[Actor, Decision]
    supervised_loss: Tensor  # scalar: the sum over `Loss` ports of the mean over steps


class RecordedSteps:
    """All steps of a recorded pass: `t` decisions of `b` episodes are `t * b` steps, row by row.

    Args:
        runtime: of a graph of one loop with `times` and no `until`, and all brain modules in it (`Graph.runtime`).
        trace: a pass of it.

    Attributes:
        count: how many steps there are.

    Raises:
        WiringError: the graph is another one, or a brain module reads what was computed at an earlier step.
    """

    def __init__(self, runtime: Runtime, trace: Trace) -> None:
        self._runtime, self._trace = runtime, trace
        self._brain = _check(runtime.program)
        self._actors = runtime.program.actors
        self._times = len(trace.of(self._actors[0]).decisions)
        self.count = self._times * trace.episodes

    def evaluate(self, which: Tensor) -> Evaluation:
        """Run the brain, with gradients, on the steps `which`, int64 `(m,)`; the actions are the recorded ones."""
        values: dict[str, Tensor] = {}
        decisions: dict[Actor, Decision] = {}
        losses: list[Tensor] = []
        for module in self._brain:
            inputs = [self._input(port, values, which) for port in module.arguments()]
            if isinstance(module, Actor):
                decisions[module] = decision = module.decide(*inputs, action=self._actions[module][which])
                values[module.action.variable] = decision.action
                continue
            outputs = module.forward(*inputs)
            for port, value in zip(
                module.outputs(), outputs if isinstance(outputs, tuple) else (outputs,), strict=True
            ):
                values[port.variable] = value
                if port.type.is_loss:
                    losses.append(value.mean())
        return Evaluation(decisions, torch.stack(losses).sum() if losses else torch.zeros((), device=which.device))

    @cached_property
    def _actions(self) -> dict[Actor, Tensor]:
        return {actor: self._trace.of(actor).action.flatten(0, 1) for actor in self._actors}

    @cached_property
    def _recorded(self) -> dict[str, Tensor]:
        """What the world gave the brain: `(t * b, …)`, or `(b, …)` of what stands before the loop."""
        found: dict[str, Tensor] = {}
        read = {
            port.source.variable for module in self._brain for port in module.arguments() if port.source is not None
        }
        for module in self._runtime.program.modules:
            wanted = [(place, port) for place, port in enumerate(module.outputs()) if port.variable in read]
            if not module.is_world or not wanted:
                continue
            answers = [each if isinstance(each, tuple) else (each,) for each in self._trace.recorded(module)]
            for place, port in wanted:
                column = [answer[place] for answer in answers[: self._times]]
                found[port.variable] = torch.cat(column)
        return found

    def _input(self, port: In[Any], values: Mapping[str, Tensor], which: Tensor) -> Any:
        if port.type.supplied is Supplied.BATCH:
            return len(which)
        if port.type.supplied is Supplied.STEP:
            return which // self._trace.episodes
        if port.source is None:
            return port.first(len(which), which.device, self._runtime.like.dtype)
        name = port.source.variable
        if name in values:
            return values[name].detach() if port.source.detached else values[name]
        recorded = self._recorded[name]
        return recorded[which] if len(recorded) == self.count else recorded[which % self._trace.episodes]


def _check(program: Program) -> list[Module]:
    """The brain's modules, in order."""
    repeats = program.repeats
    if len(repeats) != 1 or repeats[0].loop.until is not None:
        raise WiringError("steps can be evaluated alone in a graph of one loop, with times= and without until=")
    inside = repeats[0].body()
    brain = [module for module in program.modules if not module.is_world]
    for module in brain:
        if module not in inside:
            raise WiringError(f"{module.name} stands outside of the loop: put it into it, or make it part of the world")
        for port in module.arguments():
            if port in program.feedback:
                raise WiringError(f"{port.source} >> {port}: {module.name} reads an earlier step; take whole passes")
            if port.type.supplied in (Supplied.FRESH, Supplied.ACTIVE):
                raise WiringError(f"{port}: a step alone does not know it")
    return brain
