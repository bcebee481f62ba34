"""An optimiser's moments, to a checkpoint and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor


def parted(state: Mapping[str, Tensor]) -> defaultdict[str, dict[str, Tensor]]:
    """Tensors by the first part of their names, up to a slash, and then by the rest."""
    found: defaultdict[str, dict[str, Tensor]] = defaultdict(dict)
    for name, value in state.items():
        kind, _, rest = name.partition("/")
        found[kind][rest] = value
    return found


def moments_of(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Moments and step counts of every parameter, by `number/name`."""
    kept = optimizer.state_dict()["state"].items()
    return {f"{number}/{name}": value for number, moments in kept for name, value in moments.items()}


def load_moments(optimizer: torch.optim.Optimizer, state: Mapping[str, Tensor]) -> None:
    """Go on with kept moments.

    They are laid out in memory as their parameters are: a fused step goes through both in the order in which they lie there.
    """
    whole = optimizer.state_dict()
    numbers = [number for group in whole["param_groups"] for number in group["params"]]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    alike = dict(zip(numbers, parameters, strict=True))
    moments = {
        int(number): {name: _laid_out(value, alike[int(number)]) for name, value in kept.items()}
        for number, kept in parted(state).items()
    }
    optimizer.load_state_dict({"state": moments, "param_groups": whole["param_groups"]})


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value.clone()
