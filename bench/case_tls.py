"""Case 8: TLS handshakes with an ECDSA certificate (P-256, TLS 1.3, none resumed), and how late the loop is meanwhile."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trustme

from bench.findings import Effort, Finding, middle
from bench.load import said_by
from bench.servers import free_port, ours, peer_tls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.servers import Server

TITLE: Final = "5,000 TLS handshakes, ECDSA P-256, 100 at a time"
HANDSHAKES: Final = 5000
AT_ONCE: Final = 100
LIMIT_S: Final = 10.0
LAG_S: Final = 0.25
_PATIENCE_S: Final = 120.0


def run(effort: Effort) -> list[Finding]:
    """Measure both servers, one after the other, `effort.rounds` times."""
    taken: dict[str, list[dict[str, float]]] = {"ours": [], "asyncio": []}
    with _files() as folder:
        tls = free_port()
        section = f'[[field.tls]]\nlisten = "127.0.0.1:{tls}"\ncertificate = "{folder}/server.pem"\nkey = "{folder}/server.key"\n'
        for number in range(effort.rounds):
            with ours(1, more=section) as server:
                taken["ours"].append(_measure(server, tls, folder, server.ops))
            with peer_tls(folder / "server.pem", folder / "server.key") as server:
                taken["asyncio"].append(_measure(server, server.port, folder, 0))
            effort.progress(f"round {number + 1}: ours {taken['ours'][-1]}, asyncio {taken['asyncio'][-1]}")
    found = []
    for key, what, unit, limit in (
        ("seconds", "until the last is done", "s", LIMIT_S),
        ("server_cpu_s", "CPU of the server", "s", None),
        ("lag_p99_s", "p99 of a request to `/-/healthy` meanwhile", "s", LAG_S),
    ):
        value, spread = middle([one[key] for one in taken["ours"]])
        beside = middle([one[key] for one in taken["asyncio"]])[0] if key != "lag_p99_s" else None
        found.append(Finding(what=what, unit=unit, ours=value, spread=spread, peer=beside, peer_name="bare asyncio", at_most=limit))
    return found


@contextlib.contextmanager
def _files() -> Iterator[Path]:
    """Make a certificate for one measurement."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = trustme.CA()
        made = authority.issue_cert("localhost")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        made.private_key_pem.write_to_path(folder / "server.key")
        (folder / "server.pem").write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))
        yield folder


def _measure(server: Server, port: int, folder: Path, health: int) -> dict[str, float]:
    before = server.cpu_s()
    words = [str(port), str(folder / "ca.pem"), str(HANDSHAKES), str(AT_ONCE), *([str(health)] if health else [])]
    figures = said_by("bench.tls_load", *words, patience_s=_PATIENCE_S)
    return figures | {"server_cpu_s": server.cpu_s() - before}
