"""The words in which `openapi` and `openapi_alerts` promise: schemas, answers, and what may be asked of a path (OpenAPI 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

INSTANT: Final = {"type": "string", "format": "date-time"}
INSTANT_OR_NULL: Final = {"type": ["string", "null"], "format": "date-time"}
TEXT: Final = {"type": "string"}
SECONDS: Final = {"type": ["number", "null"]}
COUNT: Final = {"type": "integer"}
DEGREES: Final = {"type": ["number", "null"]}


def one_of(words: Iterable[str]) -> dict[str, Any]:
    """Return a text that is one of `words`."""
    return {"type": "string", "enum": [str(word) for word in words]}


def object_of(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON Schema)
    """Return an object that has all `properties`."""
    return {"type": "object", "required": list(properties), "properties": properties}


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    """Return a list of `items`."""
    return {"type": "array", "items": items}


def ref(name: str) -> dict[str, Any]:
    """Return the schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(description: str, schema: dict[str, Any], content_type: str = "application/json") -> dict[str, Any]:
    """Return an answer with a body."""
    return {"description": description, "content": {content_type: {"schema": schema}}}


def get(
    name: str,
    summary: str,
    ok: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
    *,
    also: tuple[int, ...] = (),
) -> dict[str, Any]:
    """Return what may be read at a path."""
    problem = answer("Not possible; see `detail`", ref("Problem"), "application/problem+json")
    responses = {"200": ok, "401": problem} | {str(status): problem for status in also}
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters or [], "responses": responses}}


def post(  # noqa: PLR0913  (one argument a part)
    name: str,
    summary: str,
    body: dict[str, Any],
    ok: dict[str, Any],
    parameters: list[dict[str, Any]],
    *,
    status: int = 202,
    also: tuple[int, ...] = (),
    content_type: str = "application/json",
) -> dict[str, Any]:
    """Return what may be asked of a path."""
    problem = answer("Not possible; see `detail`", ref("Problem"), "application/problem+json")
    responses = {str(status): ok} | {str(other): problem for other in (400, 401, 403, 404, *also, 413, 503)}
    content = {content_type: {"schema": body}}
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "parameters": parameters,
            "requestBody": {"required": True, "content": content},
            "responses": responses,
        }
    }


def delete(name: str, summary: str, ok: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what may be taken back at a path."""
    problem = answer("Not possible; see `detail`", ref("Problem"), "application/problem+json")
    responses = {"200": ok} | {str(other): problem for other in (401, 403, 404, 503)}
    return {"delete": {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}}


def in_path(name: str, description: str) -> dict[str, Any]:
    """Return a part of the path."""
    return {"name": name, "in": "path", "required": True, "schema": TEXT, "description": description}
