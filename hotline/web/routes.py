"""Every address of the two listeners. What needs no login on the console is named in `guards.OPEN_TO_ALL`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.web import alerts_api, api, calls_api, command_api, contradictions, ingest_api, oncall_api
from hotline.web.stream import events
from hotline.web.views import (
    alerts,
    asking,
    calls,
    cards,
    desk,
    driver,
    frames,
    home,
    login,
    oncall,
    search,
    seen,
    station,
    strangers,
    tickets,
)

if TYPE_CHECKING:
    from aiohttp import web

    from hotline.web.static import Assets


def add_routes(router: web.UrlDispatcher, assets: Assets) -> None:
    """Add the console's routes to `router`."""
    router.add_get("/", home.home)
    router.add_get("/search", search.search)
    router.add_get("/stations", home.in_state)
    router.add_get("/stations/{sticker}", station.station)
    router.add_get("/stations/{sticker}/frames", frames.frames)
    router.add_get("/stations/{sticker}/ask", asking.preview)
    router.add_post("/stations/{sticker}/ask", asking.ask)
    router.add_post("/stations/{sticker}/contradictions", contradictions.contradict_by_form)
    router.add_get("/breaches", home.breaches)
    router.add_get("/seen", seen.seen)
    router.add_post("/seen", seen.share)
    router.add_get("/strangers", strangers.strangers)
    router.add_post("/strangers", strangers.register)
    router.add_get("/login", login.show)
    router.add_post("/login", login.enter)
    router.add_post("/logout", login.leave)
    router.add_post("/preferences", login.prefer)
    router.add_get("/static/{name}", assets.serve)
    router.add_get("/calls", calls.calls)
    router.add_post("/calls", calls.start)
    router.add_get("/calls/{id}", calls.call)
    router.add_post("/calls/{id}", calls.order)
    router.add_get("/cards", cards.ask)
    router.add_post("/cards", cards.check)
    router.add_get("/desk", desk.desk)
    router.add_get("/desk/register.csv", desk.register_csv)
    router.add_get("/desk/register.pdf", desk.register_paper)
    router.add_get("/tickets", tickets.tickets)
    router.add_post("/tickets", tickets.add)
    router.add_get("/tickets/{id}", tickets.ticket)
    router.add_post("/tickets/{id}", tickets.order)
    _add_desk(router)
    _add_api(router)


def _add_desk(router: web.UrlDispatcher) -> None:
    """Add the operators' pages."""
    router.add_get("/alerts", alerts.alerts)
    router.add_get("/alerts/{id}", alerts.alert)
    router.add_post("/alerts/{id}", alerts.order)
    router.add_get("/alerts/{id}/report.pdf", alerts.report)
    router.add_get("/alerts/{id}/notice", alerts.notice)
    router.add_get("/on-call", oncall.oncall)
    router.add_post("/on-call", oncall.change)
    router.add_get("/silences", oncall.silences)
    router.add_post("/silences", oncall.hush)
    router.add_get("/deliveries", oncall.deliveries)


def _add_api(router: web.UrlDispatcher) -> None:
    """Add what is there for programs."""
    router.add_get("/api/v1/stations", api.stations)
    router.add_get("/api/v1/stations/{sticker}", api.station)
    router.add_get("/api/v1/stations/{sticker}/timeline", api.timeline)
    router.add_get("/api/v1/stations/{sticker}/frames", api.frames)
    router.add_get("/api/v1/stations/{sticker}/commands", command_api.commands)
    router.add_post("/api/v1/stations/{sticker}/commands", command_api.ask)
    router.add_post("/api/v1/stations/{sticker}/contradictions", contradictions.contradict)
    router.add_post("/api/v1/commands", command_api.ask_many)
    router.add_get("/api/v1/commands/{id}", command_api.command)
    router.add_post("/api/v1/ingest", ingest_api.ingest)
    router.add_get("/api/v1/breaches", api.breaches)
    router.add_get("/api/v1/incidents", api.incidents)
    router.add_post("/api/v1/incidents/{id}/ack", alerts_api.acknowledge_incident)
    router.add_get("/api/v1/alerts", alerts_api.alerts)
    router.add_get("/api/v1/alerts/{id}", alerts_api.alert)
    router.add_get("/api/v1/alerts/{id}/report.pdf", alerts.report)
    router.add_post("/api/v1/alerts/{id}/{order}", alerts_api.order)
    router.add_post("/api/v1/alertmanager", alerts_api.hear)
    router.add_get("/api/v1/deliveries", oncall_api.deliveries)
    router.add_get("/api/v1/silences", oncall_api.silences)
    router.add_post("/api/v1/silences", oncall_api.hush)
    router.add_delete("/api/v1/silences/{id}", oncall_api.speak)
    router.add_get("/api/v1/on-call", oncall_api.rotas)
    router.add_post("/api/v1/on-call/{schedule}/changes", oncall_api.change)
    router.add_delete("/api/v1/on-call/changes/{id}", oncall_api.withdraw)
    router.add_get("/api/v1/on-call/{schedule}/shifts.ics", oncall_api.calendar)
    router.add_post("/api/v1/on-call/{schedule}/shifts.ics", oncall_api.read)
    _add_calls_api(router)
    router.add_get("/api/v1/attempts", api.attempts)
    router.add_get("/api/v1/strangers", api.strangers)
    router.add_get("/api/v1/events", events, allow_head=False)
    router.add_get("/api/v1/openapi.json", api.specification)


def _add_calls_api(router: web.UrlDispatcher) -> None:
    """Add calls, tickets, the register and the trail for programs."""
    router.add_get("/api/v1/calls", calls_api.calls)
    router.add_post("/api/v1/calls", calls_api.start)
    router.add_get("/api/v1/calls/{id}", calls_api.call)
    router.add_post("/api/v1/calls/{id}/{order}", calls_api.order)
    router.add_get("/api/v1/tickets", calls_api.tickets)
    router.add_post("/api/v1/tickets", calls_api.open_one)
    router.add_get("/api/v1/tickets/{id}", calls_api.ticket)
    router.add_post("/api/v1/tickets/{id}/{order}", calls_api.ticket_order)
    router.add_get("/api/v1/register", calls_api.register)
    router.add_get("/api/v1/trail", calls_api.trail)
    router.add_get("/api/v1/trail/head", calls_api.trail_head)


def add_public_routes(router: web.UrlDispatcher, assets: Assets) -> None:
    """Add the public listener's routes to `router`; none of them is the console's."""
    router.add_get("/b/{sticker}", driver.driver)
    router.add_get("/seen/{ticket}", seen.by_link)
    router.add_get("/assets/{name}", assets.serve)
