"""A graph cut at one actor and driven step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .actor import Actor
from .check import check_value
from .emit_halves import halves_source, variables
from .errors import WiringError
from .program import Program
from .runtime import Runtime
from .trace import everyone, merge

State = tuple[Any, ...]

# An environment shows no episode without a decision; so many of them in a row are a mistake in the wiring.
_TRIES = 1000


@dataclass(frozen=True)
class StepResult:
    """The result of one step of the halves, for `b` episodes."""

    state: State
    reward: Tensor  # (b,) float
    done: Tensor  # (b,) bool: the episode is over, terminated or truncated
    truncated: Tensor  # (b,) bool: it is over by its time limit only

    @property
    def terminated(self) -> Tensor:
        """Bool `(b,)`: the episode has come to an end of its own."""
        return self.done & ~self.truncated


class Halves:
    """A graph cut at one actor: `reset`, `step`, `observe`. Runs without gradients.

    Raises:
        WiringError: the actor is never asked (it ends a loop with `times=1`).
    """

    def __init__(self, runtime: Runtime, actor: Actor) -> None:
        inner = runtime.program.path_to(actor)
        if inner and actor in inner[-1].tail and inner[-1].loop.times == 1:
            raise WiringError(
                f"{actor.name} is never asked: it ends a loop with times=1, and only a second time reads it"
            )
        self.runtime = runtime
        self.actor = actor
        self.names = variables(runtime.program, actor)
        self._seen = dict(_seen_by(actor, runtime.program))
        scope = runtime.define(halves_source(runtime.program, actor))
        self._reset, self._step = scope["reset"], scope["step"]
        self._unchecked = True  # the action, at the first step

    @torch.no_grad()
    def reset(self, n: int, active: Tensor | None = None) -> State:
        """Start `n` episodes and run up to the actor. `active` (n,): only these matter to a game.

        Raises:
            RuntimeError: episodes end before the actor is asked, again and again.
        """
        device = self.runtime.device
        waiting = everyone(n, device) if active is None else active
        state: State | None = None
        for _ in range(_TRIES):
            fresh, over = self._reset(n, device, self.runtime.calls(n), waiting)
            state = fresh if state is None else merge(waiting, fresh, state)
            waiting = over
            if not bool(over.any()):
                return state
        raise RuntimeError(f"{_TRIES} episodes in a row ended before {self.actor.name} was asked")

    @torch.no_grad()
    def step(self, state: State, action: Tensor, active: Tensor | None = None) -> StepResult:
        """Act in every episode and run up to the next decision (or the end of the episode).

        Args:
            state: from `reset` or the last step.
            action: `(n, …)`.
            active: `(n,)`, the episodes to go on with; the others stay where they are, without reward.

        Raises:
            PortValueError: the action is not what its port allows (first step only).
        """
        n, device = int(action.shape[0]), self.runtime.device
        if self._unchecked or self.runtime.check:
            check_value(self.actor.action, action, n)
            self._unchecked = False
            self.runtime.unchecked.discard(self.actor.name)
        active = everyone(n, device) if active is None else active
        after, reward, done, truncated = self._step(n, device, self.runtime.calls(n), active, state, action)
        return StepResult(merge(active, after, state), torch.where(active, reward, 0.0), done, truncated)

    def observe(self, state: State) -> dict[str, Tensor]:
        """What the actor reads now, by port, each `(n, …)`; a `Step` that the graph supplies is not among it."""
        return {name: state[self.names.index(variable)] for name, variable in self._seen.items()}

    def merge(self, mask: Tensor, new: State, old: State) -> State:
        """New state for the episodes in `mask` `(n,)`, old state for the others."""
        return merge(mask, new, old)


def _seen_by(actor: Actor, program: Program) -> Iterator[tuple[str, str]]:
    for port in actor.observation_ports():
        if port.source is not None and port not in program.feedback:
            yield port.name, port.source.variable
        elif port.type.supplied is None:
            yield port.name, port.variable
