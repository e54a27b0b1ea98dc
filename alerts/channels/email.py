"""Mails through the operator's own mail server (RFC 5321, submission RFC 6409, STARTTLS RFC 3207).

Plain text, threaded, and marked as made by a machine (RFC 3834) so that no holiday notice answers it, unless a person wrote it.
All mails of a thread refer to one that never existed, so that nobody has to remember which was the first (RFC 5322 §3.6.4). A mail
of the same message has the same Message-ID at every attempt. What bounces later comes back to the sender's mailbox, and is nobody's
business here.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import ssl
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import aiosmtplib

from alerts.core.delivery import Outcome, Rejected, Retry, Sent, Unknown
from alerts.core.mail_addresses import is_mail_address
from alerts.core.severity import Severity
from alerts.plain import lines, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.core.delivery import Message
    from monitor.core.clock import Clock

PATIENCE_S: Final = 30.0
"""For the whole conversation."""
_GOODBYE_S: Final = 2.0
_SUBJECT: Final = 200
_TEXT: Final = 20_000
"""Characters; ten times as many would hold up everybody else for a tenth of a second while they are written."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_IMPORTANCE: Final = {Severity.PAGE: "high", Severity.TICKET: "normal", Severity.INFO: "low"}

_LATER: Final = 400
_FOR_GOOD: Final = 500
_LOGIN: Final = "our login: check user, password and tls in [smtp]"
_LOGIN_CODES: Final = frozenset({530, 534, 535, 538})
"""Replies that speak of the login, to whatever they are given (RFC 4954 §6)."""
_REFUSED: Final = (
    (aiosmtplib.SMTPAuthenticationError, _LOGIN),
    (aiosmtplib.SMTPSenderRefused, "our sender: check from in [smtp]"),
    (aiosmtplib.SMTPRecipientRefused, "the recipient"),
    (aiosmtplib.SMTPDataError, "the mail"),
)
"""Who or what a reply refuses; one to anything else says that the server is not ready for us."""
_NOT_OFFERED: Final = (aiosmtplib.SMTPException, aiosmtplib.SMTPNotSupported)
"""No STARTTLS, no way to log in that both know: raised as these, and not as one of their other kinds."""


def _written() -> policy.EmailPolicy[EmailMessage]:
    """Return how mails are written: references are ids, which must not be folded as if they were words."""
    headers = HeaderRegistry()
    for name in ("In-Reply-To", "References"):
        headers.map_to_type(name, MessageIDHeader)  # type: ignore[arg-type]  # it is mixed into a header there, as all are
    return policy.SMTP.clone(header_factory=headers)


_WRITTEN: Final = _written()


class Tls(StrEnum):
    """How the connection is encrypted; a certificate that is not trusted is refused in all of them."""

    OFFERED = "offered"
    """STARTTLS where the server offers it; a password is never sent without."""
    REQUIRED = "required"
    """STARTTLS or nothing."""
    IMPLICIT = "implicit"
    """From the first byte (port 465)."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server, and who we are there. `sender` may have a name before it; `ca` vouches for the server besides the usual ones."""

    host: str
    sender: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = Tls.OFFERED
    ca: str = ""

    @property
    def address(self) -> str:
        """The sender's bare address."""
        return parseaddr(self.sender)[1]

    @property
    def domain(self) -> str:
        """The domain in which our mails are numbered."""
        return self.address.rpartition("@")[2]

    def trust(self) -> ssl.SSLContext:
        """Return what the server's certificate is checked against; `OSError` when `ca` cannot be used."""
        context = ssl.create_default_context()
        if self.ca:
            context.load_verify_locations(self.ca)
        return context


