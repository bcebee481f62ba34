"""A device for machines without a graphics card: it computes on the CPU, and is as strict as a card about where tensors are.

A `Pretended` tensor says that it is on torch's meta device, and its numbers are those of a tensor inside. Operations on tensors of both kinds fail as
those on tensors of two devices do; so does reading one as a NumPy array. What is computed is what the CPU computes, to the bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.optim import optimizer
from torch.utils import _foreach_utils
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

from saccade import devices

NAME = "meta"
_COPIES = (torch.ops.aten.copy_.default, torch.ops.aten._to_copy.default)  # between devices


class TwoDevicesError(AssertionError):
    """An operation on tensors of two devices."""


class Pretended(Tensor):
    """A tensor on the pretended device."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Pretended:
        made: Pretended = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype, device=NAME
        )  # fmt: skip
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})

    def __repr__(self) -> str:  # type: ignore[override]
        return f"Pretended({self.inner!r})"


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, Tensor)]
    there = [each for each in tensors if isinstance(each, Pretended)]
    wanted = kwargs.get("device")
    if not there and (wanted is None or torch.device(wanted).type != NAME):
        return func(*args, **kwargs)
    if there and func not in _COPIES and any(each.dim() and not isinstance(each, Pretended) for each in tensors):
        kinds = [f"{'device' if isinstance(each, Pretended) else 'cpu'} {tuple(each.shape)}" for each in tensors]
        raise TwoDevicesError(f"{func} of tensors on two devices: {', '.join(kinds)}")
    if wanted is not None:
        kwargs = {**kwargs, "device": "cpu"}
    bare_args, bare_kwargs = tree_map_only(Pretended, lambda each: each.inner, (args, kwargs))
    found = func(*bare_args, **bare_kwargs)
    to_cpu = wanted is not None and torch.device(wanted).type == "cpu"
    onto_cpu = func is torch.ops.aten.copy_.default and not isinstance(args[0], Pretended)
    if to_cpu or onto_cpu:
        return found
    same = {id(each.inner): each for each in there}  # in place: the same tensor comes back
    return tree_map_only(Tensor, lambda each: same[id(each)] if id(each) in same else Pretended(each), found)


@contextmanager
def pretended_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks that are made in here compute on the pretended device."""
    make = torch.tensor

    def tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
        return make(data, dtype=dtype).to(device or "cpu")

    def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
        return (
            data.to(device or data.device, dtype or data.dtype)
            if isinstance(data, Tensor)
            else tensor(data, dtype, device)
        )

    with monkeypatch.context() as patch:
        patch.setattr(devices, "resolved", lambda name: name)
        patch.setattr(torch, "tensor", tensor)  # torch's own makes a meta tensor at once
        patch.setattr(torch, "as_tensor", as_tensor)
        # Fused and foreach kernels ask what kinds of tensors and of devices they are for.
        known = [*_foreach_utils._get_foreach_kernels_supported_devices(), NAME]
        patch.setattr(_foreach_utils, "_get_foreach_kernels_supported_devices", lambda: known)
        patch.setattr(_foreach_utils, "_foreach_supported_types", [*_foreach_utils._foreach_supported_types, Pretended])
        fused = [*_foreach_utils._get_fused_kernels_supported_devices(), NAME]
        patch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: fused)
        # `Module.to` would otherwise put new contents into the old parameter, whose tensor inside stays.
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        try:
            with warnings.catch_warnings(), devices.computing_on(NAME), _Mode():
                warnings.filterwarnings("ignore", "for .*: copying from a non-meta parameter")  # here it is copied
                yield
        finally:
            torch.__future__.set_overwrite_module_params_on_conversion(False)
