"""Deep Q-learning from a replay buffer (Mnih et al. 2015, algorithm 1), with the extensions that are in common use."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import Actor, Graph, In, Module, WiringError
from saccade.graph.module import by_name
from saccade.graph.types import Supplied
from saccade.memory import keep as keep_memory

from .epsilon_greedy import EpsilonGreedy
from .learner import DivergedError
from .optimizer_state import by_prefix, load_optimizer_state, optimizer_state, with_prefix
from .q_networks import QNetwork
from .q_settings import Optimiser, QSettings, ValueLoss
from .schedule import check_progress, linear
from .stored_transitions import Seen, StoredTransitions, Transitions


@dataclass(frozen=True)
class QUpdate:
    """Losses and values of one update."""

    loss: float  # of the action values alone
    supervised_loss: float
    q: float  # mean value of the actions taken


class QBrain(nn.Module):
    """Everything between a replay buffer and a policy, as one function of what is stored.

    Of several policies in a graph each has a brain of its own: the modules that its action values, and losses, are computed by from what
    its replay buffer stores.

    Args:
        graph: the wired graph.
        policy: whose action values are computed.
        replay: where the observations are stored.

    Raises:
        WiringError: the values depend on something that is not stored, or on an earlier step.
    """

    def __init__(self, graph: Graph, policy: EpsilonGreedy, replay: StoredTransitions) -> None:
        super().__init__()
        self._stored = replay.stored()
        self._q = policy.q.fed_by().variable
        brain = _between(graph, policy, self._stored)
        self.parts = by_name(brain)
        computed = {port.variable for module in brain for port in module.outputs()}
        for module in brain:
            for port in module.arguments():
                _check(graph, replay, port, computed, self._stored)

    def forward(self, seen: Seen) -> tuple[Tensor, Tensor]:
        """Action values `(b, actions)` and the sum of all supervised losses, a scalar, of a batch."""
        values: dict[str, Tensor] = {variable: getattr(seen, name) for variable, name in self._stored.items()}
        losses: list[Tensor] = []
        for module in self.parts.values():
            assert isinstance(module, Module)
            outputs = module.forward(*[self._input(port, values, len(seen.observation)) for port in module.arguments()])
            for port, value in zip(
                module.outputs(), outputs if isinstance(outputs, tuple) else (outputs,), strict=True
            ):
                values[port.variable] = value
                if port.type.is_loss:
                    losses.append(value.mean())
        supervised = functools.reduce(torch.add, losses) if losses else torch.zeros((), device=values[self._q].device)
        return values[self._q], supervised

    def _input(self, port: In[Any], values: Mapping[str, Tensor], n: int) -> Any:
        if port.type.supplied is Supplied.BATCH:
            return n
        value = values[port.fed_by().variable]
        return value.detach() if port.fed_by().detached else value


def _between(graph: Graph, policy: EpsilonGreedy, stored: Mapping[str, str]) -> list[Module]:
    """The modules of a policy's brain, in order; of the only policy that learns, all that are neither world nor actor."""
    modules = [module for module in graph.program.modules if not module.is_world and not isinstance(module, Actor)]
    if len(graph.actors) == 1:
        return modules
    maker = {port.variable: module for module in modules for port in module.outputs()}

    def needs(port: In[Any]) -> set[Module]:
        module = None if port.source is None or port.source.variable in stored else maker.get(port.source.variable)
        return set() if module is None else {module}.union(*map(needs, module.arguments()))

    def is_stored(module: Module) -> bool:
        """Whether all that a module computes from is stored here: of several learners one has its loss."""
        sources = [port.source for each in {module}.union(*map(needs, module.arguments())) for port in each.arguments()]
        found = {source.variable for source in sources if source is not None and source.variable not in maker}
        return bool(found) and found <= stored.keys()

    wanted = needs(policy.q)
    for module in modules:
        if any(port.type.is_loss for port in module.outputs()) and is_stored(module):
            wanted |= {module}.union(*map(needs, module.arguments()))
    return [module for module in modules if module in wanted]


def _check(
    graph: Graph, replay: StoredTransitions, port: In[Any], computed: set[str], stored: Mapping[str, str]
) -> None:
    if port.type.supplied is Supplied.BATCH:
        return
    if port.type.supplied is not None or port.source is None:
        raise WiringError(f"{port}: no transition holds it; only what one observation determines can be learned from")
    if port in graph.program.feedback:
        raise WiringError(
            f"{port.source} >> {port}: it comes from an earlier step, and {replay.name} stores single transitions"
        )
    if port.source.variable not in computed and port.source.variable not in stored:
        raise WiringError(
            f"{port.source} >> {port}: {replay.name} does not store it; wire it to {replay.name}.observation or {replay.name}.extras"
        )


