"""Does a batch-native vector environment keep Gymnasium's promises?"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv


class ConformanceError(AssertionError):
    """A vector environment breaks one of Gymnasium's rules; the message says which."""


def check_vector_env(env: VectorEnv[Any, Any, Any], max_steps: int = 1000, seed: int = 7) -> None:
    """Check spaces, shapes, dtypes, seeding, the autoreset mode and final observations.

    Args:
        env: the environment; it is reset and stepped with random actions.
        max_steps: episodes must end within so many steps.
        seed: for `reset` and the actions.

    Raises:
        ConformanceError: naming the rule and the value.
    """
    mode = env.metadata.get("autoreset_mode")
    _must(isinstance(mode, AutoresetMode), f"metadata['autoreset_mode'] is {mode!r}, not an AutoresetMode")
    _must(
        env.observation_space.shape is None or env.observation_space.shape[0] == env.num_envs,
        "observation_space is not batched by num_envs",
    )
    first, _ = env.reset(seed=seed)
    _check_observation(env, first, "reset")
    env.action_space.seed(seed)
    trail = _roll(env, max_steps, mode)
    again, _ = env.reset(seed=seed)
    _must(_equal(first, again), f"reset(seed={seed}) twice gives different observations")
    env.action_space.seed(seed)
    _must(
        _same_trail(trail, _roll(env, max_steps, mode)), f"the same seed ({seed}) and actions give different episodes"
    )
    other, _ = env.reset(seed=seed + 1)
    if not _equal(first, other):
        unseeded = [env.reset()[0] for _ in range(2)]
        _must(not _equal(unseeded[0], unseeded[1]), "reset() without a seed starts the same episodes again")


def _must(holds: bool, message: str) -> None:
    if not holds:
        raise ConformanceError(message)


def _roll(env: VectorEnv[Any, Any, Any], max_steps: int, mode: Any) -> list[tuple[Any, Any]]:
    """Step with random actions for two whole episodes of every row, checking each step."""
    finished = np.zeros(env.num_envs, dtype=int)
    ended = np.zeros(env.num_envs, dtype=bool)
    trail = []
    for _ in range(max_steps):
        if mode is AutoresetMode.DISABLED and ended.any():
            seen, _ = env.reset(options={"reset_mask": ended})
            _check_observation(env, seen, "reset(reset_mask)")
        stale = ended
        seen, reward, terminated, truncated, info = env.step(env.action_space.sample())
        _check_observation(env, seen, "step")
        _check_signals(env, reward, terminated, truncated)
        ended = np.asarray(terminated) | np.asarray(truncated)
        trail.append((seen, reward))
        if mode is AutoresetMode.SAME_STEP and ended.any():
            _check_final(env, info, ended)
        if mode is AutoresetMode.NEXT_STEP and stale.any():
            _must(not np.asarray(reward)[stale].any(), "NEXT_STEP: the step that resets pays a reward")
            _must(not ended[stale].any(), "NEXT_STEP: the step that resets ends the episode again")
        finished += ended
        if (finished >= 2).all():
            return trail
    raise ConformanceError(
        f"after {max_steps} steps the rows have finished {finished.tolist()} episodes; 2 each were expected"
    )


def _check_signals(env: VectorEnv[Any, Any, Any], reward: Any, terminated: Any, truncated: Any) -> None:
    for name, value in (("reward", reward), ("terminated", terminated), ("truncated", truncated)):
        _must(np.shape(value) == (env.num_envs,), f"{name} has shape {np.shape(value)}, not ({env.num_envs},)")
    _must(np.issubdtype(np.asarray(reward).dtype, np.floating), f"reward has dtype {np.asarray(reward).dtype}")
    _must(bool(np.isfinite(reward).all()), "a reward is not finite")
    for name, value in (("terminated", terminated), ("truncated", truncated)):
        _must(np.asarray(value).dtype == np.bool_, f"{name} has dtype {np.asarray(value).dtype}, not bool")


def _check_observation(env: VectorEnv[Any, Any, Any], seen: Any, where: str) -> None:
    _must(
        env.observation_space.contains(seen),
        f"the observation of {where} is not in observation_space ({env.observation_space})",
    )


def _check_final(env: VectorEnv[Any, Any, Any], info: dict[str, Any], ended: Any) -> None:
    _must(
        "final_obs" in info and "_final_obs" in info, "SAME_STEP: info has no 'final_obs' and '_final_obs' at the end"
    )
    _must(
        bool((np.asarray(info["_final_obs"]) == ended).all()),
        "SAME_STEP: '_final_obs' does not mark the ended episodes",
    )


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_equal(a[key], b[key]) for key in a)
    return bool(np.array_equal(a, b))


def _same_trail(a: list[tuple[Any, Any]], b: list[tuple[Any, Any]]) -> bool:
    return len(a) == len(b) and all(
        _equal(x[0], y[0]) and np.array_equal(x[1], y[1]) for x, y in zip(a, b, strict=True)
    )
