"""`python -m docs.tables [--check]`: fills the tables in README.md, docs/ and docs/systems/ from results/*.json.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`. Each system brings its own: every module `docs/systems/*_tables.py` has a
function `makers()`, which maps the names of tables to functions that make them, in Markdown.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import docs.systems
from docs.markdown import ROOT, figures, markdown, ratio

_PLACE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "systems").glob("*.md"))]


def makers() -> Mapping[str, Callable[[], str]]:
    """Functions that make the tables, by the tables' names: those of every system, and the speed figures.

    Raises:
        ValueError: two modules bring a table of the same name.
    """
    found: dict[str, Callable[[], str]] = {"speed": _speed}
    for module in pkgutil.iter_modules(docs.systems.__path__):
        if module.name.endswith("_tables"):
            brought = importlib.import_module(f"docs.systems.{module.name}").makers()
            if twice := found.keys() & brought.keys():
                raise ValueError(f"{', '.join(sorted(twice))}: {module.name} brings a table that is there already")
            found |= brought
    return found


def _speed() -> str:
    """Every benchmark, with its set-up."""
    body = []
    for id_, figure in figures().items():
        if id_.startswith("bench/"):
            absolute = "; ".join(f"{name}: {_plain(value)}" for name, value in figure["baselines"].items())
            body.append([id_, ratio(figure), figure["unit"], absolute, figure["setup"]])
    return markdown(["figure", "value", "unit", "absolute values", "set-up"], body)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def fill(text: str, makers: Mapping[str, Callable[[], str]]) -> str:
    """The text with every table made anew.

    Raises:
        KeyError: no maker knows a table.
    """
    return _PLACE.sub(lambda place: f"{place[1]}{makers[place[2]]()}{place[3]}", text)


def outdated() -> dict[Path, str]:
    """The pages whose tables are not those of results/, with what they should say."""
    known = makers()
    now = {page: page.read_text(encoding="utf-8") for page in PAGES}
    return {page: new for page, text in now.items() if (new := fill(text, known)) != text}


def main() -> None:
    """Rewrite the pages, or with `--check` fail where one is out of date."""
    stale = outdated()
    if "--check" in sys.argv and stale:
        sys.exit(f"out of date: {', '.join(str(page.relative_to(ROOT)) for page in stale)}; run `make docs`")
    for page, text in stale.items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
