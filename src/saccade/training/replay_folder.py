"""Where a run keeps its replay buffers: they are freed when it has ended, and fill again if it goes on beyond its budget."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from saccade.command_line import warn
from saccade.disk import write_text
from saccade.runs import RunDirectory, RunError
from saccade.runs.columns import has_columns

_REFILLED = "refilled-from"  # names the checkpoint that buffers which had been freed were filled anew after


class ReplayFolder:
    """The folder of the replay buffers in a run directory.

    Args:
        path: of it.
        buffers: the folders of the buffers in it; "": there is one, in the folder itself.
    """

    def __init__(self, path: Path, buffers: Sequence[str] = ("",)) -> None:
        self.path, self._buffers = path, buffers

    def is_freed(self, checkpoint: str) -> bool:
        """Whether a run that goes on has to do so without the buffers of its checkpoint, as it had ended before. They are empty then.

        Args:
            checkpoint: what tells this one from later ones.

        Raises:
            RunError: they are missing or not whole, and the run had not ended.
        """
        mark = self.path / _REFILLED
        killed = mark.exists() and mark.read_text(encoding="utf-8") == checkpoint  # before its next checkpoint
        if not killed and all(has_columns(self.path / name) for name in self._buffers):
            return False
        if not RunDirectory.open(self.path.parent).about["extended"]:
            raise RunError(
                f"{self.path} is missing or not whole, and the run cannot go on without its replay buffer: copy it as well, or train anew"
            )
        self.free()
        write_text(mark, checkpoint)
        return True

    def free(self) -> None:
        """Free the disk space."""
        shutil.rmtree(self.path, ignore_errors=True)


def warn_of_refilling(decisions: int) -> None:
    """Tell the user that so many decisions are not learned from."""
    warn(
        [
            f"the replay buffer was freed at the end of training: {decisions:,} decisions fill it again before there are more updates"
        ]
    )
