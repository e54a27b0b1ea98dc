"""Alerts of others over `POST /api/v1/alertmanager`, from whoever posts, and a real Alertmanager in both directions."""

from __future__ import annotations

import gzip
import io
import re
import signal
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from alerts.rulefile import DEFAULTS
from tests.acceptance.test_alerts import Borne
from tests.alerts.channels.messages import HOSTILE
from tests.alerts.test_external import alert, post
from tests.support.alertmanager import program, running_alertmanager
from tests.support.programs import free_port, until_true
from tests.support.receivers import receiving
from tests.support.sites import running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.alertmanager import RealAlertmanager
    from tests.support.receivers import Receiver
    from tests.support.sites import Site

SHEET = "sticker,bearer,site\nCP2500,gprs,Parking Brill\n"
RULES = """
[[webhook]]
name = "desk"
url = "{desk}"
secret = "s3cret"
[[contact]]
name = "desk"
webhook = "desk"
[[policy]]
name = "desk"
steps = [ {{ notify = "contact:desk", by = ["webhook"] }} ]
"""
needs_alertmanager = pytest.mark.skipif(
    program() is None, reason="needs Debian's prometheus-alertmanager: tools/debian.sh brings it"
)


@asynccontextmanager
async def desk(folder: Path, alertmanager: str = "") -> AsyncIterator[tuple[Site, Receiver]]:
    """Run the service with somebody who is told by webhook."""
    async with receiving() as told:
        at_once = DEFAULTS.replace('{ safety = "danger" }', '{ safety = "danger" }\nkeep_firing_for = "0s"')
        (folder / "alerts.toml").write_text(RULES.format(desk=told.url) + at_once)
        more = f'[alerts]\nfile = "{folder}/alerts.toml"\ngroup_wait_s = 0.2\n'
        if alertmanager:
            more += f'[alertmanager]\nurl = "{alertmanager}"\n'
        async with running_site(folder, SHEET, more=more) as site:
            yield site, told


def webhook_of(site: Site) -> str:
    return f"http://127.0.0.1:{site.house.console}/api/v1/alertmanager"


async def posted(site: Site, body: bytes, *, token: str | None = None, **headers: str) -> tuple[int, Any]:
    headers |= {"Authorization": f"Bearer {site.token if token is None else token}"}
    async with aiohttp.ClientSession() as http, http.post(webhook_of(site), data=io.BytesIO(body), headers=headers) as answer:
        assert answer.status == 200 or answer.content_type == "application/problem+json"
        return answer.status, await answer.json()


async def titles(told: Receiver, count: int) -> list[str]:
    """Wait until so many messages have come; return what they say."""

    async def enough() -> bool:
        return len(told.asked) >= count

    await until_true(enough)
    return [one.json["title"] for one in told.asked]


async def test_what_is_answered_is_stored_and_survives_a_kill(tmp_path: Path) -> None:
    async with desk(tmp_path) as (site, told):
        ours = alert(generatorURL=f"http://127.0.0.1:{site.house.console}/alerts/1")
        assert await posted(site, post(alert(), ours)) == (200, {"firing": 1, "resolved": 0, "echoes": 1})
        await site.house.stop(signal.SIGKILL)
        await site.house.start()
        assert await posted(site, post(alert())) == (200, {"firing": 1, "resolved": 0, "echoes": 0})
        assert (await titles(told, 1))[0].startswith("[page] HostDown (Alertmanager): db1 is down.")
        (open_one,) = await site.house.api("/alerts", site.token)
        assert (open_one["rule"], open_one["matters"][0]["kind"]) == ("external-page", "external")
        assert (open_one["matters"][0]["labels"]["instance"], open_one["matters"][0]["note"]) == ("db1", "db1 is down")
        assert await posted(site, post(alert(status="resolved"))) == (200, {"firing": 0, "resolved": 1, "echoes": 0})
        said = await titles(told, 2)
        assert "Over at" in said[1]
        assert len(said) == 2
        assert await site.house.api("/alerts", site.token) == []


