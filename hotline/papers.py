"""The command ``alerts report``: how an alert went on paper, and the drafts for the authority, as the console gives them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hotline.core.aftermath import moments_of
from hotline.errors import HotlineError
from hotline.readmodel.alarms import judgements
from hotline.web.documents import aftermath_pdf
from hotline.web.languages import Languages, Speech
from hotline.web.notices import draft
from hotline.web.wording import Wording
from monitor.registry.directory import Directory

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Awaitable, Callable, Iterable

    from alerts.ports import Archive, File
    from monitor.core.clock import Clock
    from monitor.core.registry import Station
    from monitor.runtime.ports import History


class Desk(Protocol):
    """What is asked of the alerts."""

    @property
    def archive(self) -> Archive:
        """What was."""
        ...

    @property
    def stations(self) -> Callable[[], Awaitable[Iterable[Station]]]:
        """What is registered."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...


async def alert_report(desk: Desk, history: History, sentence: Callable[[File, str], str], args: Namespace) -> list[str]:
    """Write the PDF of an alert, or return its drafts; return the lines to print.

    Raises:
        HotlineError: when there is no such alert, or the file cannot be written.
    """
    file = await desk.archive.file(args.alert)
    if file is None:
        message = f"there is no alert {args.alert}: see 'alerts list --all'"
        raise HotlineError(message)
    speech = Speech(args.language)
    wording = Wording(speech, Languages().of(speech), desk.clock.now())
    moments = moments_of(file, await judgements(history, file.matters))
    known, said = Directory(await desk.stations()), sentence(file, args.language)
    if args.drafts:
        parts = draft(wording, file, moments, said, known)
        return [line for part in parts for line in (f"## {part.title} ({wording.exact(part.due)})", "", part.text, "")]
    path = args.out or f"alert-{args.alert}.pdf"
    try:
        page = await asyncio.to_thread(aftermath_pdf, wording, file, moments, said, known)
        await asyncio.to_thread(Path(path).write_bytes, page)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise HotlineError(message) from None
    return [f"{path} written"]
