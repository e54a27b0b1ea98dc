"""Every sentence of templates, verdicts and words is in every catalogue, with the same placeholders."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural

from hotline.core.diagnosis import Barred, Safety, Symptom
from hotline.core.diagnosis.steps import Plea, Recipient, Urgency
from hotline.core.offers import OFFERED
from hotline.core.permissions import Need
from hotline.core.sentences import SAYINGS, VERDICTS, Saying, Sentence
from hotline.web import step_words, words
from hotline.web.languages import OWN_NAMES, Speech, catalogue
from monitor.core.breaches import Cause, Party
from monitor.core.events import State
from monitor.core.incidents import Confidence, Scope
from monitor.core.ladder import Finding, Level, Source
from monitor.core.observations import Status
from monitor.core.quirks import Quirk
from monitor.core.registry import Bearer, LifeCycle

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

HOLES = re.compile(r"%\(\w+\)s|\{\w+\}|</?[a-z][^>]*>")
KEYWORDS = {"marked": None, "_": None, "gettext": None, "ngettext": (1, 2)}


def texts(of: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [of] if isinstance(of, str) else list(of or ())


def extracted() -> set[str | tuple[str, ...]]:
    folder = Path(str(files("hotline")))
    found = extract_from_dir(
        folder, [("**.py", "python"), ("web/templates/**.html", "jinja2")], keywords=KEYWORDS, strip_comment_tags=True
    )
    return {tuple(message) if isinstance(message, (list, tuple)) else message for _, _, message, _, _ in found}


AS_IN_ENGLISH = {
    Speech.FRENCH: {
        *("APN", "Alertmanager", "Action", "Cause", "Pages", "Point", "Points", "Silences", "Site", "mobile (SIM)"),
        *("possible", "probable", "site", "webhook", "%(count)s silence", "%(count)s silences"),
        *("Agent", "Causes", "Contacts", "Conversation", "Notes", "Ticket", "Tickets", "console", "note", "urgent"),
    },
    Speech.GERMAN: {"APN", "Alertmanager", "Frames", "Hotline", "Region", "Ticket", "Tickets", "offline", "online"},
    Speech.LUXEMBOURGISH: {"APN", "Agent", "Alertmanager", "Frames", "Hotline", "Site", "Ticket", "all", "offline", "online"},
    Speech.PORTUGUESE: {"APN", "Alertmanager", "offline", "online", "webhook"},
}
"""Names and words that are the same in both languages; anything else that is the same was forgotten."""
ADDRESSED_OTHERWISE = {
    Speech.FRENCH: r"\b(tu|ton|ta|tes|toi)\b",
    Speech.GERMAN: r"\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]ein\w*|[Ee]uch|[Ee]uer\w*)\b",
    Speech.LUXEMBOURGISH: r"\b([Dd]u|[Dd]ech|[Dd]äi\w*|[Dd]engem|[Dd]enger|dir|iech|är\w*)\b",
    Speech.PORTUGUESE: r"\b([Tt]u|[Tt]eu|[Tt]ua|contigo|[Vv]ocê|[Vv]osso|[Vv]ossa|[Ii]nsira)\b",
}
"""Vous, Sie, Dir, and in Portugal the third person without *você*."""
WITH_N = re.compile(r"\b(?:[Dd]en|[Ee]n|[Kk]een|dësen|[Vv]un|[Aa]n|[Uu]n|hunn|sinn|ginn|kann|[Ww]ann|dann)\b(?= [^\W\d_])")
WITHOUT_N = re.compile(r"\b(?:[Ee]|[Kk]ee|dëse|[Vv]u|[Aa]|[Uu]|hu|gi|ka|[Ww]a|da)\b(?= [^\W\d_])")
KEEPS_N = re.compile(r" [ndtzhaeiouyäëéöü]", re.IGNORECASE)


@pytest.fixture(scope="module", params=[speech for speech in Speech if speech is not Speech.ENGLISH])
def known(request: pytest.FixtureRequest) -> Catalog:
    found = catalogue(request.param)
    assert found is not None
    return found


def pairs(known: Catalog) -> list[tuple[str, str]]:
    """Return every text beside its translation, one form after the other."""
    return [pair for message in known if message.id for pair in zip(texts(message.id), texts(message.string), strict=True)]


def words_of(text: str) -> str:
    return HOLES.sub("", text)


def test_every_message_is_translated_and_nothing_else(known: Catalog) -> None:
    asked = extracted()
    assert len(asked) > 150
    translated = {message.id for message in known if message.id and message.string and not message.fuzzy}
    assert {str(text) for text in asked - translated} == set()
    assert {str(text) for text in translated - asked} == set()


def test_placeholders_and_markup_are_kept(known: Catalog) -> None:
    for message in known:
        if not message.id:
            continue
        holes = set(HOLES.findall(texts(message.id)[-1]))
        for target in texts(message.string):
            found = set(HOLES.findall(target))
            assert found == holes, (message.id, target)


def test_nothing_is_left_in_english_or_in_doubt(known: Catalog) -> None:
    assert [message.id for message in known if message.id and message.fuzzy] == []
    same = {text for text, target in pairs(known) if text == target and any(sign.isalpha() for sign in words_of(text))}
    assert same == AS_IN_ENGLISH[Speech(str(known.locale))]


def test_there_are_as_many_forms_as_the_language_has(known: Catalog) -> None:
    rule = get_plural(known.locale)
    assert (known.num_plurals, known.plural_expr) == (rule.num_plurals, rule.plural_expr)
    counted = [message for message in known if not isinstance(message.id, str)]
    assert len(counted) >= 10
    for message in counted:
        assert len(texts(message.string)) == rule.num_plurals, message.id
        assert all(texts(message.string)), message.id


def test_the_reader_is_addressed_as_a_stranger(known: Catalog) -> None:
    speech = Speech(str(known.locale))
    for _, text in pairs(known):
        assert not re.search(ADDRESSED_OTHERWISE[speech], text), text


def test_french_typography(known: Catalog) -> None:
    for _, text in pairs(known):
        assert not re.search(r" [:;?!]", text), f"a plain space before a sign: {text}"


def test_the_luxembourgish_n_stands_where_it_is_said() -> None:
    known = catalogue(Speech.LUXEMBOURGISH)
    assert known is not None
    for _, text in pairs(known):
        spoken = words_of(text)
        for found in WITH_N.finditer(spoken):
            assert KEEPS_N.match(spoken, found.end()), f"{found[0]} loses its n: {text}"
        for found in WITHOUT_N.finditer(spoken):
            assert not KEEPS_N.match(spoken, found.end()), f"{found[0]} keeps its n: {text}"


def test_every_member_has_words() -> None:
    assert set(VERDICTS) == set(Sentence)
    assert set(SAYINGS) == set(Saying)
    assert set(words.STATES) == set(words.BECAME) == set(State)
    assert set(words.STATUSES) == set(Status)
    assert set(words.QUIRKS) == set(Quirk)
    assert set(words.CAUSES) == set(Cause)
    assert set(words.PARTIES) == set(Party)
    assert set(words.BEARERS) == set(Bearer)
    assert set(words.SCOPES) == set(words.FAILED) == set(Scope)
    assert set(words.CONFIDENCES) == set(Confidence)
    assert set(words.FINDINGS) == set(Finding)
    assert set(words.SOURCES) == set(Source) - {Source.NOTHING}
    assert set(words.LEVELS) == {level for level, _ in words.RUNGS} == set(Level)
    assert set(words.LIFE_CYCLES) == set(LifeCycle)
    assert set(OWN_NAMES) == set(Speech)
    assert set(step_words.SAFETIES) == set(Safety)
    assert set(step_words.SYMPTOMS) == set(Symptom)
    assert set(step_words.PLEAS) == set(Plea)
    assert set(step_words.RECIPIENTS) == set(Recipient)
    assert set(step_words.HAND_OVERS) == set(Urgency)
    assert set(step_words.ORDERS) == set(OFFERED)
    assert set(step_words.BARS) == set(Barred)
    assert set(step_words.NEEDS) == set(Need)
