"""What a call says and which keys it takes, as TwiML (twilio.com/docs/voice/twiml): pure, an alert's words in, a document out.

Words of stations and sites are text inside `<Say>`, never markup. There is no voice for Luxembourgish: its sentences are read by
the German one. What a key does is decided elsewhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twilio.twiml.voice_response import VoiceResponse

from alerts.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUNDS: Final = 3
"""How often a message is read to somebody who presses nothing."""
WAIT_S: Final = 6
"""How long a key is waited for after each."""
_LONGEST: Final = 1000

_VOICES: Final = {"fr": "fr-FR", "de": "de-DE", "en": "en-GB", "pt": "pt-PT", "lb": "de-DE"}


class Key(StrEnum):
    """Keys and what they ask for; the digits are those of other alerting systems."""

    ACKNOWLEDGE = "4"
    ESCALATE = "5"
    RESOLVE = "6"
    REPEAT = "*"


class Phrase(StrEnum):
    """What a call says besides the alert."""

    KEYS = "keys"
    NOBODY = "nobody"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    NOT_UNDERSTOOD = "not understood"
    FAILED = "failed"


_ENGLISH: Final = {
    Phrase.KEYS: "Press 4 to acknowledge, 5 to escalate, 6 if it is resolved, star to repeat.",
    Phrase.NOBODY: "No key was pressed. Goodbye.",
    Phrase.ACKNOWLEDGED: "Thank you, you have acknowledged it. Goodbye.",
    Phrase.ESCALATED: "It is passed on to the next person. Goodbye.",
    Phrase.RESOLVED: "Thank you, it is marked as resolved. Goodbye.",
    Phrase.NOT_UNDERSTOOD: "This key means nothing.",
    Phrase.FAILED: "This did not work. Please use the console. Goodbye.",
}
_PHRASES: Final[Mapping[str, Mapping[Phrase, str]]] = {
    "en": _ENGLISH,
    "fr": {
        Phrase.KEYS: "Tapez 4 pour prendre en charge, 5 pour escalader, 6 si c'est résolu, étoile pour répéter.",
        Phrase.NOBODY: "Aucune touche n'a été pressée. Au revoir.",
        Phrase.ACKNOWLEDGED: "Merci, vous avez pris l'alerte en charge. Au revoir.",
        Phrase.ESCALATED: "L'alerte est transmise à la personne suivante. Au revoir.",
        Phrase.RESOLVED: "Merci, l'alerte est marquée comme résolue. Au revoir.",
        Phrase.NOT_UNDERSTOOD: "Cette touche n'a pas de fonction.",
        Phrase.FAILED: "Cela n'a pas fonctionné. Veuillez utiliser la console. Au revoir.",
    },
    "de": {
        Phrase.KEYS: "Drücken Sie 4 zum Übernehmen, 5 zum Weitergeben, 6 wenn es behoben ist, Stern zum Wiederholen.",
        Phrase.NOBODY: "Es wurde keine Taste gedrückt. Auf Wiederhören.",
        Phrase.ACKNOWLEDGED: "Danke, Sie haben den Alarm übernommen. Auf Wiederhören.",
        Phrase.ESCALATED: "Der Alarm geht an die nächste Person. Auf Wiederhören.",
        Phrase.RESOLVED: "Danke, der Alarm ist als behoben vermerkt. Auf Wiederhören.",
        Phrase.NOT_UNDERSTOOD: "Diese Taste ist nicht belegt.",
        Phrase.FAILED: "Das hat nicht geklappt. Bitte benutzen Sie die Konsole. Auf Wiederhören.",
    },
    "lb": {
        Phrase.KEYS: "Dréckt 4 fir z'iwwerhuelen, 5 fir weiderzeginn, 6 wann et behuewen ass, Stär fir ze widderhuelen.",
        Phrase.NOBODY: "Et gouf keng Tast gedréckt. Äddi.",
        Phrase.ACKNOWLEDGED: "Merci, Dir hutt den Alarm iwwerholl. Äddi.",
        Phrase.ESCALATED: "Den Alarm geet un déi nächst Persoun. Äddi.",
        Phrase.RESOLVED: "Merci, den Alarm ass als behuewen notéiert. Äddi.",
        Phrase.NOT_UNDERSTOOD: "Dës Tast ass net beluecht.",
        Phrase.FAILED: "Dat huet net geklappt. Benotzt w.e.g. d'Konsol. Äddi.",
    },
    "pt": {
        Phrase.KEYS: "Prima 4 para assumir, 5 para passar adiante, 6 se está resolvido, asterisco para repetir.",
        Phrase.NOBODY: "Nenhuma tecla foi premida. Até à próxima.",
        Phrase.ACKNOWLEDGED: "Obrigado, assumiu o alerta. Até à próxima.",
        Phrase.ESCALATED: "O alerta passa para a próxima pessoa. Até à próxima.",
        Phrase.RESOLVED: "Obrigado, o alerta está marcado como resolvido. Até à próxima.",
        Phrase.NOT_UNDERSTOOD: "Esta tecla não tem função.",
        Phrase.FAILED: "Não funcionou. Por favor use a consola. Até à próxima.",
    },
}


def read_key(digits: str) -> Key | None:
    """Return the key that was pressed, ``None`` for one that means nothing."""
    try:
        return Key(digits)
    except ValueError:
        return None


def voice(language: str) -> str:
    """Return the tag of the voice that reads `language`; one that is not known is read as English."""
    return _VOICES.get(_short(language), _VOICES["en"])


def phrase(which: Phrase, language: str) -> str:
    """Return that phrase in `language`; in English where it is not known."""
    return _PHRASES.get(_short(language), _ENGLISH)[which]


def announcement(spoken: str, *, language: str, action: str, before: Phrase | None = None) -> str:
    """Return the document that reads an alert and takes one key, `ROUNDS` times, and then hangs up.

    Args:
        spoken: the alert, in `language`.
        language: the person's.
        action: where Twilio posts the key as `Digits`.
        before: said first, once; `Phrase.NOT_UNDERSTOOD` after a key that means nothing.
    """
    response = VoiceResponse()
    if before is not None:
        response.say(phrase(before, language), language=voice(language))
    for _ in range(ROUNDS):
        gather = response.gather(input="dtmf", num_digits=1, timeout=WAIT_S, action=action, method="POST")
        gather.say(one_line(spoken, _LONGEST), language=voice(language))
        gather.say(phrase(Phrase.KEYS, language), language=voice(language))
    return _end(response, Phrase.NOBODY, language)


def farewell(which: Phrase, language: str) -> str:
    """Return the document that says a phrase and hangs up."""
    return _end(VoiceResponse(), which, language)


def _end(response: VoiceResponse, which: Phrase, language: str) -> str:
    response.say(phrase(which, language), language=voice(language))
    response.hangup()
    return str(response.to_xml())


def _short(language: str) -> str:
    return language.partition("-")[0].lower()
