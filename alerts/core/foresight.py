"""What will go wrong one day though every part is right: ways that nothing sends by, people whom no step reaches, one fate for all.

Each finding is a sentence for whoever configures; nothing is refused for it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from alerts.core.delivery import Medium
from alerts.core.matching import all_fit
from alerts.core.rules import USUAL_NOTICES, TargetKind, party_key
from alerts.core.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from alerts.core.rules import Policy, RuleBook, Step
    from monitor.core.registry import Station

SECTION: Final = {Medium.SMS: "[twilio]", Medium.VOICE: "[twilio]", Medium.EMAIL: "[smtp]"}
"""Where what sends by a way is configured; the others need nothing beside the file."""
PHONE: Final = frozenset({Medium.SMS, Medium.VOICE})
_OWN: Final = ":"
"""Policies with that in their names are ours."""


def ways(*, smtp: bool, twilio: bool) -> frozenset[Medium]:
    """Return the ways by which something sends, where these sections are configured."""
    return frozenset(Medium) - (frozenset() if smtp else {Medium.EMAIL}) - (frozenset() if twilio else PHONE)


def sim_operators(stations: Iterable[Station]) -> Counter[str]:
    """Return how many watched stations hang on each operator's SIMs."""
    return Counter(one.sim.operator for one in stations if one.watched and one.sim.operator)


def parties(stations: Iterable[Station]) -> frozenset[str]:
    """Return the owners and maintainers of `stations`, each by its `party_key`."""
    return frozenset(party_key(who.name) for one in stations for who in (one.owner, one.maintainer) if who.name)


def foresee(
    book: RuleBook, configured: Collection[Medium], sims: Mapping[str, int], known: Collection[str] | None = None
) -> list[str]:
    """Return what will go wrong with `book` one day, a sentence each, the same order for the same book.

    Args:
        book: the rules.
        configured: by which ways something sends.
        sims: how many stations hang on each operator's SIMs.
        known: the owners and maintainers (`parties`), ``None`` where that is not known.
    """
    found = []
    for policy in book.policies.values():
        if _OWN not in policy.name:
            found += [*_unsent(policy, configured), *_unreached(book, policy), *_alone(policy)]
    unclaimed = [] if known is None else [one for one in book.ticket_desks.items() if one[0] not in known]
    nobodys = [f"webhook {desk!r}, tickets_of: no borne has an owner or a maintainer {party!r}" for party, desk in unclaimed]
    return [*found, *_unnoticed(book, configured), *_shared(book, sims), *nobodys]


def _unsent(policy: Policy, configured: Collection[Medium]) -> Iterator[str]:
    for number, step in enumerate(policy.steps, 1):
        missing = [one for one in step.by if one not in configured]
        if missing:
            rest = [one for one in step.by if one in configured]
            instead = f"it goes by {' or '.join(rest)} alone" if rest else "it tells nobody"
            sections = " and ".join(dict.fromkeys(SECTION[one] for one in missing))
            place = f"policy {policy.name!r}, step {number}"
            yield f"{place}: nothing sends by {' or '.join(missing)}, so {instead}: write the section {sections}"


def _unnoticed(book: RuleBook, configured: Collection[Medium]) -> Iterator[str]:
    """Find schedules whose people are to hear of their shifts by a way that nothing sends by.

    Where the file does not say how they are to hear of them, only those are found who do not.
    """
    for name, notices in book.notices.items():
        missing = [one for one in notices.by if one not in configured]
        rest = [one for one in notices.by if one in configured]
        if notices.by == USUAL_NOTICES:
            deaf = [person for person in sorted(book.schedules[name].everybody) if _missed(book, person, missing, rest)]
            instead = f"{', '.join(deaf)} {'hears' if len(deaf) == 1 else 'hear'} of no shift" if deaf else ""
        else:
            instead = f"people hear of their shifts by {' or '.join(rest)} alone" if rest else "nobody hears of a shift"
        if missing and instead:
            sections = " and ".join(dict.fromkeys(SECTION[one] for one in missing))
            yield f"schedule {name!r}, notices: nothing sends by {' or '.join(missing)}, so {instead}: write the section {sections}"


def _missed(book: RuleBook, person: str, missing: Collection[Medium], rest: Collection[Medium]) -> bool:
    """Say whether `person` has addresses for ways that nothing sends by alone."""
    addresses = book.people[person].addresses.keys()
    return not addresses.isdisjoint(missing) and addresses.isdisjoint(rest)


def _unreached(book: RuleBook, policy: Policy) -> Iterator[str]:
    """Find people of schedules without any way of the step; of contacts that is refused when the file is read."""
    for number, step in enumerate(policy.steps, 1):
        for target in step.notify:
            if target.kind is not TargetKind.SCHEDULE:
                continue
            for person in sorted(book.schedules[target.name].everybody):
                if not _reached(book, person, step):
                    missing = " or ".join(step.by)
                    yield (
                        f"policy {policy.name!r}, step {number}: {person}, of schedule {target.name!r}, has no {missing}: "
                        "give the contact one, or another way in 'by'"
                    )


def _reached(book: RuleBook, person: str, step: Step) -> frozenset[Medium]:
    return frozenset(step.by) & book.people[person].addresses.keys()


def _alone(policy: Policy) -> Iterator[str]:
    media = {medium for step in policy.steps for medium in step.by}
    if len(media) == 1:
        only = min(media)
        yield f"policy {policy.name!r}: every step goes by {only}: give one another way in 'by', or nobody hears while that is down"


def _shared(book: RuleBook, sims: Mapping[str, int]) -> Iterator[str]:
    """Say whether one operator's network carries all whom a page reaches by telephone; one that is not named is not guessed."""
    people = sorted({person for policy in _paged(book) for step in policy.steps for person in _by_phone(book, step)})
    operators = {book.people[person].operator.casefold() for person in people}
    if len(operators) != 1 or "" in operators:
        return
    operator = book.people[people[0]].operator
    bornes = sum(count for name, count in sims.items() if name.casefold() == operator.casefold())
    named, are = ", ".join(people), "is" if len(people) == 1 else "are all"
    also = f", as are the SIMs of {bornes} bornes: what silences these silences the page" if bornes else ""
    yield (
        f"whoever is paged by telephone ({named}) {are} with the operator {operator!r}{also}: "
        "give one of them a number of another operator, or add a contact with one"
    )


def _paged(book: RuleBook) -> Iterator[Policy]:
    """Find the policies that a page may go to."""
    for name in dict.fromkeys(route.policy for route in book.routes if route.policy):
        routes = [route for route in book.routes if route.policy == name]
        severities = [[one for one in route.match if one.label == "severity"] for route in routes]
        if any(all_fit(wanted, {"severity": Severity.PAGE.value}) for wanted in severities):
            yield book.policies[name]


def _by_phone(book: RuleBook, step: Step) -> set[str]:
    people: set[str] = set()
    for target in step.notify:
        people |= {target.name} if target.kind is TargetKind.CONTACT else book.schedules[target.name].everybody
    return {one for one in people if _reached(book, one, step) & PHONE}