class QLearner:
    """Trains the brain of a policy on the transitions of a replay buffer. A graph with several policies has a learner for each.

    Args:
        graph: with an ε-greedy policy, and a replay buffer in it.
        replay: the replay buffer to sample from.
        settings: see there.
        policy: whose action values are learned; None: the only one's.

    Attributes:
        target: the target network, in the precision that it is computed with.
        updates: how many there have been.

    Raises:
        WiringError: see `QBrain`.
    """

    def __init__(
        self, graph: Graph, replay: StoredTransitions, settings: QSettings, policy: EpsilonGreedy | None = None
    ) -> None:
        keep_memory()
        if policy is None:
            (policy,) = (actor for actor in graph.actors if isinstance(actor, EpsilonGreedy))
        self.brain, self.replay, self.settings = QBrain(graph, policy, replay), replay, settings
        self._beta, self._rate = linear(settings.beta, 1.0), linear(1.0, settings.final_rate)
        self.target = twin(self.brain).requires_grad_(False)
        for module in self.target.modules():
            if isinstance(module, QNetwork):
                module.freeze()
        self.updates = 0
        self._device = graph.device
        self._parameters = parameters = [p for p in self.brain.parameters() if p.requires_grad]
        self.optimizer = _optimizer(settings, parameters)

    def update(self, progress: float = 0.0) -> QUpdate:
        """One gradient step on one minibatch; `progress`, 0 to 1, is the share of training that is done.

        Raises:
            DivergedError: the loss or its gradient is not finite; the weights are as before.
            ValueError: the replay buffer is empty, or `progress` not between 0 and 1.
        """
        check_progress(progress)
        s = self.settings
        batch = self.replay.sample(s.batch, s.n_step, s.discount, self._beta.at(progress)).to(self._device)
        target = self.targets(batch)
        values, supervised = self.brain(batch.before)
        taken = values.gather(1, batch.action[:, None])[:, 0]
        error = taken - target
        cost = F.huber_loss(taken, target, reduction="none") if s.loss is ValueLoss.HUBER else 0.5 * error.square()
        loss = (batch.weight * cost).mean()
        found = QUpdate(loss.item(), supervised.item(), taken.mean().item())
        if not (math.isfinite(found.loss) and math.isfinite(found.supervised_loss)):
            also = f", the supervised one {found.supervised_loss}" if found.supervised_loss else ""
            raise DivergedError(_diverged(f"the loss became {found.loss}{also}"))
        self._descend(loss + supervised, s.learning_rate * self._rate.at(progress))
        self.replay.update_priorities(batch.index, error)
        return found

    @torch.no_grad()
    def targets(self, batch: Transitions) -> Tensor:
        """Targets of the action values, `(b,)`: rewards, and the discounted value of the next observation."""
        values = self.target(batch.after)[0]
        if self.settings.double:
            best = self.brain(batch.after)[0].argmax(1)
            value = values.gather(1, best[:, None])[:, 0]
        else:
            value = values.amax(1)
        target: Tensor = batch.reward + batch.discount * value
        return target if batch.goal is None else target.clamp(0.0, 1.0)  # a goal is worth 1, once

    def _descend(self, loss: Tensor, rate: float) -> None:
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = nn.utils.get_total_norm([p.grad for p in self._parameters if p.grad is not None], foreach=True)
        if not math.isfinite(float(norm)):
            raise DivergedError(_diverged(f"the gradient's norm became {float(norm)} while the loss was finite"))
        if float(norm) > self.settings.clip_norm:  # else it would be multiplied by 1
            nn.utils.clip_grads_with_norm_(self._parameters, self.settings.clip_norm, norm, foreach=True)
        # RMSprop and Adam do not care how large gradients are in all.
        share = self.settings.batch if self.settings.optimiser is Optimiser.SGD else 1
        for group in self.optimizer.param_groups:
            group["lr"] = rate * share
        self.optimizer.step()
        self.updates += 1
        if self.updates % self.settings.target_every == 0:
            self.update_target()

    @property
    def uncentred(self) -> list[QNetwork]:
        """Networks of pixels that are not centred yet; those of another run's weights are."""
        networks = (module for module in self.brain.modules() if isinstance(module, QNetwork))
        return [network for network in networks if not bool(network.mean.any())]

    def centre(self, observation: Tensor) -> None:
        """Before the first update: centre networks of pixels on the mean of some observations.

        Args:
            observation: `(n, depth, height, width)` uint8.
        """
        for network in self.uncentred:
            network.centre(observation)
        self.update_target()

    def update_target(self) -> None:
        """Copy the online network into the target network."""
        now = self.brain.state_dict()
        for name, value in self.target.state_dict().items():
            value.copy_(now[name])

    def state(self) -> dict[str, Tensor]:
        """Target network, the optimiser's state and the count of updates; the weights are the graph's."""
        found = with_prefix("target", self.target.state_dict()) | with_prefix(
            "optimizer", optimizer_state(self.optimizer)
        )
        return found | {"updates/": torch.tensor(self.updates, device="cpu")}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = by_prefix(state)
        for name, value in self.target.state_dict().items():
            value.copy_(parts["target"][name])
        load_optimizer_state(self.optimizer, parts["optimizer"])
        self.updates = int(parts["updates"][""])


def _optimizer(settings: QSettings, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimiser; two of them are for the sum over a minibatch, and the loss is the mean."""
    if settings.optimiser is Optimiser.ADAM:
        return torch.optim.Adam(parameters, settings.learning_rate, eps=1.5e-4, fused=True)
    if settings.optimiser is Optimiser.SGD:
        return torch.optim.SGD(parameters, settings.learning_rate)
    # The constant in the denominator shrinks with the gradients.
    return torch.optim.RMSprop(parameters, settings.learning_rate, 0.95, eps=0.1 / settings.batch, centered=True)


def twin(module: nn.Module) -> nn.Module:
    """The same module, ports and all, with parameters and buffers of its own. A deep copy would copy the graph and the games as well."""
    found = copy.copy(module)
    found._parameters = {
        name: None if value is None else nn.Parameter(value.detach().clone())
        for name, value in module._parameters.items()
    }
    found._buffers = {name: None if value is None else value.clone() for name, value in module._buffers.items()}
    found._modules = {name: None if each is None else twin(each) for name, each in module._modules.items()}
    return found


def _diverged(what: str) -> str:
    return f"{what}: train anew with a lower --learner.learning-rate, or look for values in the replay buffer that are not finite"
