"""What only a process of its own can show: threads as they start, a heap that nothing has been in. One process for all."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any

import pytest

from saccade.memory import keep

_PAGE = resource.getpagesize()
_SIZE = 64 << 20

# Denormals first, before torch has threads; kernels last, after torch was given its number of threads.
COMMAND = f"""
import json
import resource
import sys
import torch
from saccade import cli, commands
from saccade.memory import keep

found = {{}}

def tell(_):
    torch.set_num_threads(2)
    found["denormals"] = int((torch.full((2**22,), 1e-30) * 1e-10).count_nonzero())

commands.COMMANDS["list"] = tell
cli.main(["list"])

def new_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.empty({_SIZE}, dtype=torch.uint8)[::{_PAGE}] = 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

torch.set_num_threads(1)
if keep():
    found["pages"] = new_pages(), new_pages()

assert "numba" not in sys.modules
torch.get_num_threads()
torch.set_num_threads(1)
from saccade import jit
found["threads"] = torch.get_num_threads(), jit.threads()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the process has found."""
    done = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_torch_keeps_its_number_of_threads_where_kernels_come_later(found: dict[str, Any]) -> None:
    assert found["threads"] == [1, 1]


def test_large_tensors_come_without_new_pages(found: dict[str, Any]) -> None:
    """Where the heap is one's own: what is left in it decides where large tensors find their places; at first several take turns."""
    if not keep():
        pytest.skip("the allocator of this system cannot be set")
    at_first, later = (pages * _PAGE / _SIZE for pages in found["pages"])
    assert at_first < 10 and later < 1  # of twenty tensors


def test_in_a_command_denormals_are_zero_on_every_thread(found: dict[str, Any]) -> None:
    assert found["denormals"] == 0
