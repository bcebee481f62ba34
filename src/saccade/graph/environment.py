"""One half of a graph as a Gymnasium environment, batched by nature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from torch import Tensor

from .errors import WiringError
from .halves import Halves, State
from .ports import In, Out

Picture = Callable[[Callable[[Out[Any]], Tensor]], Tensor]  # of the value of any port, uint8 `(n, height, width, 3)`
Observation = Any  # an array (n, …), or a dictionary of them where the actor has several inputs


def observation_space(halves: Halves) -> gym.Space[Any]:
    """One episode's observation: a Box for one port, a Dict for several.

    Raises:
        WiringError: the sizes of a port are not known from the wiring.
    """
    spaces = {port.name: _box(port) for port in halves.actor.observation_ports() if port.type.supplied is None}
    return next(iter(spaces.values())) if len(spaces) == 1 else gym.spaces.Dict(spaces)


def _box(port: In[Any]) -> gym.Space[Any]:
    sizes = port.sizes()
    if None in sizes:
        raise WiringError(
            f"{port.describe()} has an unknown size; state it in the type or as an attribute of the module"
        )
    shape = tuple(size for size in sizes if size is not None)
    wished = ("float32", "bool", "int64", *port.type.dtypes)
    kind = np.dtype(next(name for name in wished if name in port.type.dtypes))
    if kind.kind == "b":
        return gym.spaces.Box(0, 1, shape, np.bool_)
    if kind.kind == "f":
        return gym.spaces.Box(-np.inf, np.inf, shape, kind.type)
    return gym.spaces.Box(np.iinfo(kind).min, np.iinfo(kind).max, shape, kind.type)


def check_render_mode(render_mode: str | None, picture: Picture | None) -> None:
    """Refuse what cannot be drawn.

    Raises:
        ValueError: naming the modes that there are.
    """
    if render_mode is not None and (picture is None or render_mode != "rgb_array"):
        modes = "None" if picture is None else "None or 'rgb_array'"
        raise ValueError(f"render_mode is {render_mode!r}: it must be {modes}")


class GraphVectorEnv(VectorEnv[Any, Any, Any]):
    """`num_envs` episodes at once, each step one call of every module.

    Every autoreset mode of Gymnasium works. In `SAME_STEP`, `info["final_obs"]` holds the last
    observations, `(num_envs, …)`, valid where `info["_final_obs"]`. In `DISABLED`, restart some
    episodes with `reset(options={"reset_mask": mask})`. `reset(seed=…)` seeds every module.
    """

    def __init__(
        self,
        halves: Halves,
        num_envs: int,
        autoreset_mode: AutoresetMode = AutoresetMode.SAME_STEP,
        render_mode: str | None = None,
        picture: Picture | None = None,
    ) -> None:
        check_render_mode(render_mode, picture)
        if num_envs < 1:
            raise ValueError(f"num_envs={num_envs}: it must be 1 or more")
        self.halves = halves
        self.num_envs = num_envs
        self.autoreset_mode = autoreset_mode
        self.metadata = {"autoreset_mode": autoreset_mode, "render_modes": ["rgb_array"] if picture else []}
        self.render_mode, self._picture = render_mode, picture
        self.single_observation_space = observation_space(halves)
        self.single_action_space = halves.actor.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._state: State | None = None
        self._done = np.zeros(num_envs, dtype=np.bool_)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start all episodes, or those in `options["reset_mask"]`, bool `(num_envs,)`.

        Raises:
            ValueError: a mask of another shape or dtype.
        """
        super().reset(seed=seed)
        if seed is not None:
            self.halves.runtime.seed(seed)
        mask = (options or {}).get("reset_mask")
        if mask is not None and (np.shape(mask) != (self.num_envs,) or np.asarray(mask).dtype != np.bool_):
            raise ValueError(f"options['reset_mask'] must be bool of shape ({self.num_envs},), not {mask!r}")
        if mask is None or self._state is None:
            self._state = self.halves.reset(self.num_envs)
            self._done = np.zeros(self.num_envs, dtype=np.bool_)
        else:
            self._restart(np.asarray(mask))
        return self._observe(), {}

    def step(self, actions: Any) -> tuple[Observation, Any, Any, Any, dict[str, Any]]:
        """Act in every episode.

        Raises:
            gymnasium.error.ResetNeeded: before `reset`, or past the end with autoreset disabled.
            gymnasium.error.InvalidAction: actions of another shape or kind, NaN, or a choice that there is not.
        """
        if self._state is None:
            raise gym.error.ResetNeeded("call reset() before step()")
        stale = self._done
        if stale.any() and self.autoreset_mode is AutoresetMode.DISABLED:
            raise gym.error.ResetNeeded(
                f"episodes {np.flatnonzero(stale).tolist()} have ended; reset(options={{'reset_mask': mask}}) first"
            )
        result = self.halves.step(self._state, self._action(actions), self._mask(~stale))
        self._state = result.state
        done, truncated = result.done.cpu().numpy(), result.truncated.cpu().numpy()
        self._done, info = done, {}
        if stale.any():
            self._restart(stale)
        if done.any() and self.autoreset_mode is AutoresetMode.SAME_STEP:
            info = {"final_obs": self._observe(), "_final_obs": done}
            self._restart(done)
        reward = result.reward.cpu().numpy().astype(np.float64)
        return self._observe(), reward, done & ~truncated, done & truncated, info

    def render(self) -> tuple[Any, ...] | None:
        """A picture of every episode, uint8 `(height, width, 3)`; None without a render mode.

        Raises:
            gymnasium.error.ResetNeeded: before `reset`.
        """
        if self.render_mode is None or self._picture is None:
            return None
        if (state := self._state) is None:
            raise gym.error.ResetNeeded("call reset() before render()")
        names = self.halves.names
        drawn = self._picture(lambda port: cast(Tensor, state[names.index(port.variable)]))
        return tuple(drawn.cpu().numpy())

    def _restart(self, mask: Any) -> None:
        assert self._state is not None
        fresh = self._mask(mask)
        self._state = self.halves.merge(fresh, self.halves.reset(self.num_envs, fresh), self._state)
        self._done = self._done & ~mask

    def _mask(self, mask: Any) -> Tensor:
        return torch.from_numpy(mask).to(self.halves.runtime.device)

    def _action(self, actions: Any) -> Tensor:
        space, array = self.action_space, np.asarray(actions)
        fits = array.shape == space.shape and np.can_cast(array.dtype, space.dtype or array.dtype, "same_kind")
        if not fits or not np.isfinite(array).all():
            raise gym.error.InvalidAction(
                f"actions of {array.dtype}, shape {array.shape}; expected finite {space.dtype}, shape {space.shape}"
            )
        array = array.astype(space.dtype)
        # Noise may carry a policy out of a box of floats; a choice has to exist.
        if array.dtype.kind != "f" and not space.contains(array):
            raise gym.error.InvalidAction(f"actions {array.tolist()} are not in {space}")
        return torch.from_numpy(array).to(self.halves.runtime.device)

    def _observe(self) -> Observation:
        assert self._state is not None
        seen = {name: value.cpu().numpy() for name, value in self.halves.observe(self._state).items()}
        if isinstance(self.single_observation_space, gym.spaces.Dict):
            return {name: value.astype(self.single_observation_space[name].dtype) for name, value in seen.items()}
        return next(iter(seen.values())).astype(self.single_observation_space.dtype)


class GraphEnv(gym.Env[Any, Any]):
    """One episode at a time: the vector environment's first row."""

    def __init__(self, halves: Halves, render_mode: str | None = None, picture: Picture | None = None) -> None:
        self._many = GraphVectorEnv(halves, 1, AutoresetMode.DISABLED, render_mode, picture)
        self.observation_space = self._many.single_observation_space
        self.action_space = self._many.single_action_space
        self.metadata = {"render_modes": self._many.metadata["render_modes"], "render_fps": 15}
        self.render_mode = render_mode

    def render(self) -> Any:
        """A picture of the episode, uint8 `(height, width, 3)`; None without a render mode."""
        drawn = self._many.render()
        return None if drawn is None else drawn[0]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode."""
        super().reset(seed=seed)
        seen, _ = self._many.reset(seed=seed)
        return self._first(seen), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act."""
        seen, reward, terminated, truncated, _ = self._many.step(np.asarray(action)[None])
        return self._first(seen), float(reward[0]), bool(terminated[0]), bool(truncated[0]), {}

    def _first(self, seen: Observation) -> Any:
        if isinstance(seen, dict):
            return {name: value[0, ...] for name, value in seen.items()}
        return seen[0, ...]
