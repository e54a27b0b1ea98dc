"""Reading the configuration: a TOML file, then the environment over it, then the models of the sections.

Every key is also `BORNEWATCH_SECTION__KEY`, and with `_FILE` behind it the name of a file that holds the value. A key or a
variable that is not known is an error: a threshold that is mistyped must not silently be the default.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel, SecretStr, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "BORNEWATCH_"
DEFAULT_FILE: Final = "bornewatch.toml"


class ConfigurationError(Exception):
    """The configuration is wrong; the message is one line: where, what, and how to mend it."""


def load(file: str | None, environment: Mapping[str, str], sections: Mapping[str, type[BaseModel]]) -> dict[str, BaseModel]:
    """Return every section, from `file` (``None``: `bornewatch.toml` if it is there) and `environment`.

    Raises:
        ConfigurationError: when the file cannot be read, or a key or value is wrong.
    """
    tree = _read(file)
    known = {f"{PREFIX}CONFIG_FILE"}
    for name, value in environment.items():
        if name.startswith(PREFIX) and name not in known:
            _overlay(tree, name, value, sections)
    unknown = sorted(set(tree) - set(sections))
    if unknown:
        message = f"section [{unknown[0]}] is not known to this version; known are {', '.join(sections)}"
        raise ConfigurationError(message)
    return {name: _section(name, model, tree.get(name, _absent(model))) for name, model in sections.items()}


def _absent(model: type[BaseModel]) -> dict[str, Any]:
    """Return what a section is that stands nowhere: its defaults, unless the model says otherwise (`ABSENT`)."""
    values: dict[str, Any] = getattr(model, "ABSENT", {})
    return values


def _read(file: str | None) -> dict[str, Any]:
    path = Path(file or DEFAULT_FILE)
    if file is None and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        message = f"{path}: {error.strerror}; name the configuration with --config.file"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: not valid TOML: {error}"
    raise ConfigurationError(message)


def _overlay(tree: dict[str, Any], name: str, value: str, sections: Mapping[str, type[BaseModel]]) -> None:
    """Lay one environment variable over the file's tree."""
    path = name.removeprefix(PREFIX).lower().split("__")
    if _field(sections, path) is None and path[-1].endswith("_file"):
        path[-1] = path[-1].removesuffix("_file")
        value = _file_value(name, value)
    if _field(sections, path) is None:
        message = f"environment variable {name} names no key: write {PREFIX}SECTION__KEY, as in {PREFIX}STORAGE__URL"
        raise ConfigurationError(message)
    branch = tree
    for part in path[:-1]:
        branch = branch.setdefault(part, {})
    branch[path[-1]] = _json_or_text(value)


def _file_value(name: str, file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as error:
        message = f"environment variable {name}: {file}: {error.strerror}"
        raise ConfigurationError(message) from None


def _field(sections: Mapping[str, type[BaseModel]], path: list[str]) -> object | None:
    model: Any = sections.get(path[0])
    for part in path[1:]:
        fields = getattr(model, "model_fields", None)
        if fields is None or part not in fields:
            return None
        model = next(iter(get_args(fields[part].annotation)), fields[part].annotation)
    return None if len(path) < 2 else model  # noqa: PLR2004  (a section and a key)


def _json_or_text(value: str) -> Any:  # noqa: ANN401  (any JSON value)
    if not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _section(name: str, model: type[BaseModel], values: Any) -> BaseModel:  # noqa: ANN401  (whatever stood in the file)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join([name, *(str(part) for part in first["loc"])])
        if first["type"] == "extra_forbidden":
            message = f"key {key} is not known to this version; remove it or correct its spelling"
        else:
            said = first["msg"].removeprefix("Value error, ")
            secret = _field({name: model}, [name, *(part for part in first["loc"] if isinstance(part, str))]) is SecretStr
            message = f"{key}: {said}" if secret else f"{key} = {first['input']!r}: {said}"
        raise ConfigurationError(message) from None
