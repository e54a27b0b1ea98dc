"""Addresses that are listened on: what cannot be had is said in one line, with the key of the configuration that named it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.settings import read_address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class ListenError(Exception):
    """An address could not be listened on; the message is one line."""


async def listen(key: str, address: str, start: Callable[[str, int], Awaitable[int]]) -> int:
    """Have `start` listen on `address`, which `key` of the configuration names; return the port.

    Raises:
        ListenError: it cannot be used.
    """
    host, port = read_address(address)
    try:
        return await start(host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"{key} {host}:{port}: {reason}; stop the program that uses it or set another address"
        raise ListenError(message) from error


def first_of(group: BaseException) -> BaseException:
    """Return the first error in a group of them, however deep it lies."""
    return first_of(group.exceptions[0]) if isinstance(group, BaseExceptionGroup) else group
