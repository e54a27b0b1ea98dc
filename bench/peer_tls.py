"""The least TLS listener of asyncio: `python -m bench.peer_tls PORT CERTIFICATE KEY`; nobody is answered."""

from __future__ import annotations

import asyncio
import ssl
import sys


class _Nobody(asyncio.Protocol):
    """Takes a connection and does nothing with it."""


async def _serve(port: int, certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Nobody, "127.0.0.1", port, ssl=context, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
