"""The frame log and the line of a station: as a page, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from hotline.core.frames import Kind, actions_in, entries_of, of_action, read
from hotline.web.wording import span
from monitor.runtime.trace import FRAME_LENGTH, FRAMES, Direction, Frame, Trace

from .reading import HABITS, Reader, ago, line, online
from .reading import read as read_page
from .support import NOW, Browser, House, station

if TYPE_CHECKING:
    from monitor.core.registry import Station


def frame(text: str, direction: Direction = Direction.IN, **said: Any) -> Frame:
    return Frame(at=NOW, direction=direction, text=text, **said)


# -------------------------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ('[2,"1","Heartbeat",{}]', Kind.CALL, ("1", "Heartbeat", "", "", "{}")),
        ('[3,"1",{"a":[1,{}],"b":[]}]', Kind.CALLRESULT, ("1", "", "", "", '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}')),
        ('[4,"1","NotImplemented","no such",{}]', Kind.CALLERROR, ("1", "", "NotImplemented", "no such", "{}")),
        ('[5,"1","FormatViolation","",{"x":1.50}]', Kind.CALLRESULTERROR, ("1", "", "FormatViolation", "", '{\n  "x": 1.50\n}')),
        ('[6,"1","NotifyPeriodicEventStream",{}]', Kind.SEND, ("1", "NotifyPeriodicEventStream", "", "", "{}")),
        (' [ 2 , "\\u0031" , "X" , {"a":1,"a":2} ] ', Kind.CALL, ("1", "X", "", "", '{\n  "a": 1,\n  "a": 2\n}')),
        ('[2,"1","a\\u202eb",{"c":"d\u202ee"}]', Kind.CALL, ("1", "a⟨U+202E⟩b", "", "", '{\n  "c": "d⟨U+202E⟩e"\n}')),
        ('[2,"\\ud800","X",{}]', Kind.CALL, ("⟨U+D800⟩", "X", "", "", "{}")),
        ('[4,"1","InternalError"]', Kind.CALLERROR, ("1", "", "InternalError", "", "")),
        ("hello\n", Kind.UNREADABLE, ("", "", "", "", "hello⟨U+000A⟩")),
        ('[2,"1","X",{}', Kind.UNREADABLE, ("", "", "", "", '[2,"1","X",{}')),
        ('[9,"1",{}]', Kind.UNREADABLE, ("", "", "", "", '[9,"1",{}]')),
        ("{}", Kind.UNREADABLE, ("", "", "", "", "{}")),
    ],
)
def test_a_frame_in_its_parts(text: str, kind: Kind, told: tuple[str, ...]) -> None:
    entry = read(frame(text))
    assert entry.kind is kind
    assert (entry.id, entry.action, entry.code, entry.description, entry.payload) == told
    assert entry.is_error is (kind in {Kind.CALLERROR, Kind.CALLRESULTERROR, Kind.UNREADABLE})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[2,"1","Authorize",{"idTag":"04', (Kind.CALL, "1", "Authorize", '{"idTag":"04')),
        ('[2,"1","Auth', (Kind.CALL, "1", "", '"Auth')),
        ('[2,"1","A\\x",{', (Kind.CALL, "1", "A\\x", "{")),
        ('[2,"1', (Kind.UNREADABLE, "", "", '[2,"1')),
    ],
)
def test_a_frame_that_was_cut_is_read_as_far_as_it_goes(text: str, told: tuple[Kind, str, str, str]) -> None:
    entry = read(frame(text, cut=True))
    assert (entry.kind, entry.id, entry.action, entry.payload) == told


def test_an_answer_has_the_action_of_its_request_on_the_same_socket() -> None:
    found = entries_of(
        [
            frame('[2,"1","Heartbeat",{}]'),
            frame('[2,"1","Reset",{}]', Direction.OUT),
            frame('[3,"1",{"status":"Accepted"}]'),
            frame('[3,"1",{"currentTime":"x"}]', Direction.OUT),
            frame("code 1006", Direction.REMARK, code=1006),
            frame('[3,"1",{}]', Direction.OUT),
        ]
    )
    assert [entry.action for entry in found] == ["", "", "Heartbeat", "Reset", "Reset", "Heartbeat"]
    assert actions_in(found) == ["Heartbeat", "Reset"]
    assert [entry.kind for entry in of_action(found, "Reset")] == [Kind.REMARK, Kind.CALLRESULT, Kind.CALL]
    assert of_action(found, "") == found


def test_depth_and_length_stay_bounded() -> None:
    deep = '[2,"1","X",' + "[" * 240 + "1,2" + "]" * 240 + "]"
    entry = read(frame(deep))
    assert entry.kind is Kind.CALL
    assert len(entry.payload) < 2 * len(deep)
    assert len(read(frame(f'[2,"1","{"x" * 400}",{{}}]')).action) == 128


@given(st.text(max_size=60) | st.text('[]{}",:\\u0 2345-\n\u202e', max_size=60), st.booleans())
def test_whatever_a_station_sends_is_read(text: str, cut: bool) -> None:
    entry = read(frame(text, cut=cut))
    for told in (entry.id, entry.action, entry.code, entry.description, *entry.payload.split("\n")):
        assert told.isprintable() or not told.isascii()


# ---------------------------------------------------------------------------------------------------------------- pages


@pytest.fixture
def known(house: House) -> Station:
    """Return a station with a line and habits."""
    found = house.put(station(2500), online(habits=HABITS))
    house.contacts.lines[found.id] = line()
    return found


@pytest.mark.usefixtures("known")
async def test_the_line_stands_below_what_an_agent_needs(browser: Browser) -> None:
    told = (await read_page(browser, "/stations/CP2500")).words
    order = [
        "Say this",
        "The last 24 hours",
        "Line round trip 48 ms",
        "Connected since 06:40 (2 h 00)",
        "Address 10.20.0.7",
        "Protocol OCPP 1.6",
        "Round trip of our ping 48 ms last 61 ms",
        "Answers our pings yes",
        "Speaks a message every 42 s",
        "Messages since we started 1204, 3 invalid",
        "Habits",
        "names no protocol version when it connects taken as ocpp1.6 first 21 Nov 02:40, last 06:40",
        "has a wrong clock 07:40",
        "How its connections ended",
        "06:40 no close frame: the connection broke 1006",
        "03:40 it went away 1001",
        "Owner, maintainer",
    ]
    place = 0
    for text in order:
        place = told.index(text, place)


async def test_of_a_line_never_seen_nothing_is_claimed(house: House, browser: Browser) -> None:
    house.put(station(1), online())
    told = (await read_page(browser, "/stations/CP0001")).words
    assert "Connected not since we started" in told
    assert "Round trip of our ping not measured" in told
    assert "Answers our pings never so far" in told
    assert "Speaks not known" in told
    assert "Habits" not in told
    frames = (await read_page(browser, "/stations/CP0001/frames")).words
    assert "We have seen no frame of it since we started." in frames


async def test_a_station_that_was_known_to_answer_pings_still_is(house: House, browser: Browser) -> None:
    found = house.put(station(1), online(pongs=True))
    house.contacts.lines[found.id] = line(opened_at=None, pongs=False, invalid=0)
    told = (await read_page(browser, "/stations/CP0001")).words
    assert "Connected not now" in told
    assert "Answers our pings yes" in told
    assert "invalid" not in told


@pytest.mark.usefixtures("known")
async def test_the_frames_newest_first_with_words_for_what_colours_say(browser: Browser) -> None:
    page = await read_page(browser, "/stations/CP2500/frames")
    told = page.words
    order = [
        '08:40:04.000 → from the charger CALLRESULT bornewatch-1-4 { "status": "Accepted" }',
        "08:39:43.000 → from the charger no OCPP message hello?",
        '08:39:42.000 → from the charger CALL MeterValues 19 cut, the rest was not kept {"connectorId":1,"meterValue":[{"time',
        "← to the charger CALLERROR StatusNotification error: PropertyConstraintViolation 18",
        "errorCode: not known",
        "← to the charger CALLRESULT Authorize 17",
        '08:38:42.000 → from the charger CALL Authorize 17 { "idTag": "04…" }',
        "Connection opened 1.6 from 10.20.0.7",
        "Connection ended: no close frame: the connection broke code 1006",
    ]
    place = 0
    for text in order:
        place = told.index(text, place)
    hidden = [attrs for tag, attrs in page.tags if tag == "span" and attrs.get("aria-hidden")]
    assert len(hidden) == 7, "arrows are for the eye, the words beside them for everybody"
    options = [attrs["value"] for tag, attrs in page.tags if tag == "option"]
    assert options == ["", "Authorize", "MeterValues", "StatusNotification"]


@pytest.mark.usefixtures("known")
async def test_one_action_and_its_answers(browser: Browser) -> None:
    page = await read_page(browser, "/stations/CP2500/frames?action=Authorize")
    assert page.words.count("CALL Authorize") == 1
    assert "CALLRESULT Authorize" in page.words
    assert "MeterValues 19" not in page.words
    assert "Connection opened" in page.words, "when the socket changed is told all the same"
    chosen = [attrs["value"] for tag, attrs in page.tags if tag == "option" and "selected" in attrs]
    assert chosen == ["Authorize"]
    assert any(attrs.get("href") == "/stations/CP2500/frames?action=Authorize&as=text" for tag, attrs in page.tags)
    other = await read_page(browser, "/stations/CP2500/frames?action=%3Cb%3E%E2%80%AE")
    assert "There is no frame of that action among the last ones." in other.words
    assert "<b>⟨U+202E⟩" in other.words


@pytest.mark.usefixtures("known")
async def test_the_frames_as_text_to_hand_on(browser: Browser) -> None:
    answer = await browser.get("/stations/CP2500/frames?as=text")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="frames-CP2500.txt"'
    lines = (await answer.text()).splitlines()
    assert lines[0] == "2026-11-22T05:38:32.000Z — socket closed, code 1006"
    assert lines[1] == "2026-11-22T05:40:12.000Z — socket opened, 1.6 from 10.20.0.7"
    assert lines[2] == '2026-11-22T07:38:42.000Z → [2,"17","Authorize",{"idTag":"04…"}]'
    assert lines[3].startswith("2026-11-22T07:38:42.123Z ← [3")
    assert lines[6].endswith('[{"time (cut)')
    one = await (await browser.get("/stations/CP2500/frames?as=text&action=MeterValues")).text()
    assert one.count("[2,") == 1


async def test_hostile_frames_are_only_ever_text(house: House, browser: Browser) -> None:
    hostile = [
        "<img src=x onerror=alert(1)>",
        '[2,"</pre><script>alert(1)</script>","\\" onmouseover=\\"x",{"<b>":"</code>"}]',
        '[2,"\\ud800","\\u202eX",{"a":"\u202e\u2066\x00"}]',
        '[4,"1","<i>","<u>",{}]',
        "a\r\n2026-11-22T05:40:12.000Z ← [3]",
        "[" * FRAME_LENGTH,
        '[2,"1","' + "X" * (FRAME_LENGTH - 8),
    ]
    found = house.put(station(7, "ESCH 1/A"), online())
    frames = tuple(frame(text, cut=len(text) >= FRAME_LENGTH) for text in hostile) * 4
    house.contacts.lines[found.id] = line(frames=frames, address="<b>", protocol="<i>")
    for path in ("/stations/ESCH%201%2FA", "/stations/ESCH%201%2FA/frames"):
        source = await (await browser.session.get(URL(browser.base + path, encoded=True))).text()
        page = Reader(source)
        assert not {"img", "b", "i", "u"} & {tag for tag, _ in page.tags}
        assert sum(tag == "script" for tag, _ in page.tags) == 1
        assert not {"\u202e", "\u2066", "\x00"} & set(source)
        assert len(source) < 120_000
    answer = await browser.session.get(URL(browser.base + "/stations/ESCH%201%2FA/frames?as=text", encoded=True))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="frames-ESCH_1_A.txt"'
    assert len((await answer.text()).splitlines()) == len(frames), "a frame cannot pretend to be two"


async def test_another_spelling_is_led_to_the_frames(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    answer = await browser.get("/stations/cp-2500/frames")
    assert (answer.status, answer.headers["Location"]) == (303, "/stations/CP2500/frames")
    assert (await browser.get("/stations/CP9999/frames")).status == 404


async def test_a_day_before_today_is_named(house: House, browser: Browser) -> None:
    found = house.put(station(1), online())
    old = Frame(at=ago(hours=30), direction=Direction.IN, text="[]")
    house.contacts.lines[found.id] = line(frames=(old,))
    assert "21 Nov 02:40:12.000" in (await read_page(browser, "/stations/CP0001/frames")).words


async def test_the_frames_speak_french(house: House, browser: Browser) -> None:
    found = house.put(station(1), online())
    house.contacts.lines[found.id] = line()
    answer = await browser.get("/stations/CP0001/frames", headers={"Accept-Language": "fr"})
    told = Reader(await answer.text()).words
    assert "→ de la borne CALL Authorize" in told
    assert "Fin de connexion : sans trame de fermeture : connexion rompue" in told


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0004, "0 ms"), (0.048, "48 ms"), (1.0, "1.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (299.6, "300 s"), (900, "15 min")],
)
def test_spans_of_time(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("code", "words"), [(1000, "in good order"), (4001, "a code of the maker's own"), (3000, "maker's own"), (1099, "unknown code")]
)
async def test_close_codes_in_words(house: House, browser: Browser, code: int, words: str) -> None:
    found = house.put(station(1), online())
    trace = Trace()
    trace.closed(ago(hours=1), code)
    house.contacts.lines[found.id] = trace.contact(pongs=False, invalid=0)
    assert f"{words} {code}" in (await read_page(browser, "/stations/CP0001")).words


# ------------------------------------------------------------------------------------------------------------------ API


@pytest.mark.usefixtures("known")
async def test_the_api_says_the_same(browser: Browser) -> None:
    body = await (await browser.get("/api/v1/stations/2500/frames?action=Authorize")).json()
    assert body["station"] == "CP2500"
    assert [(one["direction"], one["kind"], one["action"]) for one in body["frames"]] == [
        ("out", "CALLRESULT", "Authorize"),
        ("in", "CALL", "Authorize"),
        ("remark", "remark", ""),
        ("remark", "remark", ""),
    ]
    assert body["frames"][1] == {
        "at": "2026-11-22T07:38:42Z",
        "direction": "in",
        "kind": "CALL",
        "action": "Authorize",
        "id": "17",
        "text": '[2,"17","Authorize",{"idTag":"04…"}]',
        "cut": False,
        "close_code": None,
    }
    assert body["frames"][3]["close_code"] == 1006
    contact = (await (await browser.get("/api/v1/stations/CP2500")).json())["contact"]
    assert (contact["rtt_s"], contact["gap_s"], contact["invalid"]) == (0.0484, 42.3, 3)
    assert contact["ended"][0] == {"at": "2026-11-22T05:40:12Z", "code": 1006}
    assert contact["quirks"][0] == {
        "quirk": "no_subprotocol",
        "first_at": "2026-11-21T01:40:12Z",
        "last_at": "2026-11-22T05:40:12Z",
        "detail": "taken as ocpp1.6",
    }
    assert (await browser.get("/api/v1/stations/CP9999/frames")).status == 404


async def test_what_the_collector_kept_is_what_is_shown(house: House, browser: Browser) -> None:
    found = house.put(station(1), online())
    trace = Trace()
    trace.opened(ago(minutes=9), "1.6", "10.0.0.1")
    for number in range(FRAMES):
        trace.heard(ago(seconds=90 - number), f'[2,"{number}","Authorize",{{"idTag":"04A2B3C4D5{number:02}"}}]')
    house.contacts.lines[found.id] = trace.contact(pongs=True, invalid=0)
    for path in ("/stations/CP0001/frames", "/stations/CP0001/frames?as=text", "/api/v1/stations/CP0001/frames"):
        told = await browser.page(path)
        assert told.count("04…") == FRAMES
        assert "A2B3" not in told
