"""A real mail server (aiosmtpd) on the test's own loop, which refuses what it is told to refuse."""

from __future__ import annotations

import asyncio
import warnings
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from email.message import EmailMessage

USER, PASSWORD = "bornewatch", "pass:wörd"


@dataclass
class MailHost:
    """Mails that were taken, raw and with their envelopes; the other fields are replies that refuse."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    mail: str = ""
    rcpt: str = ""
    data: str = ""
    login: str = ""
    hangs_at_data: bool = False
    cuts_at_data: bool = False
    cuts_at_rcpt: bool = False

    def newest(self) -> EmailMessage:
        """Return the newest mail, parsed. No property: aiosmtpd looks at every attribute."""
        content = self.envelopes[-1].content
        assert isinstance(content, bytes)
        return message_from_bytes(content, policy=policy.default)

    # Names and signatures are aiosmtpd's.

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail:
            return self.mail
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.cuts_at_rcpt:
            _cut(server)
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data:
            return self.data
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None or _transport(server).get_extra_info("sslcontext") is not None)
        if self.hangs_at_data:
            await asyncio.Event().wait()
        if self.cuts_at_data:
            _cut(server)
        return "250 2.0.0 OK: queued as 4711"

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        if self.login:
            return AuthResult(success=False, handled=False, message=self.login)
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


def _transport(server: SMTP) -> Any:
    assert server.transport is not None
    return server.transport


def _cut(server: SMTP) -> None:
    _transport(server).abort()


@asynccontextmanager
async def mail_host(
    host: MailHost | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    must_tls: bool = False,
    must_login: bool = False,
) -> AsyncIterator[MailHost]:
    """Run a mail server on any free port; with `tls` it offers STARTTLS, or speaks TLS from the start where `implicit`."""
    host = host or MailHost()
    loop = asyncio.get_running_loop()
    servers: list[SMTP] = []

    def make() -> SMTP:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            server = SMTP(
                host,
                hostname="mail.test",
                ident="test",
                loop=loop,
                tls_context=None if implicit else tls,
                require_starttls=must_tls,
                authenticator=host.authenticate,
                auth_required=must_login,
                auth_require_tls=tls is not None and not implicit,
            )
        servers.append(server)
        return server

    listener = await loop.create_server(make, "127.0.0.1", 0, ssl=tls if implicit else None)
    host.port = listener.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        listener.close()
        for server in servers:
            if server.transport is not None:
                _cut(server)
            if server._handler_coroutine is not None:
                server._handler_coroutine.cancel()
        await listener.wait_closed()
