"""The page: sections in order, in one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from saccade.disk import write_text

from .markup import element

_TITLE = "saccade: "
_HERE = Path(__file__).parent
# Nothing may be fetched, whatever a setting holds.
_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def is_page(path: Path) -> bool:
    """Whether a file is a page that saccade has written, which may be written anew."""
    try:
        with path.open("rb") as file:
            return f"<title>{_TITLE}".encode() in file.read(4096)
    except OSError:
        return False


def write_page(target: Path, title: str, sections: Sequence[str]) -> Path:
    """Write one self-contained HTML page.

    Args:
        target: the file to write.
        title: of the window, after the library's name.
        sections: markup, in order.

    Returns:
        `target`.

    Raises:
        RunError: the page cannot be written.
    """
    write_text(target, document(f"{_TITLE}{title}", "".join(sections)))
    return target


def document(title: str, body: str) -> str:
    """The whole page as text."""
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    script = (_HERE / "player.js").read_text(encoding="utf-8")
    head = [
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", escape(title)),
        f"<style>{style}</style>",
    ]
    return f'<!doctype html>\n<html lang="en"><head>{"".join(head)}</head><body><main>{body}</main><script>{script}</script></body></html>\n'
