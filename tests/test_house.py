"""The rules of the house: imports run downhill only, the dashboard never loads torch, entries are complete."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FORBIDDEN = {  # package: what it may never import, at any depth of its code
    "core": ("streamlit", "pages", "dashboard"),
    "core/choices": ("core.training", "core.recording", "core.store", "core.running", "core.analysis", "core.charts"),
    "core/data": ("core.training", "core.recording", "core.store", "core.running", "core.analysis", "core.charts"),
    "core/recording": ("core.training", "core.store", "core.running", "core.analysis", "core.charts"),
    "core/representation": (
        *("core.training", "core.recording", "core.store", "core.running", "core.analysis", "core.charts"),
    ),
    "core/training": ("core.store", "core.running", "core.analysis", "core.charts"),
    "core/analysis": ("core.training", "core.store", "core.running", "core.charts", "torch"),
    "core/charts": ("core.analysis", "core.store", "core.running", "core.training", "torch"),
    "core/lessons": ("core.training", "core.store", "core.running", "core.charts", "torch"),
    "core/store": ("core.training", "core.running", "core.analysis", "core.charts", "torch"),
    "pages": ("torch", "core.training", "core.recording.recorder"),
    "dashboard.py": ("torch", "core", "pages"),
}


def sources(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("place", FORBIDDEN)
def test_imports_run_downhill_only(place):
    assert sources(place), f"{place} has no sources"
    uphill = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in sources(place)
        for name in imported(path)
        if any(name == top or name.startswith(f"{top}.") for top in FORBIDDEN[place])
    }
    assert not uphill


def test_pages_never_import_one_another():
    crossed = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in sources("pages")
        for name in imported(path)
        if re.match(r"pages\.(start|build|diagnose|explore)", name)
    }
    assert not crossed


def test_only_the_store_speaks_sql():
    assert not [
        path.relative_to(ROOT).as_posix()
        for path in [*sources("core"), *sources("pages")]
        if "core/store" not in path.as_posix()
        and "core/settings" not in path.as_posix()
        and any(name.split(".")[0] in {"sqlalchemy", "sqlite3", "psycopg"} for name in imported(path))
    ]


def test_the_dashboard_process_never_loads_torch():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for place in ("pages/shared", "core/analysis", "core/charts", "core/store")
        for path in sources(place)
        if path.name != "__init__.py"
    ]
    code = f"import importlib, sys\nfor m in {modules!r}: importlib.import_module(m)\nassert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_every_page_is_in_the_menu_and_in_the_readme():
    menu, readme = (ROOT / "pages/menu.py").read_text(), (ROOT / "README.md").read_text()
    for path in sources("pages"):
        section = path.relative_to(ROOT / "pages").parts[0]
        if section not in ("shared", "menu.py", "__init__.py"):
            assert f'"{section}/{path.name}"' in menu
            assert re.search(rf"\b{path.stem}\b", readme, re.IGNORECASE), (
                f"the README does not name the page {path.stem}"
            )


def test_no_code_from_outside_is_ever_run():
    pattern = re.compile(r"pickle\.load|unsafe_allow_html|shell=True|[^.\w]eval\(|[^.\w]exec\(|weights_only=False")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*sources("core"), *sources("pages"), ROOT / "dashboard.py"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found
