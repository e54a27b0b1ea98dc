"""The operators' pages of alerts, as a browser gets them: who sees them, what they say, what their forms do."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from alerts.core.matching import read_matchers
from alerts.core.model import Silence
from alerts.core.orders import Answer, Hush
from hotline.core.roles import Role
from hotline.storage.accounts import StoredAccounts
from monitor.core.breaches import Cause
from monitor.core.incidents import Scope

from .alarms import Alarms
from .reading import offline, online, read
from .support import PASSWORD, QUICK, Browser, House, hidden, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

PAGES = ("/alerts", "/alerts/1", "/alerts/1/report.pdf", "/alerts/1/notice", "/on-call", "/silences", "/deliveries")
PLACES = {1: (49.50, 5.98), 2: (49.61, 6.13), 3: (50.05, 6.03), 4: (49.85, 6.10)}
HOSTILE = '"><script>alert(1)</script>{{7*7}}\u202e'


@pytest.fixture
async def alarms(house: House) -> Alarms:
    """Return the alerts of a network of four chargers."""
    for number, (lat, lon) in PLACES.items():
        house.put(station(number, lat=lat, lon=lon, site=f"Site {number}"))
    return await Alarms(house).open()


async def sent(browser: Browser, path: str, to: str = "", **form: str) -> ClientResponse:
    """Send a form of a page."""
    page = await (await browser.get(path)).text()
    return await browser.post(to or path, {"form_token": hidden(page, "form_token"), **form})


async def test_only_operators_see_them(house: House, alarms: Alarms) -> None:
    await alarms.faulted(1)
    agent = await house.visitor(Role.AGENT)
    for path in PAGES:
        assert (await agent.get(path)).status == 403, path
    assert "/alerts" not in await agent.page("/")
    operator = await signed_in(house, Role.OPERATOR)
    assert 'href="/alerts"' in await operator.page("/")
    for path in PAGES:
        assert (await operator.get(path)).status == 200, path
    for path in ("/alerts/9", "/alerts/x", "/alerts/9/report.pdf", "/alerts/9/notice"):
        assert (await operator.get(path)).status == 404, path


async def signed_in(house: House, role: Role) -> Browser:
    await StoredAccounts(house.database).add_account("olga", role, QUICK.hash(PASSWORD), house.clock.now())
    browser = house.browser()
    await browser.sign_in("olga")
    return browser


async def test_without_alerts_there_are_no_pages_of_them(house: House) -> None:
    operator = await house.visitor(Role.OPERATOR)
    assert (await operator.get("/alerts")).status == 404
    assert 'href="/alerts"' not in await operator.page("/")


async def test_an_alert_is_taken_from_the_list_with_one_click(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    assert "No alert is open." in (await read(operator, "/alerts")).text
    await alarms.faulted(1)
    page = (await read(operator, "/alerts")).text
    assert "Danger at CP0001, point 1: GroundFailure. Nobody must touch it." in page
    assert "nobody has it" in page
    assert "anna" in page, "who is on call"
    page_text = await operator.page("/alerts")
    form = {"form_token": hidden(page_text, "form_token"), "order": "acknowledge", "back": "list"}
    answer = await operator.post("/alerts/1", form)
    assert (answer.status, answer.headers["Location"]) == (303, "/alerts")
    assert "a-operator has it" in (await read(operator, "/alerts")).text
    assert "I take it" not in await operator.page("/alerts?part=live")


async def test_what_presses_most_comes_first(house: House, alarms: Alarms) -> None:
    await alarms.cut(4)
    await alarms.let_pass(1300)
    await alarms.faulted(1)
    await alarms.incident(2, 3)
    operator = await house.visitor(Role.OPERATOR)
    text = (await read(operator, "/alerts")).text
    found = [
        text.index(one)
        for one in ("2 bornes are cut off: the mobile network bornes.lu", "Danger at CP0001", "CP0004 does not reach us")
    ]
    assert found == sorted(found)


async def test_what_a_common_cause_explains_is_folded(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.cut(2)
    await alarms.let_pass(1300)
    await alarms.incident(1, 2, 3)
    await alarms.rejudged(2, Cause.APN, "I1")
    text = " ".join((await read(operator, "/alerts")).text.split())
    assert "1 alert that another one here explains" in text
    assert "CP0002 is cut off" not in text


async def test_the_map_shows_where_and_goes_around_one_cause(house: House, alarms: Alarms) -> None:
    await alarms.incident(1, 2, 3)
    operator = await house.visitor(Role.OPERATOR)
    reader = await read(operator, "/alerts")
    shapes = [attrs.get("class") for _, attrs in reader.tags if attrs.get("class") in {"struck", "ground", "outline"}]
    assert sorted(map(str, shapes[:5])) == ["ground", "outline", "struck", "struck", "struck"]


async def test_everything_an_operator_may_do_is_done_from_its_page(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.faulted(1)
    await alarms.let_pass(6)
    for form, told in (
        ({"order": "acknowledge"}, "a-operator took it."),
        ({"order": "release"}, "a-operator had the next people told."),
        ({"order": "snooze", "span": "30m"}, "put off until"),
        ({"order": "escalate"}, "a-operator had the next people told."),
        ({"order": "hand-on", "policy": "field"}, "a-operator gave it to others: field."),
        ({"order": "silence", "scope": "station", "span": "2h", "why": "works"}, "Nobody was told: silenced until"),
        ({"order": "resolve", "cause": "a loose lug"}, "a-operator ended it: a loose lug."),
    ):
        answer = await sent(operator, "/alerts/1", **form)
        assert (answer.status, answer.headers.get("Location")) == (303, "/alerts/1"), form
        await alarms.let_pass(6)
        assert told in (await read(operator, "/alerts/1")).text, form
    assert "station=CP0001" in (await read(operator, "/silences")).text
    assert "a loose lug (a-operator)" in " ".join((await read(operator, "/alerts")).text.split())


async def test_what_is_wrong_with_an_order_is_said_on_the_page(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.faulted(1)
    for form, told in (
        ({"order": "resolve", "cause": " "}, "Say why, for those who come after you."),
        ({"order": "silence", "scope": "station", "span": "2h", "why": ""}, "Say why"),
        ({"order": "hand-on", "policy": "nobody"}, "There is no such policy."),
    ):
        answer = await sent(operator, "/alerts/1", **form)
        assert answer.status == 400, form
        assert told in await answer.text(), form
    assert (await sent(operator, "/alerts/1", order="dance")).status == 400
    assert (await sent(operator, "/alerts/1", order="silence", scope="colour", span="2h", why="x")).status == 400
    assert (await sent(operator, "/alerts/1", order="snooze", span="9y")).status == 400
    await sent(operator, "/alerts/1", order="resolve", cause="done")
    page = await operator.page("/silences")
    answer = await operator.post("/alerts/1", {"form_token": hidden(page, "form_token"), "order": "acknowledge"})
    assert "The alert is over." in await answer.text()


async def test_how_it_went_is_told_with_what_was_judged_anew(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.cut(1)
    await alarms.let_pass(1205)
    await alarms.let_pass(5)
    await alarms.rejudged(1, Cause.BEARER)
    await alarms.let_pass(5)
    await alarms.back(1, Cause.BEARER)
    await alarms.let_pass(5)
    text = (await read(operator, "/alerts/1")).text
    told = [
        "It began.",
        "We knew: an alert was opened.",
        "anna was told by mail.",
        "The cause was judged anew: link failed.",
        "It was over.",
    ]
    places = [text.index(one) for one in told]
    assert places == sorted(places)
    assert "20 min" in text, "known after"


async def test_an_incident_that_turned_out_to_be_another(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.incident(1, 2, 3)
    await alarms.let_pass(10)
    await alarms.incident(1, 2, scope=Scope.FEEDER, key="F7", again=True)
    text = (await read(operator, "/alerts/1")).text
    assert "The cause was judged anew: Power feeder F7 has failed." in text


async def test_the_report_on_paper(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.faulted(1)
    await alarms.let_pass(6)
    await sent(operator, "/alerts/1", order="resolve", cause=HOSTILE)
    answer = await operator.get("/alerts/1/report.pdf")
    data = await answer.read()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alert-1.pdf"'
    text = await asyncio.to_thread(text_of, data)
    for said in ("What happened: alert 1", "Danger at CP0001", "We knew: an alert was opened.", "anna was told by mail.", "CP0001"):
        assert said in text, said
    assert "<script>alert(1)</script>{{7*7}}" in text, "as text"
    assert "as of" not in text
    assert "Sunday 22 November 2026 (CET) 08:40:12 It began." in text
    assert await (await operator.get("/alerts/1/report.pdf")).read() == data, "the same history is the same file"


@pytest.mark.parametrize(
    ("speech", "title", "told"),
    [
        ("fr", "Ce qui s’est passé : alerte 1", "a été prévenu par courriel."),
        ("de", "Was geschehen ist: Alarm 1", "anna wurde per E-Mail benachrichtigt."),
        ("lb", "Wat geschitt ass: Alarm 1", "anna gouf iwwer E-Mail verstännegt."),
        ("pt", "O que se passou: alerta 1", "Aviso enviado a anna por e-mail."),
    ],
)
async def test_the_pages_and_the_paper_speak_every_language(
    house: House, alarms: Alarms, speech: str, title: str, told: str
) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.faulted(1)
    await alarms.let_pass(6)
    for path in PAGES:
        answer = await operator.get(path, headers={"Accept-Language": speech})
        assert answer.status == 200, path
        if answer.content_type == "text/html":
            assert answer.headers["Content-Language"] == speech
        else:
            text = await asyncio.to_thread(text_of, await answer.read())
            assert title in text.replace("\xa0", " ")
            assert told in text


async def test_the_report_of_one_that_goes_on_says_as_of_when_it_is(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.faulted(1)
    await alarms.let_pass(6)
    text = await asyncio.to_thread(text_of, await (await operator.get("/alerts/1/report.pdf")).read())
    assert "What happened: alert 1 · Bornewatch · as of Sunday 22 November 2026, 08:40:18 CET" in text


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.split())


async def test_drafts_for_the_authority_have_facts_deadlines_and_gaps(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    await alarms.incident(1, 2, 3)
    text = (await read(operator, "/alerts/1/notice")).text
    for said in (
        *("Early warning", "Incident notification", "Final report", "3 charging stations, 6 charging points"),
        *("Site 1, Site 2, Site 3", "Suspected to be unlawful or malicious: […]", "It goes on.", "23 Nov 08:40", "25 Nov 08:40"),
    ):
        assert said in text, said


# ---------------------------------------------------------------------------------------------------------- on call


@pytest.mark.usefixtures("alarms")
async def test_the_week_shows_who_is_on_call_and_can_be_changed(house: House) -> None:
    operator = await house.visitor(Role.OPERATOR)
    text = (await read(operator, "/on-call")).text
    assert "anna" in text
    assert "until 23 Nov 09:00, then ben" in text
    form = {
        "order": "override",
        "schedule": "network",
        "takes_over": "ben",
        "leaves": "anna",
        "until": "2026-11-22T20:00",
        "why": "swap",
    }
    answer = await sent(operator, "/on-call", **form)
    assert (answer.status, answer.headers["Location"]) == (303, "/on-call")
    text = " ".join((await read(operator, "/on-call")).text.split())
    assert "ben for anna swap (a-operator)" in text
    assert "until 20:00, then anna" in text
    for wrong, told in (
        (form | {"takes_over": "anna", "leaves": ""}, "but also"),
        (form | {"until": ""}, "Write from when until when."),
        (form | {"until": "2026-11-22T01:00"}, "not after it begins"),
        (form | {"schedule": "nights"}, "There is no such schedule."),
        ({"order": "shift", "schedule": "network", "until": "2026-11-25T20:00"}, "nobody would be on call"),
        ({"order": "shift", "schedule": "network", "until": "2026-11-25T20:00", "people": "zoe"}, "There is no such person"),
        ({"order": "withdraw", "change": "7"}, "That change is over"),
        ({"order": "withdraw", "change": "x"}, "That change is over"),
    ):
        answer = await sent(operator, "/on-call", **wrong)
        assert answer.status == 400, wrong
        assert told in await answer.text(), wrong
    assert (await sent(operator, "/on-call", order="withdraw", change="1")).status == 303
    shift = {"order": "shift", "schedule": "network", "people": "ben", "since": "2026-11-22T10:00", "until": "2026-11-22T12:00"}
    assert (await sent(operator, "/on-call", **shift)).status == 303
    assert "only ben" in (await read(operator, "/on-call")).text


@pytest.mark.parametrize("asked", ["2026-11-30", "never", "0001-01-01", "9999-12-31"])
async def test_any_week_may_be_asked_for(house: House, alarms: Alarms, asked: str) -> None:
    assert alarms.commands.rules.schedules
    operator = await house.visitor(Role.OPERATOR)
    assert "anna" in (await read(operator, f"/on-call?from={asked}")).text


# ---------------------------------------------------------------------------------------------------------- silences, what was sent


async def test_silences_are_entered_and_ended(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    assert "Nothing is silenced." in (await read(operator, "/silences")).text
    form = {"order": "add", "match": "site=Site 1\nsite=Site 2\nbearer = !lan", "until": "2026-11-22T20:00", "why": HOSTILE}
    assert (await sent(operator, "/silences", **form)).status == 303
    page = await operator.page("/silences")
    assert "<bdi>site=Site 1 site=Site 2</bdi><bdi>bearer=!lan</bdi>" in page, "each label on a line of its own, as it is entered"
    assert "to come" not in page
    assert "<script>alert" not in page
    for wrong in ({"until": ""}, {"why": ""}, {"match": "colour=red"}, {"match": " "}, {"until": "2020-01-01T00:00"}):
        assert (await sent(operator, "/silences", **(form | wrong))).status == 400, wrong
    assert (await sent(operator, "/silences", order="end", silence="1")).status == 303
    for number in ("1", "x"):
        assert (await sent(operator, "/silences", order="end", silence=number)).status == 400
    assert alarms.commands.silences(alarms.house.clock.now()) == []


async def test_silences_that_are_to_come_say_so_and_those_that_are_over_are_not_listed(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    now, hour = house.clock.now(), timedelta(hours=1)
    for number, (since, until) in enumerate(((0, 1), (0, 8), (20, 44)), 1):
        fits = read_matchers({"station": f"CP000{number}"})
        silence = Silence(id=0, matchers=fits, since=now + since * hour, until=now + until * hour, who="ben", why="work")
        assert await alarms.engine.obey(Hush(silence=silence, who="ben")) is Answer.DONE
    house.clock.advance(seconds=2 * 3600)  # and nothing happens by which the engine would look at them
    text = (await read(operator, "/silences")).text
    assert "Silences 2" in text
    assert "station=CP0001" not in text
    assert "to come" not in text.partition("station=CP0003")[0]
    assert "to come" in text.partition("station=CP0003")[2]
    assert [one["silence"] for one in await (await operator.get("/api/v1/silences")).json()] == [2, 3]


async def test_what_was_sent_is_listed_with_what_became_of_it(house: House, alarms: Alarms) -> None:
    operator = await house.visitor(Role.OPERATOR)
    assert "Nothing was sent yet." in (await read(operator, "/deliveries")).text
    for number in PLACES:
        await alarms.faulted(number, "GroundFailure", HOSTILE)
        await alarms.let_pass(6)
    reader = await read(operator, "/deliveries")
    assert "anna, mail" in reader.text
    assert "sent" in reader.text
    assert (await operator.get("/deliveries?before=never")).status == 200
    assert "<script>alert" not in await operator.page("/deliveries")


async def test_what_anybody_wrote_is_text_on_every_page(house: House, alarms: Alarms) -> None:
    house.put(station(7, sticker="CP7<b>", site=HOSTILE, address=HOSTILE, lat=49.6, lon=6.1))
    await alarms.faulted(7, "GroundFailure", HOSTILE)
    await alarms.let_pass(6)
    operator = await house.visitor(Role.OPERATOR)
    for path in PAGES:
        answer = await operator.get(path)
        assert answer.status == 200, path
        if answer.content_type == "text/html":
            page = await answer.text()
            assert "<script>alert" not in page, path
            assert "\u202e" not in page, path


async def test_a_caller_who_contradicts_us_is_an_alert_and_the_next_one_only_counts(house: House, alarms: Alarms) -> None:
    house.put(station(5), online())
    house.put(station(6), offline())
    agent = await house.visitor(Role.AGENT)
    for said in ("the screen is black", "it is dead"):
        answer = await sent(agent, "/stations/CP0005", said=said, to="/stations/CP0005/contradictions")
        assert (answer.status, answer.headers["Location"]) == (303, "/stations/CP0005")
    (opened,) = alarms.commands.open()
    alert, (matter,) = opened
    assert (alert.rule, matter.times, matter.note) == ("contradiction", 2, "it is dead")
    assert alarms.commands.sentence([matter], "en") == "Callers say that CP0005 does not work; we see nothing wrong."
    assert "Passed on that a caller contradicts what we see" in await agent.page("/stations/CP0005")
    assert "contradict" not in await agent.page("/stations/CP0006")
    page = await agent.page("/stations/CP0005")
    form = {"form_token": hidden(page, "form_token"), "said": "dead"}
    assert (await agent.post("/stations/CP0006/contradictions", form)).status == 409
    assert (await agent.post("/stations/CP0999/contradictions", form)).status == 404
