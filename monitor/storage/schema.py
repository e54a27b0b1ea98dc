"""Bring a database to the schema of this program, and say when it is another one's.

Each package keeps its migrations in a folder of its own with a version table of its own; the front door runs them in turn.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from monitor.storage.errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def _config(package: str) -> Config:
    """Return Alembic's configuration for the migrations in `package` (a dotted name)."""
    module = importlib.import_module(package)
    config = Config()
    config.set_main_option("script_location", str(Path(str(module.__file__)).parent).replace("%", "%%"))
    return config


def _version_table(package: str) -> str:
    return f"alembic_version_{package.split('.', maxsplit=1)[0]}"


def current(connection: Connection, package: str) -> str | None:
    """Return the revision of `package` that the database has, ``None`` before its first."""
    context = MigrationContext.configure(connection, opts={"version_table": _version_table(package)})
    return context.get_current_revision()


def upgrade(engine: Engine, packages: list[str]) -> list[str]:
    """Migrate every package's tables to this program's schema; return what was done, a line each.

    Raises:
        DatabaseError: when the database cannot be opened or written, or is newer than the program.
    """
    done = []
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            for package in packages:
                config = _config(package)
                before = current(connection, package)
                _refuse_newer(config, package, before)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                after = current(connection, package)
                if before != after:
                    done.append(f"{package.split('.', maxsplit=1)[0]}: {before or 'nothing'} -> {after}")
    except DBAPIError as error:
        raise DatabaseError(unusable(engine, error)) from error
    return done


def check(engine: Engine, packages: list[str]) -> list[str]:
    """Return what keeps the database from being this program's, a line each; nothing when it fits.

    Raises:
        DatabaseError: when the database cannot be opened, or is newer than the program.
    """
    wrong = []
    try:
        with engine.connect() as connection, connection.begin():
            for package in packages:
                config = _config(package)
                have = current(connection, package)
                _refuse_newer(config, package, have)
                want = ScriptDirectory.from_config(config).get_current_head()
                if have != want:
                    wrong.append(f"{package.split('.', maxsplit=1)[0]}: schema {have or 'missing'}, this program needs {want}")
    except DBAPIError as error:
        raise DatabaseError(unusable(engine, error)) from error
    return wrong


def unusable(engine: Engine, error: DBAPIError) -> str:
    """Say in one line why the database cannot be used."""
    where = engine.url.render_as_string(hide_password=True)
    reason = (str(error.orig).strip().splitlines() or ["unknown error"])[0]
    return f"storage.url {where}: {reason}; check that the path or server exists and may be written"


def _refuse_newer(config: Config, package: str, have: str | None) -> None:
    if have is None:
        return
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if have not in known:
        name = package.split(".", maxsplit=1)[0]
        message = f"the database has schema {have} of {name}, which is newer than this program: upgrade bornewatch"
        raise DatabaseError(message)
