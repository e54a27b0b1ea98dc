"""The arguments of the hotline's commands, for the front door's parser; what the commands do is not said here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.core.roles import Role

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
    making = commands.group("token", "tokens of the API", (("create", "create one and print it"),))["create"]
    making.add_argument("name", metavar="NAME")
    making.add_argument("--role", required=True, choices=roles)
