"""An agent at the console who has nothing but a keyboard: what is pressed, and what is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from hotline.core.calls import Outcome
from hotline.web.step_words import SYMPTOMS
from tests.support.sites import AGENT, AGENT_PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Page

    from hotline.core.diagnosis import Symptom
    from monitor.core.commands import Action

PATIENCE_MS = 20_000


class Desk:
    """One page of the console and the keys that work it."""

    def __init__(self, page: Page) -> None:
        """Sit down at `page`."""
        self.page = page
        self.press = page.keyboard.press
        self.type = page.keyboard.type

    async def log_in(self) -> None:
        """Sign in at the page of that name."""
        await self.page.goto("/login")
        await expect(self.page.locator("#name")).to_be_focused()
        await self.type(AGENT)
        await self.press("Tab")
        await self.type(AGENT_PASSWORD)
        await self.press("Enter")
        await expect(self.page.locator("#q")).to_be_focused()

    async def takes_a_call_about(self, sticker: str) -> None:
        """Begin a call on the first page, type the number on the sticker and open the charger."""
        await self.page.goto("/")
        await self.live()
        await self.press("Escape")
        await self.press("c")
        await expect(self.page.get_by_role("link", name="Your call")).to_be_visible()
        await self.press("/")
        await self.type(sticker.removeprefix("CP"))
        await self.press("Enter")
        await expect(self.page.locator("#call")).to_be_visible()
        await expect(self.page.locator("h1")).to_contain_text(sticker)
        await self.live()

    async def live(self) -> None:
        """Wait until the page listens to keys and follows the charger."""
        await expect(self.page.locator('.live-sign[data-state="live"]')).to_be_visible(timeout=PATIENCE_MS)

    async def notes_what_is_said(self, symptom: Symptom, point: str = "") -> None:
        """Choose what the caller says, then where he stands."""
        for words in (SYMPTOMS[symptom], f"Point {point}" if point else ""):
            if words:
                await self.press("s")
                await self.reach(words)
                await expect(self.page.locator(".complaint summary")).to_contain_text(words)
                await self.live()

    async def reads(self, verdict: str, say: str) -> None:
        """Read the verdict and what to say."""
        await expect(self.page.locator(".verdict")).to_contain_text(re.compile(verdict), timeout=PATIENCE_MS)
        await expect(self.page.locator("[data-saying]:visible")).to_contain_text(say, timeout=PATIENCE_MS)

    async def sees(self, point: str, *shown: str) -> None:
        """See how a point is."""
        row = self.page.locator(".points li").filter(has_text=f"Point {point}")
        for words in shown:
            await expect(row).to_contain_text(words, timeout=PATIENCE_MS)

    async def asks(self, action: Action, state: str, *, kind: str = "", said: str = "") -> None:
        """Have an order sent, by its number, and see on the page what becomes of it."""
        chosen = f'[href*="action={action.value}"][href*="type={kind}"]' if kind else f'[href*="action={action.value}"]'
        form = f'form:has(input[name="action"][value="{action.value}"]) [data-key]'
        button = self.page.locator(f"a[data-key]{chosen}, {form}").first
        asks_again = await button.evaluate("element => element.matches('a')")
        await self.press(await button.get_attribute("data-key") or "")
        if asks_again:
            await expect(self.page.get_by_role("button", name="Send it")).to_be_focused()
            await self.press("Enter")
        done = self.page.locator(".latest")
        await expect(done).to_have_class(re.compile(rf"\b{state}\b"), timeout=PATIENCE_MS)
        await expect(done).to_contain_text(said)
        for read in (done, self.page.locator(".verdict"), self.page.locator(".say")):
            await expect(read).to_be_in_viewport(ratio=1)
        await self.live()

    async def checks_a_card(self, number: str) -> str:
        """Look a card up by the number that the caller reads out, come back, and return what the list says."""
        await self.press(await self.page.locator('a[data-key][href="/cards"]').get_attribute("data-key") or "")
        await expect(self.page.locator("input[name=number]")).to_be_focused()
        await self.type(number)
        await self.press("Enter")
        said = (await self.page.locator("p.verdict").inner_text()).strip()
        await self.reach("Back")
        await self.live()
        return said

    async def passes_it_on(self) -> None:
        """Tell the operators that the caller contradicts what is seen."""
        await self.press(await self.page.locator(".contradiction [data-key]").get_attribute("data-key") or "")
        await expect(self.page.locator(".desk-facts")).to_contain_text("Passed on that a caller contradicts what we see")
        await self.live()

    async def hands_over(self) -> None:
        """Open a ticket for whoever has to act, and come back."""
        sticker = await self.page.locator("h1 .sticker").inner_text()
        await self.press(await self.page.locator(".hand_over [data-key]").first.get_attribute("data-key") or "")
        await expect(self.page.locator("h1")).to_contain_text("Ticket")
        await self.reach(sticker)
        await self.live()

    async def reach(self, words: str) -> None:
        """Press Tab until the link or button of these words has the focus, and Enter."""
        for _ in range(60):
            at = "document.activeElement.matches('button, a') ? document.activeElement.textContent : ''"
            if words in await self.page.evaluate(at):
                await self.press("Enter")
                return
            await self.press("Tab")
        pytest.fail(f"{words!r} cannot be reached by Tab")

    async def wraps_up(self, outcome: Outcome, notes: str = "") -> None:
        """Write `notes`, choose what came of the call, and be ready for the next."""
        if notes:
            await self.press("n")
            await expect(self.page.locator("#notes")).to_be_focused()
            await self.type(notes)
            await expect(self.page.locator("#notes-kept")).to_contain_text("kept")
            await self.press("Tab")
        await self.press("w")
        await self.press("Space")
        for _ in list(Outcome)[: list(Outcome).index(outcome)]:
            await self.press("ArrowDown")
        await self.press("Enter")
        await expect(self.page.get_by_role("button", name="Start a call")).to_be_visible()
