"""What one pass of a graph leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .actor import Actor, Recorder, Trajectory
from .module import Module
from .ports import Out

Outputs = Tensor | tuple[Tensor, ...]


class Trace:
    """One pass of `n` episodes: losses, trajectories, watched ports, and the world as it was.

    A trace can be replayed: `graph.unroll(n, replay=trace)` computes the brain again, with
    gradients, on the same world and the same actions.
    """

    def __init__(self, episodes: int, actors: list[Actor], replay: Trace | None) -> None:
        self.episodes = episodes
        self._recorders = {
            actor: Recorder(actor, replay.of(actor).action if replay is not None else None) for actor in actors
        }
        self._trajectories: dict[Actor, Trajectory] = {}
        self._losses: list[Tensor] = []
        self._watched: dict[str, list[Tensor]] = {}
        self._world: dict[Module, list[Outputs]] = {} if replay is None else replay._world
        self._replaying = replay is not None
        for actor, recorder in self._recorders.items():
            setattr(self, actor.name, recorder)

    # Called from compiled code ----------------------------------------------------------------

    def loss(self, active: Tensor | None, value: Tensor) -> None:
        """Add a supervised loss, `(b,)`."""
        self._losses.append(value.mean() if active is None else (value * active).mean())

    def watch(self, port: str, value: Tensor) -> None:
        """Keep a value of a watched port."""
        self._watched.setdefault(port, []).append(value)

    def world(self, module: Module) -> Callable[..., Outputs]:
        """The world module's `forward`, recording; or what it answered, in order, when replaying."""
        if self._replaying:
            answers = iter(self._world[module])
            return lambda *_: next(answers)
        kept = self._world.setdefault(module, [])

        def record(*inputs: Any) -> Outputs:
            kept.append(module.forward(*inputs))
            return kept[-1]

        return record

    # For the user -----------------------------------------------------------------------------

    @property
    def supervised_loss(self) -> Tensor:
        """The sum over all `Loss` ports and steps of the mean over episodes; a scalar, 0 if none."""
        return torch.stack(self._losses).sum() if self._losses else torch.zeros(())

    def of(self, actor: Actor) -> Trajectory:
        """The trajectory of one actor."""
        if actor not in self._trajectories:
            self._trajectories[actor] = self._recorders[actor].trajectory()
        return self._trajectories[actor]

    def __getitem__(self, port: Out[Any]) -> Tensor:
        """All values of a watched port, `(t, b, …)`.

        Raises:
            KeyError: the port was not watched in this pass.
        """
        if str(port) not in self._watched:
            raise KeyError(f"{port} was not watched: unroll(n, watch=[{port}])")
        return torch.stack(self._watched[str(port)])


def merge(mask: Tensor, new: tuple[Any, ...], old: tuple[Any, ...]) -> tuple[Any, ...]:
    """New values for the episodes in `mask` `(b,)`, old ones for the others."""
    if bool(mask.all()):
        return new
    return tuple(_pick(mask, a, b) for a, b in zip(new, old, strict=True))


def _pick(mask: Tensor, new: Tensor | None, old: Tensor | None) -> Tensor | None:
    if new is old or old is None or new is None:
        return old if new is None else new
    return torch.where(mask.view(-1, *[1] * (new.dim() - 1)), new, old)


def everyone(n: int, device: torch.device) -> Tensor:
    """All episodes, bool `(n,)`."""
    return torch.ones(n, dtype=torch.bool, device=device)


def nobody(n: int, device: torch.device) -> Tensor:
    """No episode, bool `(n,)`."""
    return torch.zeros(n, dtype=torch.bool, device=device)
