"""Mails through a real mail server."""

from __future__ import annotations

import asyncio
import ssl
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.email import Email, MailServer, Tls
from alerts.core.delivery import Channel, Outcome, Rejected, Retry, Sent, Unknown
from alerts.core.severity import Severity
from tests.alerts.channels.messages import HOSTILE, message
from tests.support.broken_servers import Broken, broken, closing, free_port, silent
from tests.support.certificates import make_files
from tests.support.clocks import START, SetClock
from tests.support.mail_servers import PASSWORD, USER, MailHost, mail_host

if TYPE_CHECKING:
    from pathlib import Path

    from alerts.core.delivery import Message

TO = "anna@example.lu"
GREETING = b"220 mail.test ESMTP\r\n"


def email(port: int, *, patience_s: float = 5, **fields: Any) -> Email:
    usual: dict[str, Any] = {"host": "127.0.0.1", "sender": "Bornewatch <alerts@watch.example>", "port": port}
    return Email(MailServer(**{**usual, **fields}), SetClock(), patience_s=patience_s)


def mail(**fields: Any) -> Message:
    return message(**{"to": TO, **fields})


def words(host: MailHost) -> str:
    """Return what the newest mail says, with plain line feeds."""
    said: str = host.newest().get_content()
    return said.replace("\r\n", "\n")


@pytest.fixture
def files(tmp_path: Path) -> Any:
    return make_files(tmp_path)


@pytest.fixture
def certificate(files: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    return context


# ---------------------------------------------------------------------------------------------------- what is written


async def test_a_mail_arrives_as_it_was_worded() -> None:
    async with mail_host() as host:
        assert await email(host.port).send(mail(title="Borne CP2500 déconnectée")) == Sent(reference="<17@watch.example>")
        envelope, read = host.envelopes[-1], host.newest()
        assert (envelope.mail_from, envelope.rcpt_tos) == ("alerts@watch.example", [TO])
        assert (read["From"], read["To"]) == ("Bornewatch <alerts@watch.example>", TO)
        assert read["Subject"] == "Borne CP2500 déconnectée"
        assert parsedate_to_datetime(read["Date"]) == START
        assert read["Auto-Submitted"] == "auto-generated"
        assert (read["Content-Language"], read["Importance"]) == ("fr", "high")
        assert read.get_content_type() == "text/plain"
        assert words(host) == "CP2500 at Brill is offline since 08:02.\nParty: grid\n\nhttps://watch.example/alerts/17\n"


async def test_a_page_that_is_in_the_text_is_not_said_twice() -> None:
    async with mail_host() as host:
        await email(host.port).send(mail(text="See https://watch.example/alerts/17 now"))
        assert words(host) == "See https://watch.example/alerts/17 now\n"
        await email(host.port).send(mail(text="", title="", url=""))
        assert words(host) == "CP2500 is offline since 08:02, power\n"
        assert host.newest()["Subject"] == "CP2500 is offline since 08:02, power"


@pytest.mark.parametrize("domain", ["watch.example", "a" * 60 + "." + "b" * 60 + ".example"])
async def test_mails_of_a_thread_are_one_thread(domain: str) -> None:
    async with mail_host() as host:
        channel = email(host.port, sender=f"alerts@{domain}")
        await channel.send(mail(id="17"))
        first = host.newest()
        await channel.send(mail(id="18", over=True))
        second = host.newest()
        assert first["Message-ID"] == f"<17@{domain}>"
        assert second["Message-ID"] == f"<18@{domain}>"
        root = f"<thread.breach-9@{domain}>"
        assert first["References"] == second["References"] == first["In-Reply-To"] == second["In-Reply-To"] == root
        assert second["Importance"] == "normal"
        raw = host.envelopes[-1].content
        assert isinstance(raw, bytes)
        assert f"References: {root}\r\n".encode() in raw


async def test_a_repetition_has_the_same_number() -> None:
    async with mail_host() as host:
        sent = [await email(host.port).send(mail(id="a b/c")) for _ in range(2)]
        assert sent[0] == sent[1]
        assert host.newest()["Message-ID"].endswith("@watch.example>")
        assert " " not in host.newest()["Message-ID"]


async def test_a_mail_without_a_thread_refers_to_nothing() -> None:
    async with mail_host() as host:
        await email(host.port).send(mail(thread="", language="", severity=Severity.INFO))
        assert host.newest()["References"] is host.newest()["In-Reply-To"] is host.newest()["Content-Language"] is None
        assert host.newest()["Importance"] == "low"


@pytest.mark.parametrize("what", ["title", "text", "thread", "id", "url", "language", "short"])
async def test_nothing_becomes_a_header_that_is_none(what: str) -> None:
    async with mail_host() as host:
        fields = {"title": "", what: HOSTILE}
        assert isinstance(await email(host.port).send(mail(**fields)), Sent)
        assert host.newest()["Bcc"] is None
        assert host.envelopes[-1].rcpt_tos == [TO]
        assert host.newest().is_multipart() is False


async def test_a_line_with_a_dot_does_not_end_the_mail() -> None:
    async with mail_host() as host:
        assert isinstance(await email(host.port).send(mail(text="one\n.\nMAIL FROM:<x@y>\n..two", url="")), Sent)
        assert words(host) == "one\n.\nMAIL FROM:<x@y>\n..two\n"
        assert len(host.envelopes) == 1


WRITER = email(1)


@given(st.text(max_size=40), st.text(max_size=300), st.text(max_size=40))
def test_whatever_is_said_can_be_written(title: str, text: str, thread: str) -> None:
    written = WRITER._compose(mail(title=title, text=text, thread=thread, id=thread)).as_bytes()
    head = written.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert set(names) <= {
        *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"Auto-Submitted"),
        *(b"X-Auto-Response-Suppress", b"Importance", b"Content-Language", b"Content-Type", b"Content-Transfer-Encoding"),
        b"MIME-Version",
    }
    assert max(len(line) for line in written.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    "to",
    [
        *(
            "",
            "anna",
            "@example.lu",
            "anna@",
            "a b@example.lu",
            "anna@example.lu\r\nRCPT TO:<x@y>",
            "anna@example.lu,ben@example.lu",
        ),
        *(
            "<anna@example.lu>",
            "Anna <anna@example.lu>",
            "änna@example.lu",
            "anna@bücher.lu",
            "a" * 250 + "@x.lu",
            "anna@example.lu>",
            ".@x",
        ),
        *("anna@exa..mple", "\ud800@example.lu", '"x y"@example.lu'),
    ],
)
async def test_what_is_no_address_is_refused(to: str) -> None:
    async with mail_host() as host:
        assert isinstance(await email(host.port).send(mail(to=to)), Rejected)
        assert host.envelopes == []


