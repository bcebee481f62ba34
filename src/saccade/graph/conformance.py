"""Does a batch-native vector environment keep Gymnasium's promises?"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.vector import AutoresetMode, VectorEnv


class ConformanceError(AssertionError):
    """A vector environment breaks one of Gymnasium's rules; the message says which."""


def check_vector_env(env: VectorEnv[Any, Any, Any], max_steps: int = 1000, seed: int = 7) -> None:
    """Check spaces, shapes, dtypes, seeding, the autoreset mode and final observations.

    Args:
        env: the environment; it is reset and stepped with random actions.
        max_steps: within so many steps every row must end two episodes.
        seed: for `reset` and the actions.

    Raises:
        ConformanceError: naming the rule and the value.
    """
    declared = env.metadata.get("autoreset_mode")
    _must(isinstance(declared, AutoresetMode), f"metadata['autoreset_mode'] is {declared!r}, not an AutoresetMode")
    # The environment's own, where it has one: AtariVectorEnv (ale-py 0.12.1) shares its metadata with all others.
    mode = getattr(env.unwrapped, "autoreset_mode", declared)
    for name, space, single in (
        ("observation_space", env.observation_space, env.single_observation_space),
        ("action_space", env.action_space, env.single_action_space),
    ):
        _must(
            _fits(single, _rows(space.sample()), [True] * env.num_envs),
            f"{name} ({space}) is not {env.num_envs} times single_{name} ({single})",
        )
    first, trail = _run(env, max_steps, mode, seed)
    again, same = _run(env, max_steps, mode, seed)
    _must(_equal(first, again), f"reset(seed={seed}) twice gives different observations")
    _must(_equal(trail, same), f"the same seed ({seed}) and actions give different episodes")
    other, _ = env.reset(seed=seed + 1)
    if not _equal(first, other):
        unseeded = [deepcopy(env.reset()[0]) for _ in range(2)]
        _must(not _equal(unseeded[0], unseeded[1]), "reset() without a seed starts the same episodes again")


def _must(holds: bool, message: str) -> None:
    if not holds:
        raise ConformanceError(message)


def _run(env: VectorEnv[Any, Any, Any], max_steps: int, mode: Any, seed: int) -> tuple[Any, list[Any]]:
    """Reset, then step with random actions for two whole episodes of every row, checking each step."""
    seen, info = env.reset(seed=seed)
    env.action_space.seed(seed)
    _check_observation(env, seen, "reset")
    _must(isinstance(info, dict), f"reset returns {type(info).__name__} for info, not a dict")
    first, trail = deepcopy(seen), []
    finished, done = np.zeros(env.num_envs, dtype=int), np.zeros(env.num_envs, dtype=bool)
    for _ in range(max_steps):
        if mode is AutoresetMode.DISABLED and done.any():
            seen = _restart(env, seen, done)
        stale, before, kept = done, seen, deepcopy(seen)
        seen, reward, terminated, truncated, info = env.step(env.action_space.sample())
        _check_observation(env, seen, "step")
        _must(_equal(before, kept), "a step changes the observation that was returned before it")
        _check_signals(env, reward, terminated, truncated)
        done = np.asarray(terminated) | np.asarray(truncated)
        trail.append(deepcopy([seen, reward, terminated, truncated]))
        if mode is AutoresetMode.SAME_STEP and done.any():
            _check_final(env, info, done)
        if mode is AutoresetMode.NEXT_STEP and stale.any():
            _must(not np.asarray(reward)[stale].any(), "NEXT_STEP: the step that resets gives a reward")
            _must(not done[stale].any(), "NEXT_STEP: the step that resets ends the episode again")
        finished += done
        if (finished >= 2).all():
            return first, trail
    raise ConformanceError(
        f"after {max_steps} steps the rows have finished {finished.tolist()} episodes; 2 each were expected"
    )


def _restart(env: VectorEnv[Any, Any, Any], seen: Any, done: Any) -> Any:
    fresh, _ = env.reset(options={"reset_mask": done.copy()})
    _check_observation(env, fresh, "reset(reset_mask)")
    rows = zip(_rows(fresh), _rows(seen), done, strict=True)
    _must(all(_equal(a, b) for a, b, over in rows if not over), "reset(reset_mask) changes episodes not in the mask")
    return fresh


def _check_signals(env: VectorEnv[Any, Any, Any], reward: Any, terminated: Any, truncated: Any) -> None:
    for name, value in (("reward", reward), ("terminated", terminated), ("truncated", truncated)):
        _must(np.shape(value) == (env.num_envs,), f"{name} has shape {np.shape(value)}, not ({env.num_envs},)")
    kind = np.asarray(reward).dtype  # whole numbers are what games count in
    _must(kind.kind in "fiu", f"reward has dtype {kind}, not a number")
    _must(bool(np.isfinite(reward).all()), "a reward is not finite")
    for name, value in (("terminated", terminated), ("truncated", truncated)):
        _must(np.asarray(value).dtype == np.bool_, f"{name} has dtype {np.asarray(value).dtype}, not bool")


def _check_observation(env: VectorEnv[Any, Any, Any], seen: Any, where: str) -> None:
    fits = env.observation_space.contains(seen)
    _must(fits, f"the observation of {where} is not in observation_space ({env.observation_space})")


def _check_final(env: VectorEnv[Any, Any, Any], info: dict[str, Any], done: Any) -> None:
    lacking = [repr(name) for name in ("final_obs", "_final_obs") if name not in info]
    _must(not lacking, f"SAME_STEP: info has no {' and '.join(lacking)} at the end")
    marks = bool((np.asarray(info["_final_obs"]) == done).all())
    _must(marks, "SAME_STEP: '_final_obs' does not mark the episodes that are over")
    fits = _fits(env.single_observation_space, _rows(info["final_obs"]), done)
    _must(fits, "SAME_STEP: a row of 'final_obs' is not in single_observation_space")


def _rows(batch: Any) -> list[Any]:
    """One value an episode, of a batch of arrays, or of an array of objects as Gymnasium's environments give it."""
    if isinstance(batch, dict):
        return [dict(zip(batch, row, strict=True)) for row in zip(*map(_rows, batch.values()), strict=True)]
    if isinstance(batch, tuple):
        return list(zip(*map(_rows, batch), strict=True))
    return [batch[row] if batch.dtype == object else batch[row, ...] for row in range(len(batch))]


def _fits(space: Space[Any], rows: list[Any], chosen: Any) -> bool:
    return len(rows) == len(chosen) and all(space.contains(row) for row, of in zip(rows, chosen, strict=True) if of)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    return bool(np.array_equal(a, b))
