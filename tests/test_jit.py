from __future__ import annotations

import os
import sys
import threading

import numpy as np
import numpy.typing as npt
import pytest

from saccade.jit import kernel, spread, threads


@kernel
def mark(share: int, shares: int, places: npt.NDArray[np.int64]) -> None:
    for place in range(share, len(places), shares):
        places[place] = share


@pytest.mark.parametrize("shares", [1, 2, 5])
def test_every_share_is_worked_on(shares: int) -> None:
    places = np.full(11, -1)
    spread(mark, shares, places)
    assert places.tolist() == [place % shares for place in range(11)]


def test_one_share_needs_no_thread() -> None:
    on: list[str] = []
    spread(lambda share, shares: on.append(threading.current_thread().name), 1)
    assert on == [threading.current_thread().name]


def test_an_error_in_a_share_is_raised() -> None:
    def wrong(share: int, shares: int) -> None:
        raise ValueError(f"share {share}")

    with pytest.raises(ValueError, match="share 0"):
        spread(wrong, 2)


def test_as_many_threads_as_torch_has() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    assert threads() == 1
    torch.set_num_threads(before)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_starts_threads_of_its_own() -> None:
    spread(mark, 2, np.zeros(4, np.int64))
    child = os.fork()
    if not child:
        places = np.full(4, -1)
        spread(mark, 2, places)
        os._exit(0 if places.tolist() == [0, 1, 0, 1] else 1)
    assert os.waitpid(child, 0)[1] == 0
