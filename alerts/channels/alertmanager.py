"""Alerts pushed to a Prometheus Alertmanager (API v2, `POST /api/v2/alerts`), which groups, silences and routes them its own way.

An alert that still holds must be pushed again before its `endsAt`, else Alertmanager takes it for over: the channel sends once, how
often it is called is decided elsewhere. Alertmanager knows a repetition by its labels, so nothing is lost by sending again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from alerts.core.delivery import Outcome, Rejected, Unknown
from alerts.outbound import Http, judge
from alerts.plain import lines, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from alerts.core.delivery import Fact, Message
    from monitor.core.clock import Clock

PATIENCE_S: Final = 10.0
_VALUE: Final = 1000
_SENTENCES: Final = 10_000
_BAD_SIGN: Final = re.compile(r"[^a-zA-Z0-9_]")
_WEB: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerServer:
    """Where it is, for messages that name no address of their own, and how long an alert holds that is not pushed again."""

    url: str = ""
    holds_s: float = 300.0


class Alertmanager:
    """`alerts.core.delivery.Channel` to Alertmanager."""

    def __init__(self, server: AlertmanagerServer, clock: Clock, *, patience_s: float = PATIENCE_S) -> None:
        """Push to `server` and wait `patience_s` for its answer; `clock` tells until when an alert holds."""
        self._server = server
        self._clock = clock
        self._http = Http(patience_s=patience_s)

    async def send(self, message: Message) -> Outcome:
        """Push the facts of the message; its words are for people, and stay here."""
        if not message.facts:
            return Rejected(why="the message holds no alerts")
        now = self._clock.now()
        alerts = [self._alert(fact, fact.url or message.url, now) for fact in message.facts]
        url = (message.to or self._server.url).rstrip("/") + "/api/v2/alerts"
        reply = await self._http.post(url, msgspec.json.encode(alerts), {"Content-Type": "application/json"})
        return judge(reply, "Alertmanager", repeatable=True)

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Return `Unknown`: pushing again is simpler than asking."""
        del message, since
        return Unknown(why="Alertmanager is not asked, push again")

    def _alert(self, fact: Fact, url: str, now: datetime) -> dict[str, Any]:
        """Return what Alertmanager calls a postable alert; it refuses one that ends before it starts."""
        until = now + timedelta(seconds=self._server.holds_s) if fact.until is None else fact.until
        alert: dict[str, Any] = {
            "labels": {name: kept for name, value in _named(fact.labels) if (kept := one_line(value, _VALUE))},
            "annotations": {name: lines(value, _SENTENCES) for name, value in _named(fact.annotations)},
            "startsAt": fact.since.astimezone(UTC),
            "endsAt": max(until, fact.since).astimezone(UTC),
        }
        alert["labels"].setdefault("alertname", "bornewatch")
        if _WEB.fullmatch(url):
            alert["generatorURL"] = url
        return alert


def _named(pairs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give pairs names that every Alertmanager takes (`[a-zA-Z_][a-zA-Z0-9_]*`); two never become one."""
    taken: set[str] = set()
    for name in sorted(pairs):
        good = _BAD_SIGN.sub("_", name) or "_"
        if good[0].isdigit():
            good = "_" + good
        while good in taken:
            good += "_"
        taken.add(good)
        yield good, pairs[name]
