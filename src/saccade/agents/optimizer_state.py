"""The state of an optimiser as named tensors, to a checkpoint and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor


def by_prefix(state: Mapping[str, Tensor]) -> defaultdict[str, dict[str, Tensor]]:
    """Tensors by the first part of their names, up to a slash, and then by the rest."""
    found: defaultdict[str, dict[str, Tensor]] = defaultdict(dict)
    for name, value in state.items():
        kind, _, rest = name.partition("/")
        found[kind][rest] = value
    return found


def with_prefix(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under `prefix/name`."""
    return {f"{prefix}/{name}": value for name, value in state.items()}


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Running averages and step counts of every parameter, by `number/name`."""
    kept = optimizer.state_dict()["state"].items()
    return {f"{number}/{name}": value for number, each in kept for name, value in each.items()}


def load_optimizer_state(optimizer: torch.optim.Optimizer, state: Mapping[str, Tensor]) -> None:
    """Go on with an `optimizer_state`.

    The tensors get the memory layout of their parameters: a fused step goes through both in the order in which they are stored.
    """
    whole = optimizer.state_dict()
    numbers = [number for group in whole["param_groups"] for number in group["params"]]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    alike = dict(zip(numbers, parameters, strict=True))
    loaded = {
        int(number): {name: _laid_out(value, alike[int(number)]) for name, value in kept.items()}
        for number, kept in by_prefix(state).items()
    }
    optimizer.load_state_dict({"state": loaded, "param_groups": whole["param_groups"]})


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value.clone()
