"""The sources' figures as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable

from saccade.report.markup import count, percent
from saccade.runs import Published

from .groups import LookingGroup


def shown(figure: Published, training: bool = False) -> str:
    """A source's figure with as many digits as the source gives; with that on training data in brackets, if wanted and given."""
    found = _shown(figure.value)
    return f"{found} ({_shown(figure.training)})" if training and figure.training is not None else found


def _shown(share: float) -> str:
    return percent(share, 0 if abs(share * 100 - round(share * 100)) < 1e-6 else 2)


def names(groups: Iterable[LookingGroup]) -> str:
    """Where the figures of these groups are from, and after how many images, where the source says."""
    found = {(figure.name, group.words.after) for group in groups if (figure := group.published) is not None}
    return "; ".join(f"{name}, after {count(after)} images" if after else name for name, after in sorted(found))


def reference_lines(groups: Iterable[LookingGroup]) -> list[Published]:
    """The sources' figures to draw into the learning curves; of several readers, each under its reader's name."""
    found = [(str(group.settings.get("reader")), line) for group in groups for line in group.references]
    one = len({reader for reader, _ in found}) == 1
    lines = (Published(f"{'source' if one else reader}, {line.name}", line.value) for reader, line in found)
    return list(dict.fromkeys(lines))
