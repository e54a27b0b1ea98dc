"""Accounting by Debian's radclient: sessions and octets in metrics and timeline; a service that is killed loses nothing."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.programs import free_port, until_true
from tests.support.radclient import account, program
from tests.support.sites import running_site

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    program() is None, reason="no radclient is installed: tools/debian.sh freeradius-utils would bring it"
)

SECRET = "between-us"
SHEET = "sticker,bearer,sim_imsi,sim_msisdn\nCP1,gprs,270010000000001,+352621000001\n"
BASE = {
    "NAS-Identifier": '"ggsn-1"',
    "Calling-Station-Id": '"352621000001"',
    "3GPP-IMSI": '"270010000000001"',
    "Framed-IP-Address": "10.20.0.7",
    "Called-Station-Id": '"bornes.lu"',
    "Service-Type": "Framed-User",
}


def record(kind: str, session: str, **more: str) -> dict[str, str]:
    return {**BASE, "Acct-Session-Id": f'"{session}"', "Acct-Status-Type": kind} | {
        name.replace("_", "-"): value for name, value in more.items()
    }


async def test_sessions_by_radclient(tmp_path: Path) -> None:
    port = free_port()
    client = f'[[radius.client]]\naddress = "127.0.0.1"\nsecret = "{SECRET}"\n'
    async with running_site(tmp_path, SHEET, more=f'\n[radius]\nlisten = "127.0.0.1:{port}"\n{client}') as site:
        begun = [record("Start", "s1"), record("Interim-Update", "s1", Acct_Input_Octets="1000", Acct_Output_Octets="4000")]
        code, out = await account(port, SECRET, begun)
        assert code == 0, out
        assert out.count("Received Accounting-Response") == 2
        metrics = await site.house.metrics()
        assert 'bornewatch_sim_session_up{station="CP1"} 1' in metrics
        assert 'bornewatch_sim_octets_total{station="CP1",direction="sent"} 1000' in metrics
        await site.house.stop(signal.SIGKILL)
        code, out = await account(port, SECRET, [record("Start", "s9")], "-r", "1", "-t", "1")
        assert code == 1, "nobody answers"
        await site.house.start()
        over = [
            record(
                "Stop", "s1", Acct_Input_Octets="1500", Acct_Output_Octets="9", Acct_Output_Gigawords="1",
                Acct_Terminate_Cause="Lost-Carrier",
            ),
            record("Start", "s2"),
        ]  # fmt: skip
        code, out = await account(port, SECRET, over)
        assert code == 0, out
        code, out = await account(port, "wrong", [record("Start", "s3")], "-r", "1", "-t", "1")
        assert code == 1, "who does not know the secret is not answered"

        async def seen() -> bool:
            return re.search(r'direction="received"} 429496730[0-9]', await site.house.metrics()) is not None

        assert await until_true(seen)
        events = (await site.station("CP1", "/timeline"))["events"]
        told = [(one["up"], one.get("cause", "")) for one in events if one["type"] == "bearer_session"]
        assert told == [(True, ""), (False, "Lost Carrier"), (True, "")]
        ladder = (await site.station("CP1"))["ladder"]
        bearer = next(rung for rung in ladder if rung["level"] == "bearer")
        assert bearer["source"] == "radius"
        assert 'outcome="wrong_secret"} 1' in await site.house.metrics()
