"""The replay buffer of a policy at the end of a loop.

It stands in the graph: whatever is wired to `observation` is what it stores, be it a screen or the output of a frozen encoder.
"""

from __future__ import annotations

from pathlib import Path

from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In

from .stored_transitions import StoredTransitions


class Replay(StoredTransitions):
    """Stores the observation, and the outcome of the action before it: it stands behind a `Game`.

    Args: see `StoredTransitions`.
    """

    observation: In[UInt8[Tensor, "b depth height width"]]
    extras: In[Float[Tensor, "b extra_features"]] = In(init=0)
    action: In[Int[Tensor, "b"]] = In(init=0)
    reward: In[Float[Tensor, "b"]]
    terminal: In[Bool[Tensor, "b"]]  # the next observation is of a terminal state: no reward of a later step counts
    shown: In[Bool[Tensor, "b"]] = In(
        init=True
    )  # the environment has shown the observation; else no transition leads to it
    fresh: In[Fresh]
    active: In[Active]

    def forward(
        self, observation: Tensor, extras: Tensor, action: Tensor, reward: Tensor, terminal: Tensor, shown: Tensor, fresh: Tensor,
        active: Tensor,
    ) -> tuple[()]:  # fmt: skip
        """Store the outcome of the last action, and the observation."""
        frames, labels = self._rows(observation), extras.numpy()
        self._decided((active & ~fresh).numpy(), action, reward, terminal, shown, frames, labels)
        self._begin((active & fresh).numpy(), frames, labels)
        return ()

    def stored(self) -> dict[str, str]:
        """See `StoredTransitions.stored`."""
        return {port.source.variable: port.name for port in (self.observation, self.extras) if port.source is not None}


class EncodedReplay(Replay):
    """The same of feature vectors, such as the output of a frozen encoder: computed once, and stored as they are.

    Args:
        capacity, games, folder, about, slack, extras, alpha: see `Replay`.
        shape: `(features,)`.
    """

    observation: In[Float[Tensor, "b features"]]

    _DTYPE = "float32"

    def __init__(
        self, capacity: int, games: int, shape: tuple[int, ...], folder: Path | None = None, about: str = "",
        slack: int = 0, extras: int = 0, alpha: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(capacity, games, shape, folder, about, slack, extras, alpha, stacked=False)

    def _name_axes(self, shape: tuple[int, ...]) -> None:
        (self.features,) = shape
