"""What answers need to know of the central system: cards and transaction numbers (`monitor.decode.dialect.Counter`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.decode.dialect import Authorization
    from monitor.registry.cards import Authorizer


class HouseCounter:
    """The counter of this service."""

    def __init__(self, authorizer: Authorizer, take_number: Callable[[], int]) -> None:
        """Ask `authorizer` about cards; `take_number` returns a number that was never given."""
        self._authorizer = authorizer
        self._take_number = take_number

    def authorize(self, id_tag: str) -> Authorization:
        """Say whether that card may charge."""
        return self._authorizer.authorize(id_tag)

    def next_transaction(self) -> int:
        """Return a transaction number that was never used."""
        return self._take_number()
