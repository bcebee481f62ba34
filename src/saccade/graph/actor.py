"""The module whose action is learned by reinforcement, and what is recorded of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from gymnasium import Space
from jaxtyping import Float
from torch import Tensor

from .check import check_inputs, check_value
from .errors import PortValueError, WiringError
from .module import Module
from .ports import In, Out


class Decision(NamedTuple):
    """What an actor decided at one step, for `b` episodes."""

    action: Tensor  # (b, …)
    log_prob: Tensor  # (b,)
    value: Tensor  # (b,), the estimate of the return from here
    entropy: Tensor  # (b,)


@dataclass(frozen=True)
class Trajectory:
    """All decisions of one actor in one pass, `t` steps of `b` episodes; stacked when asked for."""

    decisions: Sequence[Decision]
    masks: Sequence[Tensor | None]  # (b,) for each step; None: all
    reward: Tensor  # (t, b): the rewards between this decision and the episode's next, summed

    @cached_property
    def action(self) -> Tensor:
        """The actions taken, `(t, b, …)`."""
        return _stack([decision.action for decision in self.decisions])

    @cached_property
    def log_prob(self) -> Tensor:
        """Log-probabilities of the actions, `(t, b)`."""
        return _stack([decision.log_prob for decision in self.decisions])

    @cached_property
    def value(self) -> Tensor:
        """Estimates of the return, `(t, b)`."""
        return _stack([decision.value for decision in self.decisions])

    @cached_property
    def entropy(self) -> Tensor:
        """Entropies of the policy, `(t, b)`."""
        return _stack([decision.entropy for decision in self.decisions])

    @cached_property
    def whole(self) -> bool:
        """No masks were recorded, as in a loop without `until`: they may be left out."""
        return all(mask is None for mask in self.masks)

    @cached_property
    def active(self) -> Tensor:
        """Bool `(t, b)`: False where the episode had ended before the decision."""
        everyone = torch.ones_like(self.decisions[0].value, dtype=torch.bool)
        return torch.stack([everyone if mask is None else mask for mask in self.masks])


def _stack(column: list[Tensor]) -> Tensor:
    with torch.enable_grad():  # it is kept: the first caller may not need a gradient, the next one may
        return torch.stack(column)


class Actor(Module):
    """A module whose `action` is decided by a policy that learns from `reward`.

    A subclass declares `action: Out[…]` and its observation ports (every input but `reward`), and
    implements `decide`, whose parameters are the observation ports and `action` last. The reward
    of an action is the sum of what arrives at `reward` until the next action. In `eval()` mode an
    actor takes its most probable action.
    """

    reward: In[Float[Tensor, "b"]]
    if TYPE_CHECKING:  # every subclass declares it, with its own shape
        action: Out[Any]

    def __init__(self) -> None:
        super().__init__()
        if not hasattr(type(self), "decide"):
            raise WiringError(f"{type(self).__name__} must implement decide(*observation, action=None)")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "decide"):  # an abstract base
            return
        want = [name for name, (kind, _, _) in cls._declared.items() if kind is In and name != "reward"]
        have = list(inspect.signature(cls.decide).parameters)[1:]
        if have != [*want, "action"]:
            raise WiringError(
                f"{cls.__name__}.decide takes ({', '.join(have)}), but must take its observation ports and the "
                f"action, ({', '.join([*want, 'action'])})"
            )
        if [name for name, (kind, _, _) in cls._declared.items() if kind is Out] != ["action"]:
            raise WiringError(f"{cls.__name__} must declare one output port, `action: Out[…]`")

    @classmethod
    def _check_forward(cls) -> None:
        """Not used: an actor has `decide` instead."""

    @property
    def action_space(self) -> Space[Any]:
        """Gymnasium space of one episode's action; an actor that an environment is cut at must give it."""
        raise WiringError(f"{type(self).__name__} must give its `action_space` to be cut at as an environment")

    # Chooses an action, or evaluates the given one under the present policy. As in torch's `forward`, subclasses name their own observation ports.
    decide: Callable[..., Decision]

    def forward(self, *observation: Any) -> Tensor:
        """The action alone: how an actor runs inside another actor's environment."""
        decision: Decision = self.decide(*observation)
        return decision.action

    def observation_ports(self) -> list[In[Any]]:
        """The inputs that the policy sees: all but `reward`, which is noted when it is written."""
        return [port for port in self.inputs() if port.name != "reward"]

    def arguments(self) -> list[In[Any]]:
        """The observation ports."""
        return self.observation_ports()


