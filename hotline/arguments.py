"""The arguments of the hotline's commands, for the front door's parser; what the commands do is not said here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.roles import Role

LANGUAGES: Final = ("fr", "de", "lb", "en", "pt")

if TYPE_CHECKING:
    from monitor.arguments import Commands


def add_hotline_commands(commands: Commands) -> None:
    """Add the commands about people and programs of the console."""
    roles = [role.value for role in Role]
    adding = commands.group("user", "people of the console", (("add", "add one"),))["add"]
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--role", required=True, choices=roles)
    adding.add_argument(
        "--password-file", metavar="F", help="file with the password, - reads standard input; absent: one is made up"
    )
    _add_desk(commands)
    making = commands.group("token", "tokens of the API", (("create", "create one and print it"),))["create"]
    making.add_argument("name", metavar="NAME")
    making.add_argument("--role", required=True, choices=roles)


def _add_desk(commands: Commands) -> None:
    """Add the commands about calls and the trail."""
    calls = commands.group("call", "calls of the hotline", (("start", "somebody is on the telephone"), ("list", "the last calls")))
    calls["start"].add_argument("sticker", metavar="STICKER", nargs="?", default="", help="what the call is about")
    calls["start"].add_argument("--agent", required=True, metavar="NAME", help="whose call it is: a user of the console")
    calls["start"].add_argument("--number", default="", metavar="N", help="the caller's number; it is hashed and not kept")
    calls["start"].add_argument("--language", default="", choices=LANGUAGES, metavar="L", help=f"one of {', '.join(LANGUAGES)}")
    trail = commands.group(
        "trail",
        "what people did, each entry sealed with all before it",
        (("head", "the last seal"), ("verify", "look for a break")),
    )
    trail["verify"].add_argument("--head", default="", metavar="SEAL", help="a seal that was kept elsewhere must be among them")
