"""The module that hands control to reinforcement learning, and what is recorded of it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from gymnasium import Space
from jaxtyping import Float
from torch import Tensor

from .errors import WiringError
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
    """All decisions of one actor in one pass, `t` steps of `b` episodes."""

    action: Tensor  # (t, b, …)
    log_prob: Tensor  # (t, b)
    value: Tensor  # (t, b)
    entropy: Tensor  # (t, b)
    reward: Tensor  # (t, b): what was paid between this decision and the next
    active: Tensor  # (t, b) bool: False where the episode had ended before the decision


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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "decide" not in cls.__dict__:
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

    @property
    def action_space(self) -> Space[Any]:
        """Gymnasium space of one episode's action."""
        raise NotImplementedError

    def decide(self, *observation: Any, action: Tensor | None = None) -> Decision:
        """Choose an action, or judge the given one (`action`) as the present policy would."""
        raise NotImplementedError

    def observation_ports(self) -> list[In[Any]]:
        """The inputs that the policy sees: all but `reward`."""
        return [port for port in self.inputs() if port.name != "reward"]


class Recorder:
    """Asks one actor at every step of a pass and keeps its decisions and rewards."""

    def __init__(self, actor: Actor, replayed: Tensor | None = None) -> None:
        self._actor = actor
        self._replayed = replayed
        self._decisions: list[Decision] = []
        self._active: list[Tensor | None] = []
        self._rewards: list[tuple[int, Tensor]] = []

    def act(self, active: Tensor | None, *observation: Any) -> Tensor:
        """Decide for all episodes; `active` (b,) marks those that still run, None means all."""
        given = None if self._replayed is None else self._replayed[len(self._decisions)]
        decision = self._actor.decide(*observation, action=given)
        self._decisions.append(decision)
        self._active.append(active)
        return decision.action

    def reward(self, active: Tensor | None, value: Tensor) -> None:
        """Credit `value` (b,) to the latest decision; before the first one it belongs to nobody."""
        step = len(self._decisions) - 1
        if step >= 0:
            self._rewards.append((step, value.detach() if active is None else value.detach() * active))

    def trajectory(self) -> Trajectory:
        """Everything recorded, stacked."""
        action, log_prob, value, entropy = (torch.stack(column) for column in zip(*self._decisions, strict=True))
        reward = torch.zeros_like(value, requires_grad=False)
        for step, paid in self._rewards:
            reward[step] += paid
        everyone = torch.ones_like(value[0], dtype=torch.bool)
        active = torch.stack([everyone if mask is None else mask for mask in self._active])
        return Trajectory(action, log_prob, value, entropy, reward.detach(), active)
