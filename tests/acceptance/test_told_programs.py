"""Programs that are told of an alert: a webhook of the operator's, signed, and an ntfy with a token; both follow alerts.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.test_alerts import Borne
from tests.alerts.channels.test_webhook import verified
from tests.support.programs import until_true
from tests.support.receivers import receiving
from tests.support.sites import running_site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.receivers import Asked, Receiver
    from tests.support.sites import Site

SHEET = "sticker,bearer,site\nCP2500,gprs,Parking Brill\nCP2501,gprs,Parking Brill\n"
RULES = """
[[webhook]]
name = "glue"
url = "{hook}/alerts"
secret_file = "{folder}/secret"
[[ntfy]]
url = "{ntfy}"
token = "{token}"
[[contact]]
name = "glue"
webhook = "glue"
ntfy = "{ntfy}/oncall"
[[policy]]
name = "programs"
steps = [ {{ notify = "contact:glue", by = ["webhook"] }}, {{ notify = "contact:glue", by = ["ntfy"], after = "0s" }} ]
"""


def write(folder: Path, hook: Receiver, ntfy: Receiver, secret: str, token: str) -> None:
    (folder / "secret").write_text(f"{secret}\n")
    (folder / "alerts.toml").write_text(RULES.format(folder=folder, hook=hook.url, ntfy=ntfy.url, token=token))


async def test_programs_are_told_where_alerts_toml_says_and_as_it_says_now(tmp_path: Path) -> None:
    async with receiving() as first, receiving() as second, receiving() as ntfy:
        write(tmp_path, first, ntfy, "s3cret", "tk_1")
        more = f'[alerts]\nfile = "{tmp_path}/alerts.toml"\ngroup_wait_s = 0.5\n'
        async with running_site(tmp_path, SHEET, more=more) as site:
            await Borne(site, "CP2500").says("Faulted", "GroundFailure")
            asked = await told(first, 1)
            assert asked.path == "/alerts"
            assert verified(asked, "s3cret")
            assert asked.json["alerts"][0]["labels"]["station"] == "CP2500"
            asked = await told(ntfy, 1)
            assert (asked.headers["Authorization"], asked.json["topic"]) == ("Bearer tk_1", "oncall")
            write(tmp_path, second, ntfy, "other", "tk_2")
            await until_true(lambda: logged(site, "the rules are others"))
            await Borne(site, "CP2501").says("Faulted", "GroundFailure")
            assert verified(await told(second, 1), "other")
            assert (await told(ntfy, 2)).headers["Authorization"] == "Bearer tk_2"
            assert len(of_faults(first)) == 1
            for secret in ("s3cret", "tk_1", "tk_2"):
                assert secret not in site.log()


def of_faults(receiver: Receiver) -> list[Asked]:
    """Return the requests that tell of a fault: that a borne which has said so is silent then is another matter."""
    return [one for one in receiver.asked if b"GroundFailure" in one.body]


async def told(receiver: Receiver, times: int) -> Asked:
    """Wait until so many faults have been told of; return the newest request that does."""

    async def enough() -> bool:
        return len(of_faults(receiver)) >= times

    await until_true(enough, 30)
    return of_faults(receiver)[-1]


async def logged(site: Site, text: str) -> bool:
    return text in site.log()
