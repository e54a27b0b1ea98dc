"""Rules of the house that no other tool holds."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
PYTHON = [path for path in TRACKED if path.suffix == ".py"]
PRODUCT = [
    path
    for path in PYTHON
    if path.relative_to(ROOT).parts[0] in ("monitor", "alerts", "hotline", "bornewatch.py") and path.parent.name != "versions"
]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "manager", "base", "misc"}


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", PRODUCT, ids=names(PRODUCT))
def test_a_module_holds_one_idea(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400, "more than one idea: find their names"
    assert path.stem not in FORBIDDEN_NAMES


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 45
    ]
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in PRODUCT if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert names(silent) == []


def test_no_package_knows_the_front_door() -> None:
    for path in PRODUCT:
        if path.name != "bornewatch.py":
            assert not re.search(r"^\s*(from|import) bornewatch\b", path.read_text("utf-8"), re.MULTILINE), path


def test_time_is_read_in_one_file() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in PRODUCT
        if re.search(r"datetime\.now\(|\btime\.(time|monotonic|perf_counter)\(|utcnow\(", path.read_text("utf-8"))
    }
    assert readers == {"monitor/runtime/clock.py"}


def test_no_file_names_a_machine_or_a_registry() -> None:
    paths = "|".join(re.escape(f"{path}/") for path in (ROOT.parent, Path.home()))
    hosts = "|".join(("python" + "hosted", "registry" + r"\.npm", "deb" + r"\.debian", "index-" + "url"))
    forbidden = re.compile(f"{paths}|{hosts}")
    found = []
    for path in TRACKED:
        if path.suffix in (".png", ".ico") or path == Path(__file__):
            continue
        text = path.read_text("utf-8")
        if forbidden.search(text) and path.name != "setup.sh":
            found.append(path.relative_to(ROOT).as_posix())
    assert found == []


def test_every_dependency_is_locked_with_its_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {re.split(r"[<>=;\[ ]", name)[0].lower() for name in project["project"]["dependencies"]}
    for lock in ("runtime", "dev"):
        text = (ROOT / "lock" / f"{lock}.txt").read_text()
        locked = {name.lower() for name, _ in _pins(text)}
        assert wanted <= locked
        assert text.count("--hash=sha256:") >= len(locked)


def _pins(lock: str) -> list[tuple[str, str]]:
    """Return name and extras of each pin."""
    return re.findall(r"^([A-Za-z0-9_.-]+)(?:\[([a-z0-9_.,-]+)\])?==", lock, re.MULTILINE)


def test_an_extra_that_a_package_needs_is_pinned_with_it() -> None:
    """Else pip looks for the newest release with that extra, and the lock fails on the day on which there is one."""
    for lock in ("runtime", "dev"):
        pins = dict(_pins((ROOT / "lock" / f"{lock}.txt").read_text()))
        for name in pins:
            for needed in _needs_of(name):
                if needed.extras and needed.name in pins and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
                    assert needed.extras <= set(pins[needed.name].split(",")), f"{name} needs {needed}"


def _needs_of(name: str) -> list[Requirement]:
    try:
        return [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        return []


def test_mocks_are_rare() -> None:
    mock = re.compile(r"unittest\.mock|MonkeyPatch|mocker")
    tests = [path for path in PYTHON if path.name.startswith("test_") and path != Path(__file__)]
    mocked = [path for path in tests if mock.search(path.read_text("utf-8"))]
    assert len(mocked) * 10 < len(tests), names(mocked)


def test_migrations_are_a_line() -> None:
    for folder in (
        ROOT / "monitor/storage/migrations/versions",
        ROOT / "alerts/storage/migrations/versions",
        ROOT / "hotline/storage/migrations/versions",
    ):
        before = None
        for path in sorted(folder.glob("[0-9]*.py")):
            text = path.read_text("utf-8")
            revision = re.search(r"^revision\b.*= [\"'](\w+)[\"']", text, re.MULTILINE)
            down = re.search(r"^down_revision\b.*= (?:[\"'](\w+)[\"']|None)", text, re.MULTILINE)
            assert revision is not None
            assert down is not None
            assert path.name.startswith(revision.group(1))
            assert down.group(1) == before
            before = revision.group(1)
