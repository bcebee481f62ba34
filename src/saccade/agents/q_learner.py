"""Deep Q-learning from a replay memory (Mnih et al. 2015, algorithm 1), with the extensions that have proved themselves."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import Graph, In, Module, WiringError
from saccade.graph.module import by_name
from saccade.graph.types import Supplied
from saccade.memory import keep as keep_memory

from .learner import DivergedError
from .moments import load_moments, moments_of, parted
from .player import Player
from .q_settings import Miss, Optimiser, QSettings
from .replay import Moment, Replay


@dataclass(frozen=True)
class QUpdate:
    """What an update saw."""

    loss: float  # of the values alone
    supervised_loss: float
    q: float  # mean value of the actions that were taken


class QBrain(nn.Module):
    """What lies between a memory and a player, as one function of remembered observations.

    Args:
        graph: the wired graph.
        player: whose values are wanted.
        memory: what is remembered.

    Raises:
        WiringError: the values depend on something that is not remembered, or on an earlier step.
    """

    def __init__(self, graph: Graph, player: Player, memory: Replay) -> None:
        super().__init__()
        brain = [module for module in graph.program.modules if not module.is_world and module is not player]
        self.parts = by_name(brain)
        kept = {port.source.variable: port.name for port in (memory.seen, memory.beside) if port.source is not None}
        made = {port.variable for module in brain for port in module.outputs()}
        for module in brain:
            for port in module.arguments():
                _check(graph, memory, port, made, kept)
        self._kept = kept
        self._q = player.q.fed_by().variable

    def forward(self, seen: Tensor, beside: Tensor) -> tuple[Tensor, Tensor]:
        """Values `(b, actions)` and the sum of all supervised losses, a scalar, of a batch of observations."""
        values = {variable: seen if name == "seen" else beside for variable, name in self._kept.items()}
        losses: list[Tensor] = []
        for module in self.parts.values():
            assert isinstance(module, Module)
            outputs = module.forward(*[self._input(port, values, len(seen)) for port in module.arguments()])
            for port, value in zip(
                module.outputs(), outputs if isinstance(outputs, tuple) else (outputs,), strict=True
            ):
                values[port.variable] = value
                if port.type.is_loss:
                    losses.append(value.mean())
        return values[self._q], functools.reduce(torch.add, losses) if losses else torch.zeros(())

    def _input(self, port: In[Any], values: Mapping[str, Tensor], n: int) -> Any:
        if port.type.supplied is Supplied.BATCH:
            return n
        value = values[port.fed_by().variable]
        return value.detach() if port.fed_by().detached else value


def _check(graph: Graph, memory: Replay, port: In[Any], made: set[str], kept: Mapping[str, str]) -> None:
    if port.type.supplied is Supplied.BATCH:
        return
    if port.type.supplied is not None or port.source is None:
        raise WiringError(f"{port}: what is remembered does not tell it; only values of one moment can be learned from")
    if port in graph.program.feedback:
        raise WiringError(
            f"{port.source} >> {port}: it is of an earlier step, and {memory.name} remembers single moments"
        )
    if port.source.variable not in made and port.source.variable not in kept:
        raise WiringError(
            f"{port.source} >> {port}: {memory.name} does not remember it; wire it to {memory.name}.seen or {memory.name}.beside"
        )


class QLearner:
    """Trains the brain of a graph on what a memory holds.

    Args:
        graph: with one player, and a memory in it.
        memory: to draw from.
        settings: see there.

    Raises:
        WiringError: see `QBrain`.
    """

    def __init__(self, graph: Graph, memory: Replay, settings: QSettings) -> None:
        keep_memory()
        (player,) = (actor for actor in graph.actors if isinstance(actor, Player))
        self.brain, self.memory, self.settings = QBrain(graph, player, memory), memory, settings
        self.renew()
        self.updates = 0
        parameters = [p for p in self.brain.parameters() if p.requires_grad]
        self.optimizer: torch.optim.Optimizer = (
            torch.optim.Adam(parameters, settings.learning_rate, eps=1.5e-4, fused=True)
            if settings.optimiser is Optimiser.ADAM
            # The paper adds up what a batch asks for; here it is the mean, and what keeps the divisor from 0 shrinks with it.
            else torch.optim.RMSprop(parameters, settings.learning_rate, 0.95, eps=0.1 / settings.batch, centered=True)
        )

    def update(self, progress: float = 0.0) -> QUpdate:
        """One step down the gradient of one batch; `progress`, 0 to 1, is the share of training that is done.

        Raises:
            DivergedError: the loss or its gradient is not finite; the weights are as before.
            ValueError: the memory is empty.
        """
        s = self.settings
        beta = s.beta + (1 - s.beta) * progress
        moment = self.memory.sample(s.batch, s.steps, s.discount, beta)
        aim = self.targets(moment)
        values, supervised = self.brain(moment.seen, moment.beside)
        taken = values.gather(1, moment.action[:, None])[:, 0]
        error = taken - aim
        cost = F.huber_loss(taken, aim, reduction="none") if s.miss is Miss.HUBER else 0.5 * error.square()
        loss = (moment.weight * cost).mean()
        found = QUpdate(loss.item(), supervised.item(), taken.mean().item())
        if not (math.isfinite(found.loss) and math.isfinite(found.supervised_loss)):
            beside = f", the supervised one {found.supervised_loss}" if found.supervised_loss else ""
            raise DivergedError(_diverged(f"the loss became {found.loss}{beside}"))
        self._descend(loss + supervised, s.learning_rate * (1 - (1 - s.final_rate) * progress))
        self.memory.surprise(moment.leaf, error)
        return found

    @torch.no_grad()
    def targets(self, moment: Moment) -> Tensor:
        """What the values of the actions should be, `(b,)`: rewards, and the discounted value of where they led."""
        judged = torch.func.functional_call(self.brain, self.target, (moment.then, moment.beside_then))[0]
        if self.settings.double:
            best = self.brain(moment.then, moment.beside_then)[0].argmax(1)
            value = judged.gather(1, best[:, None])[:, 0]
        else:
            value = judged.amax(1)
        aim: Tensor = moment.reward + moment.factor * value
        return aim

    def _descend(self, loss: Tensor, rate: float) -> None:
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        norm = float(nn.utils.clip_grad_norm_(parameters, self.settings.clip_norm, foreach=True))
        if not math.isfinite(norm):
            raise DivergedError(_diverged(f"the gradient's norm became {norm} while the loss was finite"))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.updates += 1
        if self.updates % self.settings.target_every == 0:
            self.renew()

    def renew(self) -> None:
        """The target network is the learning one again."""
        # A copy of parameters and buffers, laid out in memory as they are.
        self.target = {name: value.clone() for name, value in self.brain.state_dict().items()}

    def state(self) -> dict[str, Tensor]:
        """Target network, the optimiser's moments and the count of updates; the weights are the graph's."""
        found = {f"target/{name}": value for name, value in self.target.items()}
        found |= {f"moments/{path}": value for path, value in moments_of(self.optimizer).items()}
        return found | {"updates/": torch.tensor(self.updates)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = parted(state)
        for name, value in self.target.items():
            value.copy_(parts["target"][name])
        load_moments(self.optimizer, parts["moments"])
        self.updates = int(parts["updates"][""])


def _diverged(what: str) -> str:
    return f"{what}: train anew with a lower --learner.learning-rate, or look at what is remembered for values that are not finite"