@pytest.mark.parametrize("sender", ["", "alerts", "Bornewatch", "x@y\r\nBcc: z@w"])
def test_a_sender_without_an_address_is_no_server(sender: str) -> None:
    with pytest.raises(ValueError, match="is no sender"):
        email(1, sender=sender)


# ---------------------------------------------------------------------------------------------------- what is answered


async def refused(**replies: Any) -> Outcome:
    async with mail_host() as host:
        for name, reply in replies.items():
            setattr(host, name, reply)
        return await email(host.port, patience_s=0.5 if host.hangs_at_data else 5).send(mail())


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ({"rcpt": "550 5.1.1 <anna@example.lu>: unknown"}, Rejected(why="the mail server refuses the recipient (550 5.1.1)")),
        ({"rcpt": "450 4.2.0 <anna@example.lu>: greylisted"}, Retry(why="the mail server cannot take it now (450 4.2.0)")),
        ({"mail": "553 not yours"}, Rejected(why="the mail server refuses our sender: check from in [smtp] (553)")),
        ({"mail": "452 4.3.1 full"}, Retry(why="the mail server cannot take it now (452 4.3.1)")),
        (
            {"mail": "530 5.7.0 log in"},
            Rejected(why="the mail server refuses our login: check user, password and tls in [smtp] (530 5.7.0)"),
        ),
        ({"data": "554 5.7.1 spam"}, Rejected(why="the mail server refuses the mail (554 5.7.1)")),
        ({"data": "451 4.3.0 later"}, Retry(why="the mail server cannot take it now (451 4.3.0)")),
        ({"data": "421 4.3.2 closing"}, Retry(why="the mail server cannot take it now (421 4.3.2)")),
    ],
)
async def test_a_refusal_means_what_it_says(replies: dict[str, str], outcome: Outcome) -> None:
    assert await refused(**replies) == outcome


async def test_a_connection_that_is_lost_after_the_mail_leaves_it_open() -> None:
    assert isinstance(await refused(cuts_at_data=True), Unknown)
    assert isinstance(await refused(hangs_at_data=True), Unknown)


async def test_a_connection_that_is_lost_before_the_mail_is_tried_again() -> None:
    assert isinstance(await refused(cuts_at_rcpt=True), Retry)


async def test_nobody_there_is_tried_again() -> None:
    outcome = await email(free_port()).send(mail())
    assert isinstance(outcome, Retry)
    assert "cannot be reached" in outcome.why


@pytest.mark.parametrize(
    "server",
    [
        *(silent(), closing(), Broken(before=b"hello\r\n", hangs=True), Broken(before=GREETING, after=b""), Broken(hangs=True)),
        *(
            Broken(before=b"554 5.7.1 no\r\n", hangs=True),
            Broken(before=b"421 busy\r\n"),
            Broken(before=GREETING, after=b"", hangs=True),
        ),
        Broken(before=b"\xff" * 50_000, hangs=True),
    ],
)
async def test_a_server_that_breaks_before_the_mail_is_tried_again(server: Broken) -> None:
    async with broken(server):
        assert isinstance(await email(server.port, patience_s=0.2).send(mail()), Retry)


OK = b"250 OK\r\n"