async def test_bad_posts_are_refused_and_change_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as (site, told):
        for body, status, detail in (
            (b"", 400, "no post of an Alertmanager's webhook"),
            (b"not JSON", 400, "no post"),
            (b"[" * 1_000_000, 400, "no post"),
            (post(alert(), version="5"), 400, "version '5' is not known here"),
            (post(alert(status=HOSTILE.replace("\ud800", ""))), 400, "no post"),
            (post(alert(labels={"alertname": ["x"]})), 400, "no post"),
            (b" " * 10_000_000, 413, ""),
            (post(alert(labels={"alertname": "x" * 10_000_000})), 413, ""),
        ):
            answered, problem = await posted(site, body)
            assert answered == status, body[:80]
            assert detail in problem.get("detail", "")
        bomb = gzip.compress(b" " * 50_000_000)
        assert (await posted(site, bomb, **{"Content-Encoding": "gzip"}))[0] == 413
        assert (await posted(site, post(alert()), token="nobody's"))[0] == 401
        agent = (await site.house.must("token", "create", "wall", "--role", "agent")).strip()
        assert (await posted(site, post(alert()), token=agent))[0] == 403
        assert await site.house.api("/alerts", site.token) == []
        assert told.asked == []


async def test_thousands_in_one_body_are_one_page_and_hostile_labels_stay_text(tmp_path: Path) -> None:
    async with desk(tmp_path) as (site, told):
        storm = [
            alert(fingerprint=f"{number:016x}", labels={"alertname": "Storm", "instance": f"db{number}", "severity": "page"})
            for number in range(5_000)
        ]
        assert await posted(site, post(*storm)) == (200, {"firing": 5_000, "resolved": 0, "echoes": 0})
        first = (await titles(told, 1))[0]
        assert re.match(r"\[page\] Storm \(Alertmanager\), \d{3,4} times: db1 is down\.", first), (
            "those that were in when it was sent"
        )
        text = HOSTILE.replace("\ud800", "")
        hostile = alert(
            fingerprint="",
            labels={"alertname": text, text: text, "site_working": "0", "kind": text, "severity": "page"},
            annotations={"summary": text},
        )
        assert (await posted(site, post(hostile)))[0] == 200
        assert (await titles(told, 2))[1].startswith("[page] CP2500 Bcc: x@evil.example <Hangup/>")
        assert await posted(site, post(*(one | {"status": "resolved"} for one in storm))) == (
            200,
            {"firing": 0, "resolved": 5_000, "echoes": 0},
        )
        assert "Over at" in (await titles(told, 3))[2]


@needs_alertmanager
async def test_ours_reach_a_real_alertmanager_and_theirs_reach_us_and_nothing_echoes(tmp_path: Path) -> None:
    port = free_port()
    async with (
        desk(tmp_path, f"http://127.0.0.1:{port}") as (site, told),
        running_alertmanager(tmp_path / "alertmanager", port, url=webhook_of(site), token=site.token) as server,
    ):
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        (pushed,) = await until_true(lambda: known(server, "danger"))
        assert pushed["labels"]["station"] == "CP2500"
        assert pushed["generatorURL"] == f"http://127.0.0.1:{site.house.console}/alerts/1"
        assert "Danger at CP2500" in pushed["annotations"]["summary"]
        await titles(told, 1)
        started = datetime.now(UTC) - timedelta(minutes=3)
        theirs = {
            "labels": {"alertname": "DiskFull", "instance": "db1", "severity": "critical"},
            "annotations": {"summary": "db1 has no room left"},
            "startsAt": started.isoformat(),
            "generatorURL": "http://prometheus.example/graph",
        }
        await server.post(theirs)
        said = await titles(told, 2)
        assert said[1].startswith("[page] DiskFull (Alertmanager): db1 has no room left. Since ")
        await until_true(lambda: delivered(server, 3))
        assert {one["rule"] for one in await site.house.api("/alerts", site.token)} == {"danger", "external-page"}
        assert {one["labels"]["alertname"] for one in await server.alerts()} == {"danger", "DiskFull", "Watchdog"}
        await server.post(theirs | {"endsAt": datetime.now(UTC).isoformat()})
        assert "Over at" in (await titles(told, 3))[2]
        await Borne(site, "CP2500").says("Available")
        assert "Over at" in (await titles(told, 4))[3]
        await until_true(lambda: gone(server))
        await until_true(lambda: delivered(server, 5))
        assert await site.house.api("/alerts", site.token) == []
        assert len(told.asked) == 4
        assert await server.metric('alertmanager_notifications_failed_total{integration="webhook"}') == 0


async def known(server: RealAlertmanager, name: str) -> list[Any]:
    return [one for one in await server.alerts() if one["labels"]["alertname"] == name]


async def gone(server: RealAlertmanager) -> bool:
    """Say whether nothing fires there but what always does."""
    return [one["labels"]["alertname"] for one in await server.alerts()] == ["Watchdog"]


async def delivered(server: RealAlertmanager, times: int) -> bool:
    """Say whether it has told us at least so often, ours included."""
    return await server.metric('alertmanager_notifications_total{integration="webhook"}') >= times
