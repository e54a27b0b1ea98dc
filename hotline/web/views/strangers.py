"""Who knocks without being registered, and the one step that takes it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from hotline.core.roles import Role
from hotline.web.context import context_of, visitor_of
from hotline.web.links import station_path
from monitor.core.ids import Sticker
from monitor.core.registry import Bearer
from monitor.registry.columns import read_row
from monitor.registry.provisional import provisional_sticker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.registry.columns import Row

_FIELDS = ("sticker", "bearer", "site", "password")


async def strangers(request: web.Request) -> web.Response:
    """``GET /strangers``: the latest first."""
    return _page(request)


async def register(request: web.Request) -> web.Response:
    """``POST /strangers``: register one, under its sticker or a provisional one, and open its page."""
    role = visitor_of(request).role
    if role is None or not role.covers(Role.OPERATOR):
        raise web.HTTPForbidden
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    row, wrong = _row(form)
    if row is None:
        return _page(request, status=400, wrong="; ".join(wrong), form=form)
    context = context_of(request)
    if not row.provisional and context.directory.wearer(Sticker(row.values["sticker"])) is not None:
        return _page(request, status=409, wrong=f"sticker {row.values['sticker']!r}: another charger wears it", form=form)
    done = await context.enrolment.enrol(row)
    if done.clashes:
        return _page(request, status=409, wrong=done.clashes[0].why, form=form)
    raise web.HTTPSeeOther(station_path(Sticker(row.values["sticker"])))


def _row(form: Mapping[str, str]) -> tuple[Row | None, list[str]]:
    """Return the import row that a form means."""
    identity = form.get("identity", "")
    texts = {name: form[name] for name in _FIELDS if form.get(name)} | {"identity": identity}
    if not identity:
        return None, ["identity: is required"]
    assumed = {}
    if "sticker" not in texts:
        texts["sticker"] = provisional_sticker(identity)
        assumed["provisional"] = True
    if "password" in texts:
        texts["security_profile"] = "1"
    return read_row(1, texts, assumed)


def _page(request: web.Request, *, status: int = 200, wrong: str = "", form: Mapping[str, str] | None = None) -> web.Response:
    context = context_of(request)
    role = visitor_of(request).role
    return context.pages.render(
        request,
        "strangers.html",
        status=status,
        bearers=list(Bearer),
        knocks=context.attempts.strangers(),
        may_register=role is not None and role.covers(Role.OPERATOR),
        typed=form or {},
        wrong=wrong,
    )
