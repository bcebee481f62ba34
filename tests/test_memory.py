"""Memory that is freed stays with the process."""

from __future__ import annotations

import resource

import pytest
import torch

from saccade.memory import keep

_PAGE = resource.getpagesize()


def test_large_tensors_come_without_new_pages() -> None:
    if not keep():
        pytest.skip("the allocator of this system cannot be told")
    size = 64 << 20
    torch.ones(size, dtype=torch.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(size, dtype=torch.uint8)
    # Two places in memory may take turns at first.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 4 * size // _PAGE
