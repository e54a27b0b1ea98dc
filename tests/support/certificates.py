"""Certificates of an authority that lives as long as the test, written to files as an operator keeps them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import trustme

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Files:
    """Chain and key of the server, and the authority that signs certificates of stations."""

    authority: trustme.CA
    certificate: Path
    key: Path
    client_ca: Path

    def section(self, **more: Any) -> dict[str, Any]:
        """Return a `[[field.tls]]` of these files, on any free port."""
        return {"listen": "127.0.0.1:0", "certificate": self.certificate, "key": self.key, **more}

    def renew(self, days: float = 100, authority: trustme.CA | None = None) -> None:
        """Put a new certificate in the place of the server's, one that ends in so many days."""
        until = datetime.now(UTC) + timedelta(days=days)
        made = (authority or self.authority).issue_cert("127.0.0.1", "localhost", not_after=until)
        self.key.write_bytes(made.private_key_pem.bytes())
        self.certificate.write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))

    def client(self, common_name: str | None = None, *, days: float = 100, authority: trustme.CA | None = None) -> ssl.SSLContext:
        """Return the context of a station that trusts the authority, with a certificate in that name if one is given."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if common_name is not None:
            self._issue(common_name, days, authority).configure_cert(context)
        return context

    def keep_client(self, folder: Path, common_name: str) -> None:
        """Write the certificate of a station of that name into `folder`, as ``bornewatch simulate`` wants it."""
        made = self._issue(common_name)
        (folder / f"{common_name}.key").write_bytes(made.private_key_pem.bytes())
        (folder / f"{common_name}.pem").write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))

    def _issue(self, common_name: str, days: float = 100, authority: trustme.CA | None = None) -> trustme.LeafCert:
        until = datetime.now(UTC) + timedelta(days=days)
        return (authority or self.authority).issue_cert("station.invalid", common_name=common_name, not_after=until)


def make_files(folder: Path) -> Files:
    """Write everything that a listener needs into `folder`."""
    authority = trustme.CA()
    files = Files(authority, folder / "server.pem", folder / "server.key", folder / "clients.pem")
    authority.cert_pem.write_to_path(files.client_ca)
    files.renew()
    return files
