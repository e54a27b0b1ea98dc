"""Letters and kill -9: what was answered goes out after it, by a real mail server, and twice at most."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.alerts.wards import PEOPLE
from tests.support.databases import KINDS, url_of
from tests.support.letter_writer import ADDRESS, TEXT, TITLE
from tests.support.mail_servers import MailHost, mail_host
from tests.support.programs import until_true

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]


class Office:
    """Where letters are written; every program in it is killed in the end."""

    def __init__(self, folder: Path, kind: str, mails: MailHost) -> None:
        self.rules = folder / "alerts.toml"
        self.rules.write_text(PEOPLE)
        self.url = url_of(kind, folder)
        self.mails = mails

    @asynccontextmanager
    async def writer(self, key: str, *more: str) -> AsyncIterator[None]:
        """Have a program write a letter; then it is killed."""
        program = "tests.support.letter_writer"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", program, self.url, str(self.mails.port), str(self.rules), key, *more,
            stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                while (line := await process.stdout.readline()) not in (b"stored\n", b""):
                    pass
            assert line == b"stored\n"
            yield
        finally:
            process.kill()
            await process.wait()

    async def had(self, mails: int, timeout_s: float = 30.0) -> None:
        """Wait until the server has so many mails."""

        async def there() -> bool:
            return len(self.mails.envelopes) >= mails

        await until_true(there, timeout_s)
        assert len(self.mails.envelopes) == mails

    def ids(self) -> list[str]:
        """Return the Message-IDs of what the server has, in its order."""
        return [message_from_bytes(one.content or b"")["Message-ID"] for one in self.mails.envelopes]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_letter_that_was_stored_goes_out_after_a_kill_and_once(tmp_path: Path, kind: str) -> None:
    async with mail_host() as mails:
        office = Office(tmp_path, kind, mails)
        async with office.writer("17"):
            pass
        assert mails.envelopes == []
        async with office.writer("17", "run"):
            await office.had(1)
        read = mails.newest()
        assert (read["To"], read["Subject"]) == (ADDRESS, TITLE)
        assert read.get_content().replace("\r\n", "\n") == TEXT + "\n"
        assert read["Auto-Submitted"] is None, "a person wrote it"
        async with office.writer("18", "run"):
            await office.had(2)
        assert len(set(office.ids())) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
async def test_one_that_was_being_sent_when_it_was_killed_comes_twice_at_most_and_is_one_mail(tmp_path: Path, kind: str) -> None:
    async with mail_host() as mails:
        office = Office(tmp_path, kind, mails)
        mails.hangs_at_data = True
        async with office.writer("17", "run"):
            await office.had(1)
        mails.hangs_at_data = False
        async with office.writer("17", "run"):  # it asks three times first, which takes half a minute
            await office.had(2, 60.0)
        async with office.writer("18", "run"):
            await office.had(3)
        first, again, other = office.ids()
        assert first == again != other
