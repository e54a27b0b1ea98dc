"""Signing in and out over real sockets: sessions, cookies, throttling, forged requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from sqlalchemy import text
from yarl import URL

from hotline.errors import OverloadedError
from hotline.settings import ConsoleSettings
from hotline.storage.accounts import StoredAccounts
from hotline.web.accounts import hash_of
from hotline.web.context import CONTEXT
from hotline.web.passwords import MOST_WAITING, Passwords

from .support import NAME, PASSWORD, QUICK, Browser, House, hidden

if TYPE_CHECKING:
    from aiohttp import ClientResponse


async def test_nobody_gets_in_without_a_login_and_everybody_is_led_back(house: House) -> None:
    await house.open()
    browser = house.browser()
    start = await browser.get("/")
    assert (start.status, start.headers["Location"]) == (303, "/login")
    deep = await browser.get("/search?q=rue du brill")
    assert deep.headers["Location"].startswith("/login?next=")
    page = await browser.page(deep.headers["Location"])
    assert hidden(page, "next") == "/search?q=rue+du+brill"
    back = await browser.sign_in(wanted=hidden(page, "next"))
    assert (back.status, back.headers["Location"]) == (303, "/search?q=rue+du+brill")
    assert (await browser.get("/login")).headers["Location"] == "/"


async def test_a_login_leads_nowhere_else(house: House) -> None:
    await house.open()
    answer = await house.browser().sign_in(wanted="//evil.example/")
    assert answer.headers["Location"] == "/"


async def test_the_cookie_is_a_random_secret_of_which_only_the_hash_is_stored(house: House) -> None:
    await house.open()
    browser = house.browser()
    answer = await browser.sign_in()
    cookie = answer.cookies["bornewatch"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    with house.database.engine.connect() as connection:
        stored = connection.execute(text("SELECT token_hash FROM hotline_session")).scalars().all()
    assert stored == [hash_of(cookie.value)]


async def test_over_tls_the_cookie_is_bound_to_the_host(house: House) -> None:
    house.console = ConsoleSettings(base_url="https://console.example")
    await house.open()
    page = await house.browser().get("/login")
    cookie = page.cookies["__Host-bornewatch-form"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_every_login_makes_a_new_session_and_ends_the_old_one(browser: Browser) -> None:
    first = browser.cookie("bornewatch")
    page = await browser.page("/")
    form = {"form_token": hidden(page, "form_token"), "name": NAME, "password": PASSWORD}
    assert (await browser.post("/login", form)).status == 303
    second = browser.cookie("bornewatch")
    assert first != second
    old = await browser.session.get(browser.base + "/", cookies={"bornewatch": first}, allow_redirects=False)
    assert old.status == 303


async def test_a_session_that_is_fixed_from_outside_is_not_taken_over(house: House) -> None:
    await house.open()
    browser = house.browser()
    browser.session.cookie_jar.update_cookies({"bornewatch": "chosen-by-somebody-else"}, URL(browser.base))
    await browser.sign_in()
    assert browser.cookie("bornewatch") != "chosen-by-somebody-else"
    assert (await browser.get("/")).status == 200


async def test_logging_out_kills_the_session(browser: Browser) -> None:
    secret = browser.cookie("bornewatch")
    page = await browser.page("/")
    answer = await browser.post("/logout", {"form_token": hidden(page, "form_token")})
    assert (answer.status, answer.headers["Location"]) == (303, "/login")
    assert browser.cookie("bornewatch") == ""
    again = await browser.session.get(browser.base + "/", cookies={"bornewatch": secret}, allow_redirects=False)
    assert again.status == 303


async def test_a_session_ends_after_twelve_idle_hours(house: House, browser: Browser) -> None:
    house.clock.advance(hours=11)
    assert (await browser.get("/")).status == 200
    house.clock.advance(hours=11)
    assert (await browser.get("/")).status == 200, "it was used in between"
    house.clock.advance(hours=1)
    assert (await browser.get("/")).status == 200
    house.clock.advance(hours=2)
    assert (await browser.get("/")).status == 303, "a day after the login it is over, used or not"


async def test_a_page_that_refreshes_itself_does_not_count_as_use(house: House, browser: Browser) -> None:
    house.clock.advance(hours=11)
    assert (await browser.get("/?part=live")).status == 200
    house.clock.advance(hours=2)
    assert (await browser.get("/?part=live")).status == 401, "and is told so instead of being led to the login"


async def wrong(browser: Browser, name: str = NAME, password: str = "wrong password") -> ClientResponse:  # noqa: S107
    return await browser.sign_in(name, password)


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(house: House) -> None:
    await house.open()
    pages = []
    for name in (NAME, "nobody", "not a name!"):
        answer = await wrong(house.browser(), name)
        assert answer.status == 401
        page = await answer.text()
        pages.append(page.replace(hidden(page, "form_token"), "").replace(f'value="{name}"', "value"))
    assert pages[0] == pages[1] == pages[2]
    assert "User name or password is wrong." in pages[0]


async def test_an_unknown_user_costs_a_hash_like_any_other() -> None:
    compared: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            compared.append(str(hash))
            return super().verify(hash, password)

    passwords = Passwords(Watched(time_cost=1, memory_cost=8, parallelism=1))
    assert not await passwords.matches(None, "whatever")
    assert not await passwords.matches(QUICK.hash("other"), "whatever")
    cost = "$argon2id$v=19$m=8,t=1,p=1$"
    assert [encoded[: len(cost)] for encoded in compared] == [cost, cost]
    assert not await passwords.matches("no hash at all", "whatever")


async def test_too_many_at_once_are_told_to_wait() -> None:
    passwords = Passwords(QUICK)
    await passwords._turn.acquire()
    await passwords._turn.acquire()
    waiting = [asyncio.ensure_future(passwords.matches(None, "x")) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await passwords.matches(None, "x")
    passwords._turn.release()
    passwords._turn.release()
    assert await asyncio.gather(*waiting) == [False] * MOST_WAITING


async def test_wrong_passwords_are_slowed_down_but_nobody_is_locked_out(house: House) -> None:
    await house.open()
    browser = house.browser()
    for _ in range(5):
        assert (await wrong(browser)).status == 401
    slowed = await browser.sign_in()
    assert slowed.status == 429
    assert slowed.headers["Retry-After"] == "2"
    assert "Please wait 2 s" in await slowed.text()
    house.clock.advance(seconds=2)
    assert (await browser.sign_in()).status == 303
    assert (await wrong(house.browser())).status == 401, "a success wipes the slate"


async def test_guesses_sent_side_by_side_slow_each_other_down(house: House) -> None:
    await house.open()
    browser = house.browser()
    page = await browser.page("/login")
    form = {"form_token": hidden(page, "form_token"), "name": NAME, "password": "guess"}
    answers = await asyncio.gather(*(browser.post("/login", form) for _ in range(30)))
    assert sum(answer.status == 401 for answer in answers) <= 6


async def test_an_overloaded_login_says_so(house: House) -> None:
    await house.open()
    assert house.server is not None
    house.server.app[CONTEXT].passwords._waiting = MOST_WAITING
    answer = await house.browser().sign_in()
    assert answer.status == 503
    assert "Too many people" in await answer.text()


async def test_an_older_hash_is_renewed_at_the_next_login(house: House) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await StoredAccounts(house.database).replace_password_hash(1, old)
    await house.open()
    assert (await house.browser().sign_in()).status == 303
    account = await StoredAccounts(house.database).account(NAME)
    assert account is not None
    assert account.password_hash != old
    assert (await house.browser().sign_in()).status == 303


FORGED = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8080"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", FORGED)
@pytest.mark.parametrize("path", ["/logout", "/preferences", "/login"])
async def test_what_another_site_made_the_browser_send_is_refused(browser: Browser, path: str, headers: dict[str, str]) -> None:
    page = await browser.page("/")
    answer = await browser.post(path, {"form_token": hidden(page, "form_token")}, headers)
    assert answer.status == 403
    assert "another site sent the request" in await answer.text()
    assert (await browser.get("/")).status == 200, "still signed in"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Sec-Fetch-Site": "same-origin"}, 200), ({"Sec-Fetch-Site": "cross-site"}, 403), ({}, 403), ({"Origin": "null"}, 403)],
)
async def test_an_unsafe_call_of_the_api_by_cookie_must_come_from_our_pages(
    house: House, headers: dict[str, str], status: int
) -> None:
    async def done(_request: web.Request) -> web.Response:
        return web.Response(text="done")

    app = house.apps()[0]
    app.router.add_post("/api/v1/deed", done)
    house.server = TestServer(app)
    await house.server.start_server()
    browser = house.browser()
    await browser.sign_in()
    assert (await browser.post("/api/v1/deed", {}, headers)).status == status
    program = house.browser()
    program.session.headers["Authorization"] = f"Bearer {await house.token()}"
    assert (await program.post("/api/v1/deed", {}, {})).status == 200, "no browser sends a token by itself"


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_a_form_needs_its_token(browser: Browser, token: str) -> None:
    assert (await browser.post("/logout", {"form_token": token})).status == 403


@pytest.mark.parametrize("headers", [{"Origin": "http://127.0.0.1:8080"}, {}])
async def test_an_older_browser_is_known_by_its_origin_or_the_token_alone(browser: Browser, headers: dict[str, str]) -> None:
    page = await browser.page("/")
    answer = await browser.post("/logout", {"form_token": hidden(page, "form_token")}, headers)
    assert answer.status == 303


async def test_the_console_may_be_reached_by_another_name_than_base_url(browser: Browser) -> None:
    page = await browser.page("/")
    answer = await browser.post("/logout", {"form_token": hidden(page, "form_token")}, {"Origin": browser.base})
    assert answer.status == 303


async def test_a_form_token_belongs_to_one_session(house: House, browser: Browser) -> None:
    other = house.browser()
    await other.sign_in()
    stolen = hidden(await other.page("/"), "form_token")
    assert (await browser.post("/logout", {"form_token": stolen})).status == 403


async def test_language_and_colours_are_kept_in_the_browser(browser: Browser) -> None:
    token = hidden(await browser.page("/"), "form_token")
    answer = await browser.post("/preferences", {"form_token": token, "language": "fr", "back": "/breaches"})
    assert (answer.status, answer.headers["Location"]) == (303, "/breaches")
    assert '<html lang="fr">' in await browser.page("/breaches")
    await browser.post("/preferences", {"form_token": token, "theme": "dark", "back": "//evil.example"})
    assert '<html lang="fr" data-theme="dark">' in await browser.page("/")
    await browser.post("/preferences", {"form_token": token, "language": "xx", "theme": "pink"})
    assert '<html lang="fr" data-theme="dark">' in await browser.page("/")


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "borne"), ("de", "Ladesäulen"), ("lb", "Bornen"), ("en", "chargers"), ("pt", "postos")]
)
async def test_every_language_can_be_chosen_from_the_menu(browser: Browser, language: str, word: str) -> None:
    page = await browser.page("/")
    assert f'name="language" value="{language}" lang="{language}"' in page
    await browser.post("/preferences", {"form_token": hidden(page, "form_token"), "language": language, "back": "/"})
    answer = await browser.get("/")
    chosen = await answer.text()
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in chosen
    assert f'value="{language}" lang="{language}" aria-pressed="true"' in chosen
    assert f"0 {word}" in chosen


async def test_the_language_can_be_chosen_before_signing_in(house: House) -> None:
    await house.open()
    browser = house.browser()
    page = await browser.page("/login", headers={"Accept-Language": "fr-LU"})
    assert "Se connecter" in page
    answer = await browser.post("/preferences", {"form_token": hidden(page, "form_token"), "language": "en", "back": "/login"})
    assert answer.headers["Location"] == "/login"
    assert "Sign in" in await browser.page("/login", headers={"Accept-Language": "fr-LU"})


async def test_a_form_that_is_too_long_is_refused(browser: Browser) -> None:
    answer = await browser.post("/logout", {"form_token": "x" * 100_000})
    assert answer.status == 413
    assert "longer than anything" in await answer.text()


@pytest.mark.parametrize("secret", ["x" * 1000, "nonsense"])
async def test_a_nonsense_cookie_is_nobody(house: House, secret: str) -> None:
    await house.open()
    browser = house.browser()
    answer = await browser.session.get(browser.base + "/", cookies={"bornewatch": secret}, allow_redirects=False)
    assert answer.status == 303
