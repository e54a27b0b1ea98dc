"""The wheel, built and installed into an environment with nothing but its locked dependencies, and used from elsewhere."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import aiohttp
import pytest

from tests.support.programs import free_port

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path, cwd: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(list(map(str, arguments)), cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home)
    pip = (sys.executable, "-m", "pip", "--python", home / "bin" / "python", "--disable-pip-version-check", "--quiet", "install")
    run(*pip, "--require-hashes", "--requirement", ROOT / "lock" / "runtime.txt")
    run(*pip, "--no-deps", wheel)
    return home / "bin" / "bornewatch"


def test_the_wheel_carries_what_it_needs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "bornewatch.py",
        "monitor/storage/migrations/env.py",
        "monitor/storage/migrations/versions/0001_first_light.py",
        "monitor/reports/continuity.typ",
        "monitor/reports/words/lb.toml",
        "hotline/storage/migrations/script.py.mako",
        "hotline/web/templates/",
        "hotline/web/static/console.js",
        "hotline/locales/fr/LC_MESSAGES/hotline.po",
        "hotline/locales/lb/LC_MESSAGES/hotline.po",
    ):
        assert any(name.startswith(needed) for name in names), needed
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bornewatch.py", "monitor", "alerts", "hotline"}


async def test_a_clean_environment_serves(program: Path, tmp_path: Path) -> None:
    assert run(program, "--version", cwd=tmp_path).startswith("bornewatch ")
    run(program, "station", "add", "CP1", "--bearer", "lan", cwd=tmp_path)
    ports = {name: free_port() for name in ("FIELD", "CONSOLE", "PUBLIC", "OPS")}
    listen = {f"BORNEWATCH_{name}__LISTEN": f"127.0.0.1:{port}" for name, port in ports.items()}
    process = await asyncio.create_subprocess_exec(program, "serve", cwd=tmp_path, env={**os.environ, **listen})
    try:
        async with asyncio.timeout(30), aiohttp.ClientSession() as http:
            while True:
                try:
                    async with http.get(f"http://127.0.0.1:{ports['CONSOLE']}/login") as page:
                        assert page.status == 200
                    async with http.get(f"http://127.0.0.1:{ports['OPS']}/metrics") as answer:
                        assert 'bornewatch_station_info{station="CP1"' in await answer.text()
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0
