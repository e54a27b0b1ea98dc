"""What a call says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.twiml import ROUNDS, Key, Phrase, announcement, farewell, phrase, read_key, voice
from tests.alerts.channels.messages import HOSTILE
from tests.support.twiml_reader import Gather, Hangup, Say, read_twiml

ACTION = "https://public.example/telephony/alerts/17/key?a=1&b=<2>"
LANGUAGES = ["fr", "de", "en", "pt", "lb"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alert_is_read_three_times_and_takes_one_key(language: str) -> None:
    steps = read_twiml(announcement("CP2500 offline.", language=language, action=ACTION))
    said = (
        Say(text="CP2500 offline.", language=voice(language)),
        Say(text=phrase(Phrase.KEYS, language), language=voice(language)),
    )
    gather = Gather(said=said, digits=1, action=ACTION)
    goodbye = Say(text=phrase(Phrase.NOBODY, language), language=voice(language))
    assert steps == [*[gather] * ROUNDS, goodbye, Hangup()]


def test_a_key_that_means_nothing_is_said_first() -> None:
    steps = read_twiml(announcement("CP2500.", language="en", action=ACTION, before=Phrase.NOT_UNDERSTOOD))
    assert steps[0] == Say(text="This key means nothing.", language="en-GB")


@pytest.mark.parametrize("which", list(Phrase))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_there_in_every_language(which: Phrase, language: str) -> None:
    assert read_twiml(farewell(which, language)) == [Say(text=phrase(which, language), language=voice(language)), Hangup()]
    assert language == "en" or phrase(which, language) != phrase(which, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keys_that_are_named_are_the_keys_that_count(language: str) -> None:
    for key in (Key.ACKNOWLEDGE, Key.ESCALATE, Key.RESOLVE):
        assert f" {key} " in phrase(Phrase.KEYS, language)


@pytest.mark.parametrize(
    ("language", "tag"),
    [
        *(("fr", "fr-FR"), ("fr-LU", "fr-FR"), ("DE", "de-DE"), ("pt", "pt-PT"), ("en", "en-GB"), ("lb", "de-DE")),
        *(("", "en-GB"), ("xx", "en-GB"), ('"><Hangup/>', "en-GB")),
    ],
)
def test_a_voice_reads_each_language(language: str, tag: str) -> None:
    assert voice(language) == tag


@pytest.mark.parametrize(("digits", "key"), [("4", Key.ACKNOWLEDGE), ("5", Key.ESCALATE), ("6", Key.RESOLVE), ("*", Key.REPEAT)])
def test_a_key_is_read(digits: str, key: Key) -> None:
    assert read_key(digits) is key


@pytest.mark.parametrize("digits", ["", "1", "44", "#", " 4", "٤", "4\n"])
def test_any_other_means_nothing(digits: str) -> None:
    assert read_key(digits) is None


def test_hostile_words_are_read_out() -> None:
    steps = read_twiml(announcement(HOSTILE, language=HOSTILE, action=ACTION))
    gather = steps[0]
    assert isinstance(gather, Gather)
    assert gather.said[0].text.startswith("CP2500 Bcc: x@evil.example <Hangup/>&amp; {{7*7}}")
    assert len(steps) == ROUNDS + 2


@given(st.text(st.characters(categories=None, exclude_categories=()), max_size=200))
def test_whatever_is_said_stays_words(spoken: str) -> None:
    document = announcement(spoken, language="en", action=ACTION)
    document.encode()
    assert len(read_twiml(document)) == ROUNDS + 2
