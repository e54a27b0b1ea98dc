"""The certificates of the TLS listeners: read at the start, again when their files change, warned of before they end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from monitor.configuration import ConfigurationError
from monitor.core.findings import SOON
from monitor.desk.tls import ServerContext, TlsError, TlsFiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.core.clock import Clock
    from monitor.settings import TlsSettings

log = structlog.get_logger("field")


class Certificates:
    """The contexts of the listeners, in the order of the configuration."""

    def __init__(self, settings: Sequence[TlsSettings], clock: Clock) -> None:
        """Read the files that `settings` name.

        Raises:
            ConfigurationError: when one cannot be used; the message names its key.
        """
        self._clock = clock
        self._listens = [one.listen for one in settings]
        self.contexts = [_context(number, one) for number, one in enumerate(settings)]

    def ends(self) -> dict[str, datetime]:
        """Return when each certificate ends, by its listener's address."""
        return {listen: context.until for listen, context in zip(self._listens, self.contexts, strict=True)}

    def failures(self) -> Counter[str]:
        """Return how many handshakes failed, by reason."""
        return sum((one.failures for one in self.contexts), Counter())

    def refresh(self) -> None:
        """Read again what has changed."""
        for context in self.contexts:
            context.refresh()

    def warn(self) -> None:
        """Say which certificates end soon."""
        for listen, until in self.ends().items():
            if until - self._clock.now() < SOON:
                log.warning("the certificate of a listener ends soon: replace it", listen=listen, until=until.isoformat())


def _context(number: int, one: TlsSettings) -> ServerContext:
    client_ca = Path(one.client_ca) if one.client_ca else None
    try:
        return ServerContext(TlsFiles(certificate=one.certificate, key=one.key, client_ca=client_ca, legacy=one.legacy))
    except TlsError as error:
        message = f"field.tls[{number}]: {error}; certificate, key and client_ca are readable files in PEM, and the first two fit"
        raise ConfigurationError(message) from None
