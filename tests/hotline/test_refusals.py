"""What an order to the alerts is answered with over HTTP, where it was not carried out."""

from __future__ import annotations

import pytest
from aiohttp import web

from alerts.core.orders import Answer
from hotline.web.refusals import refuse


def refused(done: Answer) -> web.HTTPError:
    with pytest.raises(web.HTTPError) as met:
        refuse(done)
    return met.value


def test_what_was_done_is_not_refused() -> None:
    refuse(Answer.DONE)


@pytest.mark.parametrize("done", [one for one in Answer if one is not Answer.DONE])
def test_every_answer_has_a_reason_of_its_own(done: Answer) -> None:
    others = {refused(one).reason for one in Answer if one not in (Answer.DONE, done)}
    assert refused(done).reason not in others


def test_who_has_no_rule_for_requests_is_told_which_is_missing() -> None:
    met = refused(Answer.NO_RULE)
    assert (met.status, met.reason) == (409, 'No rule of alerts.toml is for requests of the hotline: add one with on = "request"')
