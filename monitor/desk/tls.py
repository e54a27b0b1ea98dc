"""TLS of the field listener: certificates that are read again when they change, and what the other side showed of itself.

Server side of security profiles 2 and 3 (OCA whitepaper for 1.6, edition 3, §2; 2.0.1 part 2 §A00): TLS 1.2 or newer, no
compression (A00.FR.320), client certificates where there is a client CA. Old suites and versions only where a listener is said to
be for old stations. Who may come in is not decided here.
"""

from __future__ import annotations

import ssl
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

import structlog
from cryptography import x509

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

log = structlog.get_logger("field")

SUITES: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM"
"""Forward secrecy and authenticated encryption only; those of TLS 1.3 are always on."""
OLD_SUITES: Final = f"{SUITES}:ECDHE+AES:RSA+AESGCM:RSA+AES:@SECLEVEL=0"
"""And those with RSA key exchange that A00.FR.317 wants, which old stations have no others than."""
_FORMAT: Final = "%b %d %H:%M:%S %Y %Z"


class TlsError(ValueError):
    """Certificate and key cannot be used; the message is one line: which file, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """The files of one listener: certificate chain, key, who signs client certificates; and whether it is for old stations."""

    certificate: Path
    key: Path
    client_ca: Path | None = None
    legacy: bool = False

    def marks(self) -> tuple[tuple[int, int], ...]:
        """Return what changes when one of the files does.

        Raises:
            OSError: when one is not there.
        """
        files = [self.certificate, self.key, *([] if self.client_ca is None else [self.client_ca])]
        return tuple((found.st_mtime_ns, found.st_ino) for found in (file.stat() for file in files))


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What the other end of a TLS connection showed: its version, and common name and end of its certificate, if it had one."""

    version: str
    common_name: str | None = None
    until: datetime | None = None


class ServerContext(ssl.SSLContext):
    """A context for a listener that goes on with other certificates when its files change.

    The connections that are open keep theirs. `until` is the end of the server's own certificate, `failures` how many handshakes
    failed, by OpenSSL's word.
    """

    def __new__(cls, _files: TlsFiles) -> Self:
        """Make the shell; what is used stands within."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(self, files: TlsFiles) -> None:
        """Read `files`.

        Raises:
            TlsError: when they cannot be used.
        """
        super().__init__()
        self.files = files
        self.failures: Counter[str] = Counter()
        self._marks: tuple[tuple[int, int], ...] = ()
        self._current: ssl.SSLContext
        self.until: datetime
        self._read()

    def _read(self) -> None:
        try:
            marks = self.files.marks()
            self._current, self.until = _build(self.files, self.failures)
        except OSError as error:  # an SSLError is one
            message = f"{error.filename or self.files.certificate}: {error.strerror or error}"
            raise TlsError(message) from None
        except ValueError as error:
            message = f"{self.files.certificate}: {error}"
            raise TlsError(message) from None
        self._marks = marks

    def refresh(self) -> bool:
        """Read the files again if they have changed; return whether new ones are in use. What cannot be used changes nothing."""
        try:
            if self.files.marks() == self._marks:
                return False
            self._read()
        except (OSError, TlsError) as error:
            log.warning(
                "a certificate could not be read again, the old one stays in use",
                file=str(self.files.certificate),
                error=str(error),
            )
            return False
        log.info("a certificate was read again", file=str(self.files.certificate), until=self.until.isoformat())
        return True

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:  # noqa: ANN401  (the arguments of the base class)
        """Begin a connection with the certificates of now."""
        return self._current.wrap_bio(*arguments, **named)


def _build(files: TlsFiles, failures: Counter[str]) -> tuple[ssl.SSLContext, datetime]:
    """Return a context of `files`, and when the certificate ends.

    Raises:
        OSError: when a file cannot be read or used.
        ValueError: when it is no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED if files.legacy else ssl.TLSVersion.TLSv1_2
    context.set_ciphers(OLD_SUITES if files.legacy else SUITES)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.load_cert_chain(files.certificate, files.key, password=lambda: "")
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    context.sslobject_class = _counting(failures)
    return context, _until(files.certificate)


def _until(certificate: Path) -> datetime:
    chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    return chain[0].not_valid_after_utc


def _counting(failures: Counter[str]) -> type[ssl.SSLObject]:
    """Return a kind of connection that counts the handshakes that fail: nobody else hears of them."""

    class Counting(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                failures[error.reason or "UNKNOWN"] += 1
                raise

    return Counting


def peer_of(transport: asyncio.BaseTransport | None) -> Peer | None:
    """Return what the other end of `transport` showed, ``None`` where it is plain."""
    tls = None if transport is None else transport.get_extra_info("ssl_object")
    if tls is None:
        return None
    shown = tls.getpeercert() or {}
    names = [value for part in shown.get("subject", ()) for key, value in part if key == "commonName"]
    until = shown.get("notAfter")
    return Peer(
        version=tls.version() or "",
        common_name=names[-1] if names else None,
        until=None if until is None else datetime.strptime(until, _FORMAT).replace(tzinfo=UTC),
    )
