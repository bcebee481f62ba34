from __future__ import annotations

import torch

from saccade.denormals import flushed


def test_they_are_zero_for_a_while() -> None:
    tiny = torch.tensor(1e-40)
    assert bool(tiny * 0.5)
    with flushed():
        assert not bool(tiny * 0.5)
        with flushed():
            pass
        assert not bool(tiny * 0.5)
    assert bool(tiny * 0.5)
