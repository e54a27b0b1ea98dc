"""What a caller hears before an agent answers, as TwiML (twilio.com/docs/voice/twiml): pure, words in, a document out.

First the language, then the number on the sticker, then what is known of that charger, then an agent. Nobody has to press anything:
who waits is put through. There is no voice for Luxembourgish; its sentences are read by the German one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twilio.twiml.voice_response import VoiceResponse

from hotline.core.legible import typed

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = {"1": "fr", "2": "de", "3": "lb", "4": "en", "5": "pt"}
"""Keys and the languages that they choose."""
VOICES: Final = {"fr": "fr-FR", "de": "de-DE", "lb": "de-DE", "en": "en-GB", "pt": "pt-PT"}
LONGEST_STICKER: Final = 12
LONGEST_SENTENCE: Final = 600
WAIT_S: Final = 5
RING_S: Final = 45
"""How long the agents' telephones ring."""


class Phrase(StrEnum):
    """What is said besides the sentence about the charger."""

    CHOOSE = "choose"
    STICKER = "sticker"
    UNKNOWN = "unknown"
    CONNECT = "connect"
    NOBODY = "nobody"


PHRASES: Final[Mapping[str, Mapping[Phrase, str]]] = {
    "fr": {
        Phrase.CHOOSE: "Bonjour. Pour le français, tapez 1.",
        Phrase.STICKER: "Tapez les chiffres de l'autocollant de la borne, puis dièse. Sinon, restez en ligne.",
        Phrase.UNKNOWN: "Nous ne trouvons pas de borne avec ce numéro.",
        Phrase.CONNECT: "Nous vous passons quelqu'un.",
        Phrase.NOBODY: "Personne n'est libre en ce moment. Rappelez-nous dans quelques minutes, s'il vous plaît.",
    },
    "de": {
        Phrase.CHOOSE: "Für Deutsch drücken Sie 2.",
        Phrase.STICKER: "Geben Sie die Ziffern auf dem Aufkleber der Ladestation ein, dann Raute. Sonst bleiben Sie bitte dran.",
        Phrase.UNKNOWN: "Wir finden keine Ladestation mit dieser Nummer.",
        Phrase.CONNECT: "Wir verbinden Sie.",
        Phrase.NOBODY: "Im Moment ist niemand frei. Bitte rufen Sie in ein paar Minuten wieder an.",
    },
    "lb": {
        Phrase.CHOOSE: "Fir Lëtzebuergesch, dréckt 3.",
        Phrase.STICKER: "Tippt d'Zifferen op der Etikett vun der Born an, duerno Raute. Soss bleift w.e.g. drun.",
        Phrase.UNKNOWN: "Mir fanne keng Born mat där Nummer.",
        Phrase.CONNECT: "Mir verbannen Iech.",
        Phrase.NOBODY: "Am Moment ass kee fräi. Rufft w.e.g. an e puer Minutten nach eng Kéier un.",
    },
    "en": {
        Phrase.CHOOSE: "For English, press 4.",
        Phrase.STICKER: "Enter the digits on the charger's sticker, then the hash key. Otherwise please stay on the line.",
        Phrase.UNKNOWN: "We find no charger with that number.",
        Phrase.CONNECT: "We are putting you through.",
        Phrase.NOBODY: "Nobody is free at the moment. Please call again in a few minutes.",
    },
    "pt": {
        Phrase.CHOOSE: "Para português, prima 5.",
        Phrase.STICKER: "Introduza os algarismos do autocolante do posto, depois cardinal. Caso contrário, aguarde em linha.",
        Phrase.UNKNOWN: "Não encontramos nenhum posto com esse número.",
        Phrase.CONNECT: "Vamos passar a chamada.",
        Phrase.NOBODY: "De momento ninguém está livre. Volte a ligar dentro de alguns minutos, por favor.",
    },
}


def welcome(chosen: str, otherwise: str) -> str:
    """Return the document that asks for the language and posts the key to `chosen`; who presses nothing goes on to `otherwise`."""
    response = VoiceResponse()
    gather = response.gather(input="dtmf", num_digits=1, timeout=WAIT_S, action=chosen, method="POST")
    for language in LANGUAGES.values():
        _say(gather, Phrase.CHOOSE, language)
    response.redirect(otherwise, method="POST")
    return str(response.to_xml())


def ask_sticker(language: str, given: str, otherwise: str) -> str:
    """Return the document that asks for the number on the sticker and posts it to `given`."""
    response = VoiceResponse()
    gather = response.gather(
        input="dtmf", finish_on_key="#", num_digits=LONGEST_STICKER, timeout=WAIT_S, action=given, method="POST"
    )
    _say(gather, Phrase.STICKER, language)
    response.redirect(otherwise, method="POST")
    return str(response.to_xml())


def put_through(language: str, telephone: str, over: str, sentence: str = "", *, unknown: bool = False) -> str:
    """Return the document that says `sentence` about the charger, rings `telephone`, and tells `over` how that went."""
    response = VoiceResponse()
    if unknown:
        _say(response, Phrase.UNKNOWN, language)
    if sentence:
        response.say(typed(sentence, LONGEST_SENTENCE), language=VOICES[language])
    _say(response, Phrase.CONNECT, language)
    response.dial(telephone, timeout=RING_S, action=over, method="POST")
    return str(response.to_xml())


def nobody(language: str) -> str:
    """Return the document for a caller whom nobody could answer."""
    response = VoiceResponse()
    _say(response, Phrase.NOBODY, language)
    response.hangup()
    return str(response.to_xml())


def farewell() -> str:
    """Return the document that hangs up."""
    response = VoiceResponse()
    response.hangup()
    return str(response.to_xml())


def _say(where: VoiceResponse, which: Phrase, language: str) -> None:
    where.say(PHRASES[language][which], language=VOICES[language])
