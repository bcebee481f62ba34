"""Boxes in three parts."""

import pytest

from saccade.worlds.data.masked_folder import MaskedSplits

from .boxes import boxes


@pytest.fixture(scope="session")
def data() -> MaskedSplits:
    """36 images to train on, 8 for validation, 12 to test with."""
    return MaskedSplits(boxes(36, 1), boxes(8, 2), boxes(12, 3))