async def scripted(last: bytes, *, before_mail: bool = False) -> Outcome:
    """Send a mail to a server that takes all up to the mail, answers that with `last` and closes the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING)
        for reply in (OK, OK, OK, b"" if before_mail else b"354 go on\r\n"):
            await reader.readline()
            writer.write(reply)
        if not before_mail:
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(last)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        return await email(server.sockets[0].getsockname()[1], patience_s=5).send(mail())


async def test_what_is_lost_after_the_mail_is_open() -> None:
    assert isinstance(await scripted(b""), Unknown)
    assert isinstance(await scripted(b"", before_mail=True), Unknown)


@pytest.mark.parametrize("reply", [b"hello\r\n", b"200 what\r\n", b"354 more\r\n", b"250-OK\r\n", b"25"])
async def test_a_reply_to_the_mail_that_is_none_leaves_it_open(reply: bytes) -> None:
    assert isinstance(await scripted(reply), Unknown)


async def test_a_goodbye_that_is_not_answered_takes_nothing_back() -> None:
    assert isinstance(await scripted(OK), Sent)


async def test_a_mail_server_cannot_be_asked() -> None:
    channel: Channel = email(1)
    assert isinstance(await channel.ask(mail()), Unknown)


# ---------------------------------------------------------------------------------------------------- encryption and login


async def test_a_connection_is_encrypted_where_that_is_offered(files: Any, certificate: ssl.SSLContext) -> None:
    async with mail_host(tls=certificate) as host:
        assert isinstance(await email(host.port, ca=str(files.client_ca)).send(mail()), Sent)
        assert host.encrypted == [True]
    async with mail_host() as host:
        assert isinstance(await email(host.port).send(mail()), Sent)
        assert host.encrypted == [False]


async def test_a_server_may_want_encryption(files: Any, certificate: ssl.SSLContext) -> None:
    async with mail_host(tls=certificate, must_tls=True) as host:
        assert isinstance(await email(host.port, ca=str(files.client_ca), tls=Tls.REQUIRED).send(mail()), Sent)
        outcome = await email(host.port, tls=Tls.NONE).send(mail())
        assert outcome == Rejected(why="the mail server refuses our login: check user, password and tls in [smtp] (530)")


async def test_encryption_from_the_first_byte(files: Any, certificate: ssl.SSLContext) -> None:
    async with mail_host(tls=certificate, implicit=True) as host:
        assert isinstance(await email(host.port, ca=str(files.client_ca), tls=Tls.IMPLICIT).send(mail()), Sent)
        assert host.encrypted == [True]


@pytest.mark.parametrize("tls", [Tls.OFFERED, Tls.REQUIRED, Tls.IMPLICIT])
async def test_a_certificate_that_is_not_trusted_is_refused(certificate: ssl.SSLContext, tls: Tls) -> None:
    async with mail_host(tls=certificate, implicit=tls is Tls.IMPLICIT) as host:
        outcome = await email(host.port, tls=tls).send(mail())
        assert isinstance(outcome, Retry)
        assert "CERTIFICATE_VERIFY_FAILED" in outcome.why
        assert host.envelopes == []


def test_an_authority_that_cannot_be_read_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        email(1, ca=str(tmp_path / "none.pem"))


async def test_we_log_in(files: Any, certificate: ssl.SSLContext) -> None:
    async with mail_host(tls=certificate, must_login=True) as host:
        server: dict[str, Any] = {"ca": str(files.client_ca), "user": USER, "password": PASSWORD}
        assert isinstance(await email(host.port, **server).send(mail()), Sent)
        assert host.logins == [(USER.encode(), PASSWORD.encode())]
        outcome = await email(host.port, **{**server, "password": "wrong"}).send(mail())
        assert isinstance(outcome, Rejected)
        assert "check user, password and tls in [smtp]" in outcome.why
        host.login = "454 4.7.0 later"
        assert isinstance(await email(host.port, **server).send(mail()), Retry)
    assert PASSWORD not in repr(MailServer(host="h", sender=TO, user=USER, password=PASSWORD))


async def test_a_password_is_never_sent_in_the_clear() -> None:
    async with mail_host() as host:
        outcome = await email(host.port, user=USER, password=PASSWORD).send(mail())
        assert outcome == Rejected(why="the mail server does not offer what is wanted of it: check tls and user in [smtp]")
        assert (host.logins, host.envelopes) == ([], [])


async def test_unless_that_is_what_the_configuration_says() -> None:
    async with mail_host(must_login=True) as host:
        outcome = await email(host.port, user=USER, password=PASSWORD, tls=Tls.NONE).send(mail())
        assert isinstance(outcome, Sent)
        assert host.logins == [(USER.encode(), PASSWORD.encode())]


async def test_many_mails_at_once_are_many_connections() -> None:
    async with mail_host() as host:
        channel = email(host.port)
        outcomes = await asyncio.gather(*(channel.send(mail(id=str(number))) for number in range(20)))
        assert all(isinstance(outcome, Sent) for outcome in outcomes)
        assert len(host.envelopes) == 20
