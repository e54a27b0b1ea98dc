"""Debian's Alertmanager, as an operator runs one beside us."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import aiohttp

from tests.support.programs import until_true

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_TEMPLATE: Final = Path("/usr/share/prometheus/alertmanager/default.tmpl")
"""Debian's program does not start without it."""
_CONFIGURATION: Final = """
route:
  receiver: bornewatch
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: bornewatch
    webhook_configs:
      - url: "{url}"
        send_resolved: true
        http_config:
          authorization:
            credentials: "{token}"
"""


def program() -> Path | None:
    """Return where it is, ``None`` where it is not."""
    found = shutil.which("prometheus-alertmanager")
    return Path(found) if found and _TEMPLATE.exists() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAlertmanager:
    """One that runs at `url`."""

    url: str

    async def alerts(self) -> list[Any]:
        """Return what it knows, as its API tells it."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/api/v2/alerts") as answer:
            assert answer.status == 200, await answer.text()
            found: list[Any] = await answer.json()
            return found

    async def post(self, *alerts: dict[str, Any]) -> None:
        """Tell it of alerts, as Prometheus does."""
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/api/v2/alerts", json=alerts) as answer:
            assert answer.status == 200, await answer.text()

    async def metric(self, line: str) -> float:
        """Return the value of one of its own metrics, 0 where it is not there."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        return next((float(one.rpartition(" ")[2]) for one in text.splitlines() if one.startswith(line)), 0.0)


def _written(folder: Path, configuration: str) -> BinaryIO:
    """Write its configuration into a new `folder`; return its log, open."""
    folder.mkdir()
    (folder / "alertmanager.yml").write_text(configuration)
    return (folder / "log").open("wb")


@asynccontextmanager
async def running_alertmanager(folder: Path, port: int, *, url: str, token: str) -> AsyncIterator[RealAlertmanager]:
    """Run one on `port` that tells the webhook at `url` of everything, at once; whatever happens it ends."""
    found = program()
    assert found is not None
    log = _written(folder, _CONFIGURATION.format(url=url, token=token))
    process = await asyncio.create_subprocess_exec(
        *(str(found), "--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="),
        f"--web.listen-address=127.0.0.1:{port}",
        cwd=folder,
        stdout=log,
        stderr=log,
    )
    log.close()
    server = RealAlertmanager(url=f"http://127.0.0.1:{port}")
    try:
        await until_true(lambda: _ready(server, process, folder))
        yield server
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(server: RealAlertmanager, process: asyncio.subprocess.Process, folder: Path) -> bool:
    assert process.returncode is None, (folder / "log").read_text()
    with contextlib.suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as http, http.get(f"{server.url}/-/ready") as answer:
            return answer.status == 200
    return False
