"""One half of a graph as a Gymnasium environment, batched by nature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from torch import Tensor

from .errors import WiringError
from .ports import In

if TYPE_CHECKING:
    from .graph import Halves, State

Observation = Any  # an array (n, …), or a dictionary of them where the actor has several inputs


def observation_space(halves: Halves) -> gym.Space[Any]:
    """One episode's observation: a Box for one port, a Dict for several.

    Raises:
        WiringError: the sizes of a port are not known from the wiring.
    """
    ports = [p for p in halves.actor.observation_ports() if not (p.source is None and p.type.supplied)]
    spaces = {port.name: _box(port) for port in ports}
    return next(iter(spaces.values())) if len(spaces) == 1 else gym.spaces.Dict(spaces)


def _box(port: In[Any]) -> gym.Space[Any]:
    sizes = port.sizes()
    if None in sizes:
        raise WiringError(
            f"{port.describe()} has an unknown size; state it in the type or as an attribute of the module"
        )
    shape = tuple(size for size in sizes if size is not None)
    allowed = port.type.dtypes
    if "float32" in allowed:
        return gym.spaces.Box(-np.inf, np.inf, shape, np.float32)
    if "bool" in allowed:
        return gym.spaces.Box(0, 1, shape, np.bool_)
    kind = np.dtype("int64" if "int64" in allowed else allowed[0])
    info = np.iinfo(kind)
    return gym.spaces.Box(info.min, info.max, shape, kind.type)


class GraphVectorEnv(VectorEnv[Any, Any, Any]):
    """`num_envs` episodes at once, each step one call of every module.

    Every autoreset mode of Gymnasium works. In `SAME_STEP`, `info["final_obs"]` holds the last
    observations, `(num_envs, …)`, valid where `info["_final_obs"]`. In `DISABLED`, restart some
    episodes with `reset(options={"reset_mask": mask})`. `reset(seed=…)` seeds every module.
    """

    def __init__(self, halves: Halves, num_envs: int, autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs={num_envs}: it must be 1 or more")
        self.halves = halves
        self.num_envs = num_envs
        self.autoreset_mode = autoreset_mode
        self.metadata = {"autoreset_mode": autoreset_mode, "render_modes": []}
        self.render_mode = None
        self.single_observation_space = observation_space(halves)
        self.single_action_space = halves.actor.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._state: State | None = None
        self._ended = np.zeros(num_envs, dtype=np.bool_)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start all episodes, or those in `options["reset_mask"]`."""
        super().reset(seed=seed)
        if seed is not None:
            self.halves.graph.seed(seed)
        mask = None if options is None else options.get("reset_mask")
        if mask is None or self._state is None:
            self._state = self.halves.reset(self.num_envs)
            self._ended[:] = False
        else:
            self._restart(np.asarray(mask, dtype=np.bool_))
        return self._observe(), {}

    def step(self, actions: Any) -> tuple[Observation, Any, Any, Any, dict[str, Any]]:
        """Act in every episode.

        Raises:
            gymnasium.error.ResetNeeded: before `reset`, or past the end with autoreset disabled.
            gymnasium.error.InvalidAction: actions of another shape, or NaN.
        """
        if self._state is None:
            raise gym.error.ResetNeeded("call reset() before step()")
        stale = self._ended.copy()
        if stale.any() and self.autoreset_mode is AutoresetMode.DISABLED:
            raise gym.error.ResetNeeded(
                f"episodes {np.flatnonzero(stale).tolist()} have ended; reset(options={{'reset_mask': mask}}) first"
            )
        return self._advance(self._action(actions), stale)

    def _advance(self, action: Tensor, stale: Any) -> tuple[Observation, Any, Any, Any, dict[str, Any]]:
        assert self._state is not None
        running = torch.from_numpy(~stale)
        ended = np.zeros(self.num_envs, dtype=np.bool_)
        late, reward = ended.copy(), np.zeros(self.num_envs, dtype=np.float64)
        if running.any():
            done = self.halves.step(self._state, action, running)
            self._state = self.halves.merge(running, done.state, self._state)
            ended = done.ended.numpy() & ~stale
            late = done.late.numpy() & ended
            reward = np.where(stale, 0.0, done.reward.numpy().astype(np.float64))
        self._ended = ended
        if stale.any():
            self._restart(stale)
        info: dict[str, Any] = {}
        if ended.any() and self.autoreset_mode is AutoresetMode.SAME_STEP:
            info = {"final_obs": self._observe(), "_final_obs": ended.copy()}
            self._restart(ended.copy())
        return self._observe(), reward, ended & ~late, late, info

    def _restart(self, mask: Any) -> None:
        assert self._state is not None
        fresh = torch.from_numpy(mask)
        self._state = self.halves.merge(fresh, self.halves.reset(self.num_envs, fresh), self._state)
        self._ended = self._ended & ~mask

    def _action(self, actions: Any) -> Tensor:
        array = np.asarray(actions, dtype=self.single_action_space.dtype)
        if array.shape != self.action_space.shape or not np.isfinite(array).all():
            raise gym.error.InvalidAction(
                f"actions of shape {array.shape} (finite: {bool(np.isfinite(array).all())}); "
                f"expected finite {self.single_action_space.dtype} of shape {self.action_space.shape}"
            )
        return torch.from_numpy(array.copy())

    def _observe(self) -> Observation:
        assert self._state is not None
        seen = {name: value.numpy().copy() for name, value in self.halves.observe(self._state).items()}
        return seen if isinstance(self.single_observation_space, gym.spaces.Dict) else next(iter(seen.values()))


class GraphEnv(gym.Env[Any, Any]):
    """One episode at a time: the vector environment's first row."""

    def __init__(self, halves: Halves) -> None:
        self._many = GraphVectorEnv(halves, 1, AutoresetMode.DISABLED)
        self.observation_space = self._many.single_observation_space
        self.action_space = self._many.single_action_space
        self.metadata = {"render_modes": []}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode."""
        super().reset(seed=seed)
        seen, _ = self._many.reset(seed=seed)
        return self._first(seen), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act."""
        seen, reward, ended, late, _ = self._many.step(np.asarray(action)[None])
        return self._first(seen), float(reward[0]), bool(ended[0]), bool(late[0]), {}

    def _first(self, seen: Observation) -> Any:
        if isinstance(seen, dict):
            return {name: value[0] for name, value in seen.items()}
        return seen[0]
