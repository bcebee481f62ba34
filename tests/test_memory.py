"""Memory that is freed stays with the process."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from saccade.memory import keep

_PAGE = resource.getpagesize()
_SIZE = 64 << 20

# In a process of its own: what other tests left in the heap decides where large tensors find their places. At first several take turns.
COMMAND = f"""
import resource
import torch
from saccade.memory import keep

def new_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones({_SIZE}, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

assert keep()
print(new_pages(), new_pages())
"""


def test_large_tensors_come_without_new_pages() -> None:
    if not keep():
        pytest.skip("the allocator of this system cannot be set")
    done = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True)
    at_first, later = (int(pages) * _PAGE / _SIZE for pages in done.stdout.split())
    assert at_first < 10 and later < 1  # of twenty tensors
