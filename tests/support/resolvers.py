"""A resolver that gives what a test tells it, and another answer the next time if there is one: no test asks a real DNS."""

from __future__ import annotations

import asyncio
import socket

from aiohttp.abc import AbstractResolver, ResolveResult


class Names(AbstractResolver):
    """Gives the next of some answers to every question, the last for ever; without any, no name is known."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0
        self.hangs = False

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        del family
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if not self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """There is nothing to close."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": socket.AI_NUMERICHOST}
