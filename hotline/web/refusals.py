"""Why the alerts did not do what was asked, as an answer of the API."""

from __future__ import annotations

from typing import assert_never

from aiohttp import web

from alerts.core.orders import Answer


def refuse(done: Answer) -> None:  # noqa: C901, PLR0912  (one arm an answer)
    """Say why an order was not carried out, where it was not.

    Raises:
        HTTPNotFound, HTTPBadRequest, HTTPConflict, HTTPServiceUnavailable, HTTPInternalServerError: with the reason.
    """
    match done:
        case Answer.DONE:
            return
        case Answer.NO_SUCH_ALERT:
            raise web.HTTPNotFound(reason="No such alert is open")
        case Answer.NO_SUCH_STATION:
            raise web.HTTPNotFound(reason="There is no station with that sticker")
        case Answer.NO_SUCH_SILENCE:
            raise web.HTTPNotFound(reason="No such silence holds")
        case Answer.NO_SUCH_CHANGE:
            raise web.HTTPNotFound(reason="No such change holds or is to come")
        case Answer.NO_SUCH_SCHEDULE:
            raise web.HTTPNotFound(reason="There is no such schedule in alerts.toml")
        case Answer.NO_SUCH_POLICY:
            raise web.HTTPBadRequest(reason="policy: there is no such policy in alerts.toml")
        case Answer.NO_SUCH_CONTACT:
            raise web.HTTPBadRequest(reason="There is no such contact in alerts.toml")
        case Answer.IN_THE_PAST:
            raise web.HTTPBadRequest(reason="until: that is in the past")
        case Answer.CLASH:
            raise web.HTTPConflict(reason="It contradicts another change of the schedule")
        case Answer.NO_RULE:
            raise web.HTTPConflict(reason='No rule of alerts.toml is for requests of the hotline: add one with on = "request"')
        case Answer.NO_MAIL:
            raise web.HTTPConflict(reason="Nothing sends mail: [smtp] names the server")
        case Answer.NO_DESK:
            raise web.HTTPConflict(reason="No webhook of alerts.toml takes their tickets: name them in its tickets_of")
        case Answer.BAD_ADDRESS:
            raise web.HTTPBadRequest(reason="address: that is no mail address")
        case Answer.TOO_MANY:
            raise web.HTTPServiceUnavailable(reason="Too many alerts of others are open already", headers={"Retry-After": "60"})
        case Answer.FAILED:
            raise web.HTTPInternalServerError(reason="An error in the program kept it from being done; its log says more")
        case _:
            assert_never(done)
