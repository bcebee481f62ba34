"""The pages are true: their code runs, their links lead somewhere, and their tables are those of results/."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
CODE = "```python"  # opens a block that a reader can run; one that is a file of its own has more behind it


def code_of(page: Path) -> str:
    """The Python of a page in a reader's order, each line where it stands on the page: tracebacks name the page's lines."""
    found, inside = list[str](), False
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = line.startswith("```")
        inside = line == CODE if fence else inside
        found.append(line if inside and not fence else "")
    return "\n".join(found)


# A page is a module of its own: a block may use what a block above it has defined, and nothing else.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if code_of(page).strip()], ids=lambda page: str(page.relative_to(ROOT))
)
def test_code_on_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_of(page)
    if "load_mnist" in code and not os.environ.get("SACCADE_DATA"):
        pytest.skip("needs MNIST: set SACCADE_DATA")
    # a class with annotations needs a file
    script = tmp_path / f"page_{page.stem.replace('-', '_').lower()}.py"
    script.write_text(code.replace("seen=100_000, test", "seen=512, test") + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module(script.stem)
    monkeypatch.delitem(sys.modules, script.stem)


def test_tables_are_those_of_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    assert not importlib.import_module("docs.tables").outdated(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
