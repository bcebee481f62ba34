"""Event files of TensorBoard."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


class EventFile:
    """A TensorBoard event file.

    torch's SummaryWriter writes in a thread of its own, where a full disk ends in a traceback on the
    terminal; this one writes at once, and the error arrives where it can be reported.
    """

    def __init__(self, folder: Path, since: int) -> None:
        resumed = folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"events.out.tfevents.{time.time():020.9f}.{os.getpid()}"
        self._put(Event(wall_time=time.time(), file_version="brain.Event:2"))
        if resumed:  # older files are void from this step on
            start = SessionLog(status=SessionLog.START)
            self._put(Event(wall_time=time.time(), step=since + 1, session_log=start))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add one scalar a name."""
        scalars = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._put(Event(wall_time=time.time(), step=step, summary=Summary(value=scalars)))

    def _put(self, event: Any) -> None:
        with self._path.open("ab") as file:
            RecordWriter(file).write(event.SerializeToString())
