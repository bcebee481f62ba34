"""What one pass of a graph leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
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
    gradients, on the same world, the same actions and the same exits from loops.
    """

    def __init__(
        self, episodes: int, actors: Iterable[Actor], replay: Trace | None = None, check: bool = False
    ) -> None:
        """An empty trace, or one that repeats the world's outputs of `replay`.

        Raises:
            ValueError: `replay` holds another number of episodes, or other actors.
        """
        self.episodes = episodes
        self._recorders: dict[Actor, Recorder]
        if replay is not None and (replay.episodes != episodes or set(replay._recorders) != set(actors)):
            raise ValueError(
                f"this trace holds {replay.episodes} episodes of its graph; it cannot replay {episodes} here"
            )
        self._recorders = {
            actor: Recorder(actor, episodes, replay._recorders[actor].actions if replay else None, check)
            for actor in actors
        }
        self.actors = SimpleNamespace(**{actor.name: recorder for actor, recorder in self._recorders.items()})
        self.worlds = SimpleNamespace()  # the world's `forward`s, set by the graph
        self._trajectories: dict[Actor, Trajectory] = {}
        self._losses: list[Tensor] = []
        self._watched: dict[str, list[Tensor]] = {}
        self._world: dict[Module, list[Outputs]] = replay._world if replay else {}
        self._masks: list[Tensor] = replay._masks if replay else []
        self._replayed_masks: Iterator[Tensor] | None = iter(self._masks) if replay else None

    # Called from compiled code ----------------------------------------------------------------

    def loss(self, active: Tensor | None, value: Tensor) -> None:
        """Add a supervised loss, `(b,)`."""
        self._losses.append(value if active is None else torch.where(active, value, 0.0))

    def watch(self, port: str, active: Tensor | None, value: Tensor) -> None:
        """Keep a value of a watched port; an episode that has left the loop keeps its last one."""
        kept = self._watched.setdefault(port, [])
        kept.append(value if active is None or not kept else pick(active, value, kept[-1]))

    def running(self, mask: Tensor) -> Tensor:
        """The episodes `(b,)` that stay in a loop; as they did at the time, when replaying."""
        if self._replayed_masks is not None:
            return next(self._replayed_masks)
        self._masks.append(mask)
        return mask

    def world(self, module: Module, forward: Callable[..., Outputs]) -> Callable[..., Outputs]:
        """A world module's `forward`, recording; or its recorded outputs, in order, when replaying."""
        if self._replayed_masks is not None:
            answers = iter(self._world[module])
            return lambda *_: next(answers)
        kept = self._world.setdefault(module, [])

        def record(*inputs: Any) -> Outputs:
            with torch.no_grad():  # a replay could not pass a gradient through it either
                kept.append(forward(*inputs))
            return kept[-1]

        return record

    def recorded(self, module: Module) -> list[Outputs]:
        """The outputs of a world module, call by call."""
        return self._world[module]

    # For the user -----------------------------------------------------------------------------

    @property
    def supervised_loss(self) -> Tensor:
        """The sum over all `Loss` ports and steps of the mean over episodes; a scalar, 0 if none."""
        if not self._losses:
            return torch.zeros((), device="cpu")  # a number can be added to values on any device
        return torch.stack(self._losses).mean(1).sum()

    def asked(self, actor: Actor) -> bool:
        """Whether the actor was asked at all: every episode may have ended before its first turn."""
        return bool(self._recorders[actor].actions)

    def of(self, actor: Actor) -> Trajectory:
        """The trajectory of one actor.

        Raises:
            ValueError: the actor was never asked in this pass.
            KeyError: it is not in the graph.
        """
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
    return tuple(pick(mask, a, b) for a, b in zip(new, old, strict=True))


def pick(mask: Tensor, new: Any, old: Any) -> Any:
    """The same for one value; None stands for one not yet written."""
    if new is old or old is None or new is None:
        return old if new is None else new
    return torch.where(mask.view(-1, *[1] * (new.dim() - 1)), new, old)


def everyone(n: int, device: torch.device) -> Tensor:
    """All episodes, bool `(n,)`."""
    return torch.ones(n, dtype=torch.bool, device=device)


def nobody(n: int, device: torch.device) -> Tensor:
    """No episode, bool `(n,)`."""
    return torch.zeros(n, dtype=torch.bool, device=device)