def check_decision(actor: Actor, decision: Decision, episodes: int) -> None:
    """Check the action against its port; the rest is one number an episode.

    Raises:
        PortValueError: naming what has another type, dtype or shape.
    """
    check_value(actor.action, decision.action, episodes)
    for name, value in zip(Decision._fields[1:], decision[1:], strict=True):
        if value.shape != (episodes,):
            raise PortValueError(f"{actor.name}.decide: {name} has shape {tuple(value.shape)}, not ({episodes},)")


class Recorder:
    """Asks one actor at every step of a pass and keeps its decisions and rewards."""

    def __init__(
        self, actor: Actor, episodes: int, replayed: Sequence[Tensor] | None = None, check: bool = False
    ) -> None:
        self._actor = actor
        self._episodes = episodes
        self._replayed = replayed
        self._check = check
        self._decisions: list[Decision] = []
        self._active: list[Tensor | None] = []
        self._latest: int | Tensor = -1  # the step of each episode's latest decision; an int while all are in step
        self._rewards: list[tuple[int | Tensor, Tensor]] = []

    @property
    def actions(self) -> list[Tensor]:
        """The actions taken, in order."""
        return [decision.action for decision in self._decisions]

    def act(self, active: Tensor | None, *observation: Any) -> Tensor:
        """Decide for all episodes; `active` (b,) marks those that still run, None means all."""
        step = len(self._decisions)
        if self._check:
            check_inputs(self._actor.observation_ports(), observation, self._episodes)
        decision = self._actor.decide(*observation, action=None if self._replayed is None else self._replayed[step])
        if self._check:
            check_decision(self._actor, decision, self._episodes)
        self._decisions.append(decision)
        self._active.append(active)
        self._latest = step if active is None else torch.where(active, step, self._latest)
        return decision.action

    def reward(self, active: Tensor | None, value: Tensor) -> None:
        """Credit `value` (b,) to each episode's latest decision; before its first one it is dropped."""
        value = value.detach()
        self._rewards.append((self._latest, value if active is None else torch.where(active, value, 0.0)))

    def trajectory(self) -> Trajectory:
        """Everything recorded.

        Raises:
            ValueError: the actor was never asked.
        """
        if not self._decisions:
            raise ValueError(
                f"{self._actor.name} has no trajectory: it was never asked in this pass (a loop with times=1, or "
                "every episode over before its first turn)"
            )
        return Trajectory(self._decisions, self._active, self._reward(self._decisions[0].value.detach()))

    def _reward(self, like: Tensor) -> Tensor:
        """The reward after each decision, `(t, b)`."""
        sums: list[Tensor | None] = [None] * len(self._decisions)
        scattered: Tensor | None = None
        for step, value in self._rewards:
            value = value if value.dtype == like.dtype else value.to(like.dtype)
            if isinstance(step, Tensor):
                scattered = like.new_zeros(len(sums), *like.shape) if scattered is None else scattered
                scattered.scatter_add_(0, step.clamp(min=0)[None], torch.where(step >= 0, value, 0.0)[None])
            elif step >= 0:
                before = sums[step]
                sums[step] = value if before is None else before + value
        reward = torch.stack([torch.zeros_like(like) if each is None else each for each in sums])
        return reward if scattered is None else reward + scattered
