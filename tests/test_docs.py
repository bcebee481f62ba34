"""The pages are true: their code runs, their links lead somewhere, and their tables are those of results/."""

from __future__ import annotations

import os
import re
import subprocess
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


# One process a page, in which its blocks run one after the other: a block may use what a block above it has defined, and nothing else.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if code_of(page).strip()], ids=lambda page: str(page.relative_to(ROOT))
)
def test_code_on_a_page_runs(page: Path, tmp_path: Path) -> None:
    code = code_of(page)
    if "load_mnist" in code and not os.environ.get("SACCADE_DATA"):
        pytest.skip("needs MNIST: set SACCADE_DATA")
    # a class with annotations needs a file; the first line of a page is its title
    script = tmp_path / f"{page.stem}.py"
    one_thread = "import torch; torch.set_num_threads(1)"
    script.write_text(one_thread + code.replace("range(400)", "range(2)") + "\n", encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_tables_are_those_of_results() -> None:
    done = subprocess.run([sys.executable, "-m", "docs.tables", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
