"""The page: sections in order, in one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from saccade.runs import RunDirectory, RunError
from saccade.runs.disk import write_text

from saccade.recipes.active_vision.report import animation, curves, glimpses, maps, scanpaths
from . import header, tables
from saccade.recipes.dqn import page as plays
from saccade.recipes.cutout import page as scribbling
from .group import Group, gather, principal
from .markup import element, section

_HERE = Path(__file__).parent
# Nothing may be fetched, whatever a setting holds.
_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def write_report(runs: Sequence[RunDirectory], target: Path) -> Path:
    """Write one self-contained HTML page about runs.

    Runs that differ only by their seed are shown as one group. What a run has not got yet (it may
    still go on) or what cannot be read is left out, and the page says so.

    Args:
        runs: run directories, ended or not.
        target: the file to write.

    Returns:
        `target`.

    Raises:
        RunError: there are no runs, or the page cannot be written.
    """
    if not runs:
        raise RunError("a report needs one run directory or more")
    write_text(target, page(gather(runs)))
    return target


def page(groups: Sequence[Group]) -> str:
    """The whole page."""
    made = section("made", "How it was made", tables.how_it_was_made(groups))
    for belongs, sections in ((scribbling.is_scribbler, scribbling.sections), (plays.is_player, plays.sections)):
        if all(belongs(group) for group in groups):
            return _document(f"saccade: {groups[0].recipe}", "".join([*sections(groups), made]))
    main = principal(groups)
    damages = maps.damages(groups)
    body = [
        header.header(groups, main),
        section("numbers", "In numbers", header.tiles(main, named=len(groups) > 1)),
        section("learning", "Learning", curves.learning(groups)),
        section("scanpaths", "Where it looked", damages, scanpaths.gallery(main)),
        section("glimpses", "What a glimpse holds", glimpses.scales(main)),
        section("animation", "What the eye sees", animation.player(main)),
        section("maps", "Where looks land", maps.verdicts(groups), curves.hits(groups), _maps(groups, main)),
        section("looks", "What each look adds", curves.by_fixation(groups)),
        section("stopping", "When it is sure", curves.stopping(main)),
        section("table", "All groups" if len(groups) > 1 else "The runs", tables.table_of_groups(groups)),
        made,
    ]
    return _document(f"saccade: {main.recipe}", "".join(body))


def _maps(groups: Sequence[Group], main: Group) -> str:
    return maps.by_class(main) + maps.by_look(main) + maps.around_digit(main) + maps.by_group(groups)


def _document(title: str, body: str) -> str:
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
