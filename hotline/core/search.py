"""The one search field: a sticker in any spelling first, near stickers after it, then words of site, address and owner.

An index is built from the registry and never changed. Nothing here reads a station's health. Slips are counted as optimal
string alignment (Damerau 1964, restricted): one insertion, deletion, substitution or swap of neighbours is one slip.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from enum import IntEnum
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from hotline.core.folding import digits, squeeze, without_connector, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.core.ids import StationId
    from monitor.core.registry import Station

MOST_ROWS: Final = 20
LONGEST_QUERY: Final = 80
MOST_WORDS: Final = 5
"""Words of a query that are looked at."""
SLIP_FROM: Final = 4
"""Letters that a word needs before one of them may be wrong; below that everything resembles everything."""
OFFERED: Final = 5
MOST_SLIPS: Final = 3
"""Slips of a wrong sticker up to which another one is worth offering."""
_END: Final = "\uffff"
_STICKER_LIKE: Final = re.compile(r"[a-z]{0,4}[0-9]{2,8}[a-z]?")


class Match(IntEnum):
    """How a station was found; smaller is better and comes first."""

    EXACT = 0
    TRANSPOSED = 1
    NEAR = 2
    BEGINS = 3
    WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A station that was found."""

    station: StationId
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a query led to: at most twenty hits, the best first."""

    hits: tuple[Hit, ...] = ()

    @property
    def exact(self) -> StationId | None:
        """The one station whose sticker was spelt, ``None`` when there is none or more than one."""
        exact = [hit.station for hit in self.hits if hit.match is Match.EXACT]
        return exact[0] if len(exact) == 1 else None

    @property
    def target(self) -> StationId | None:
        """The station that Enter opens: the one exact sticker, or the only hit by words; ``None`` when a person must choose."""
        if self.exact is not None:
            return self.exact
        if len(self.hits) == 1 and self.hits[0].match is Match.WORDS:
            return self.hits[0].station
        return None


def looks_like_sticker(query: str) -> bool:
    """Return whether `query` was meant as a sticker rather than as words: at most a few letters, then digits."""
    return _STICKER_LIKE.fullmatch(squeeze(without_connector(query) or query)) is not None


def is_transposed(one: str, other: str) -> bool:
    """Return whether swapping two neighbouring signs of `one` gives `other`."""
    wrong = [place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right]
    if len(one) != len(other) or len(wrong) != 2 or wrong[1] != wrong[0] + 1:  # noqa: PLR2004  (a swap is two signs)
        return False
    first, second = wrong
    return one[first] == other[second] and one[second] == other[first]


class SearchIndex:
    """Stations by sticker and by words. Places are numbered in the order of stickers, so equal matches keep that order."""

    def __init__(self, stations: Iterable[Station] = ()) -> None:
        """Index `stations`."""
        ordered = sorted(stations, key=lambda station: station.sticker)
        self._ids: list[StationId] = [station.id for station in ordered]
        self._literal = {str(station.sticker): place for place, station in enumerate(ordered)}
        self._keys = [squeeze(station.sticker) for station in ordered]
        self._numbers = [digits(key) for key in self._keys]
        self._by_key = _places_of(self._keys)
        self._by_number = _places_of(self._numbers)
        self._keys_in_order = sorted(self._by_key)
        self._numbers_in_order = sorted(self._by_number)
        postings: defaultdict[str, set[int]] = defaultdict(set)
        for place, station in enumerate(ordered):
            for word in self._words_of(place, station):
                postings[word].add(place)
        self._postings = dict(postings)
        self._vocabulary = sorted(self._postings)
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            if not word.isdigit():
                self._by_length[len(word)].append(word)

    def _words_of(self, place: int, station: Station) -> Iterator[str]:
        yield self._keys[place]
        if self._numbers[place]:
            yield self._numbers[place]
        yield from filter(None, (squeeze(station.former_sticker), *words(station.former_sticker)))
        for text in (station.site, station.address, station.owner.name):
            yield from words(text)

    def __len__(self) -> int:
        """Return how many stations are indexed."""
        return len(self._ids)

    def search(self, query: str, limit: int = MOST_ROWS) -> Found:
        """Return what `query` finds: exact, then near stickers (swaps first), then beginnings, then words."""
        query = query[:LONGEST_QUERY].strip()
        seen: dict[int, Match] = {}
        for places, match in self._stages(query):
            for place in places:
                seen.setdefault(place, match)
            if len(seen) >= limit:
                break
        ranked = list(seen.items())[:limit]
        return Found(hits=tuple(Hit(station=self._ids[place], match=match) for place, match in ranked))

    def _stages(self, query: str) -> Iterator[tuple[Iterable[int], Match]]:
        """Go through the ways of finding, best first; the caller stops when it has enough."""
        key = squeeze(query)
        if not key:
            return
        exact = [places for places in self._exact(query, key) if places]
        yield from ((places, Match.NEAR if rank else Match.EXACT) for rank, places in enumerate(exact))
        swapped, near = self._near(squeeze(without_connector(query) or query))
        yield swapped, Match.TRANSPOSED
        yield near, Match.NEAR
        yield self._begins(key), Match.BEGINS
        yield from ((places, Match.WORDS) for places in self._by_words(words(query)[:MOST_WORDS]))

    def nearest(self, query: str, limit: int = OFFERED) -> Found:
        """Return the stickers most like `query`, for one that nobody wears; none when all are more than three slips away."""
        key = squeeze(without_connector(query) or query)
        names = self._numbers if key.isdigit() else self._keys
        like = process.extract(key, names, scorer=OSA.distance, score_cutoff=MOST_SLIPS, limit=None)
        places = [place for name, _, place in nsmallest(limit, like, key=lambda row: (row[1], row[2])) if name]
        return Found(hits=tuple(Hit(station=self._ids[place], match=Match.NEAR) for place in places))

    # ------------------------------------------------------------------------------------------------------ stickers

    def _exact(self, query: str, key: str) -> Iterator[Sequence[int]]:
        """Places whose sticker is `query`: as written, else without its connector, else squeezed; only the first way is exact."""
        literal = self._literal.get(" ".join(query.split()).upper())
        yield () if literal is None else (literal,)
        yield self._named(squeeze(without_connector(query) or ""))
        yield self._named(key)

    def _named(self, key: str) -> Sequence[int]:
        """Places whose squeezed sticker is `key`, or whose number it is."""
        own = self._by_key.get(key, ())
        return own or self._by_number.get(key, ()) if key.isdigit() else own

    def _near(self, key: str) -> tuple[list[int], list[int]]:
        """Places one slip away from `key`: those with two neighbours swapped, and the rest."""
        names = self._numbers if key.isdigit() else self._keys
        swapped: list[int] = []
        near: list[int] = []
        for name, slips, place in process.extract(key, names, scorer=OSA.distance, score_cutoff=1, limit=None):
            if slips and name:
                (swapped if is_transposed(key, name) else near).append(place)
        return sorted(swapped), sorted(near)

    def _begins(self, key: str) -> Iterator[int]:
        """Places whose sticker, or its number, begins with `key`."""
        ordered, places = (self._numbers_in_order, self._by_number) if key.isdigit() else (self._keys_in_order, self._by_key)
        return chain.from_iterable(places[name] for name in _beginning(ordered, key)[:MOST_ROWS])

    # --------------------------------------------------------------------------------------------------------- words

    def _by_words(self, asked: list[str]) -> Iterator[list[int]]:
        """Places that have every word asked for: all as written, then as beginnings, then with one slip in a word."""
        yield _in_all([self._postings.get(word, set()) for word in asked])
        begun = [self._union(_beginning(self._vocabulary, word)) for word in asked]
        places = _in_all(begun)
        yield places
        if not places:
            yield _in_all([known | self._union(self._slipped(word)) for word, known in zip(asked, begun, strict=True)])

    def _union(self, known: Iterable[str]) -> set[int]:
        return set().union(*(self._postings[word] for word in known))

    def _slipped(self, word: str) -> Iterator[str]:
        """Words of the vocabulary one slip away from `word`; numbers are never bent."""
        if len(word) < SLIP_FROM or word.isdigit():
            return
        for length in (len(word) - 1, len(word), len(word) + 1):
            known = self._by_length.get(length, ())
            for found, _, _ in process.extract(word, known, scorer=OSA.distance, score_cutoff=1, limit=None):
                yield found


def _places_of(names: Iterable[str]) -> dict[str, list[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        if name:
            places[name].append(place)
    return dict(places)


def _beginning(ordered: list[str], start: str) -> list[str]:
    low = bisect_left(ordered, start)
    return ordered[low : bisect_left(ordered, start + _END, low)]


def _in_all(sets: list[set[int]]) -> list[int]:
    """Return the lowest places that are in every set."""
    smallest, *others = sorted(sets, key=len)
    return nsmallest(MOST_ROWS, smallest.intersection(*others) if others else smallest)