class Email:
    """`alerts.core.delivery.Channel` by mail: one connection a mail."""

    def __init__(self, server: MailServer, clock: Clock, *, patience_s: float = PATIENCE_S) -> None:
        """Send through `server`, within `patience_s`.

        Raises:
            OSError: when the server's authority cannot be read.
            ValueError: when the sender has no address.
        """
        if not server.sender.isprintable() or not is_mail_address(server.address):
            message = f"{server.sender!r} is no sender: write NAME <address@domain> or address@domain"
            raise ValueError(message)
        self._server = server
        self._clock = clock
        self._patience_s = patience_s
        self._trust = server.trust()

    async def send(self, message: Message) -> Outcome:
        """Hand the mail over to the server."""
        if not is_mail_address(message.to):
            return Rejected(why="the mail address is none, or not in ASCII")
        mail = self._compose(message)
        client = self._client()
        handed = False
        try:
            async with asyncio.timeout(self._patience_s):
                await client.connect()
                await client.mail(self._server.address)
                await client.rcpt(message.to)
                handed = True
                await client.data(mail.as_bytes())
        except (aiosmtplib.SMTPException, OSError) as error:  # a TimeoutError is an OSError
            return _outcome_of(error, handed=handed)
        else:
            await _take_leave(client)
            return Sent(reference=str(mail["Message-ID"]))
        finally:
            client.close()

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Return `Unknown`: a mail server cannot be asked."""
        del message, since
        return Unknown(why="a mail server cannot be asked")

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        must = server.tls is Tls.REQUIRED or (server.tls is Tls.OFFERED and bool(server.user))
        implicit = server.tls is Tls.IMPLICIT
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password if server.user else None,
            local_hostname=server.domain,
            timeout=self._patience_s,
            use_tls=implicit,
            start_tls=False if implicit or server.tls is Tls.NONE else must or None,
            tls_context=self._trust,
        )

    def _compose(self, message: Message) -> EmailMessage:
        """Return the mail. What comes from outside is one line without control characters before it becomes a header."""
        mail = EmailMessage(policy=_WRITTEN)
        name, address = parseaddr(self._server.sender)
        mail["From"] = Address(one_line(name, _SUBJECT), addr_spec=address)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = one_line(message.title or message.short, _SUBJECT, spaced=message.by_hand)
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = self._number("", message.id)
        if message.thread:
            root = self._number("thread.", message.thread)
            mail["In-Reply-To"], mail["References"] = root, root
        if not message.by_hand:
            mail["Auto-Submitted"] = "auto-generated"
            mail["X-Auto-Response-Suppress"] = "All"
        mail["Importance"] = "normal" if message.over else _IMPORTANCE[message.severity]
        text = lines(message.text or message.short or message.title, _TEXT)
        url = one_line(message.url, _TEXT)
        if url and url not in text:
            text = f"{text}\n\n{url}"
        mail.set_content(text + "\n", cte="quoted-printable")  # it clears all headers that begin with Content-
        if _LANGUAGE.fullmatch(message.language):
            mail["Content-Language"] = message.language
        return mail

    def _number(self, kind: str, text: str) -> str:
        """Return a Message-ID; what is no plain word is replaced by its hash."""
        word = text if _PLAIN_ID.fullmatch(text) else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
        return f"<{kind}{word}@{self._server.domain}>"


async def _take_leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye; the mail is taken, whatever comes of that."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        async with asyncio.timeout(_GOODBYE_S):
            await client.quit()


def _outcome_of(error: Exception, *, handed: bool) -> Outcome:
    """Return what an error means; `handed`: that the mail itself may have been on its way. Replies are quoted by number only."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= _LATER:
        whom = next((whom for kind, whom in _REFUSED if isinstance(error, kind)), "")
        if error.code < _FOR_GOOD or not whom:
            return Retry(why=f"the mail server cannot take it now ({_reply(error)})")
        whom = _LOGIN if error.code in _LOGIN_CODES else whom
        return Rejected(why=f"the mail server refuses {whom} ({_reply(error)})")
    if type(error) in _NOT_OFFERED:
        return Rejected(why="the mail server does not offer what is wanted of it: check tls and user in [smtp]")
    if handed:
        return Unknown(why="the mail server was lost before it took the mail or refused it")
    said = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    return Retry(why=one_line(f"the mail server cannot be reached: {said}", _SUBJECT))


def _reply(error: aiosmtplib.SMTPResponseException) -> str:
    enhanced = _ENHANCED.match(error.message)
    return f"{error.code} {enhanced[0]}" if enhanced else str(error.code)
