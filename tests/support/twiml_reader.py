"""TwiML as Twilio reads it: the verbs that a call of ours may use, and nothing else (twilio.com/docs/voice/twiml)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A sentence, and the voice that reads it."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """What is said while a key is waited for, how many keys, and where they are posted."""

    said: tuple[Say, ...]
    digits: int
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Go on with another document."""

    url: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """The end."""


Step = Say | Gather | Redirect | Hangup


def read_twiml(text: str) -> list[Step]:
    """Read a document of a call; pauses are nothing here."""
    assert "<!DOCTYPE" not in text
    root = ET.fromstring(text)  # noqa: S314  (no DOCTYPE, so no entities)
    assert root.tag == "Response", text
    return [step for element in root if (step := _step(element)) is not None]


def read_messages(text: str) -> list[str]:
    """Read what a document of messages answers."""
    root = ET.fromstring(text)  # noqa: S314  (the tests' own service wrote it)
    assert root.tag == "Response", text
    assert all(element.tag == "Message" for element in root), text
    return ["".join(element.itertext()) for element in root]


def _step(element: ET.Element) -> Step | None:
    match element.tag:
        case "Say":
            assert not list(element), "markup inside Say"
            return Say(text=element.text or "", language=element.get("language", ""))
        case "Pause":
            return None
        case "Gather":
            inner = [_step(one) for one in element]
            said = tuple(step for step in inner if isinstance(step, Say))
            assert len(said) == sum(step is not None for step in inner), "Gather holds what cannot be said"
            return Gather(said=said, digits=int(element.get("numDigits", "0")), action=element.get("action", ""))
        case "Redirect":
            return Redirect(url=element.text or "")
        case "Hangup":
            return Hangup()
    raise AssertionError(element.tag)
