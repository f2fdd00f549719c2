"""The OpenAPI document, arranged for the page that people read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = ("get", "post", "put", "delete")
EXAMPLES = {
    "uuid": "0198c5f2-7d1e-7a30-9c55-3f1b2a4d6e80",
    "date-time": "2026-11-20T15:00:00Z",
    "date": "2026-11-20",
}
FIRST_REFUSAL = 400


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a value in words; `shape` names the object that it refers to, if any."""

    words: str
    shape: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a field of a shape."""

    name: str
    kind: Kind
    required: bool
    words: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One possible answer."""

    status: int
    words: str
    kind: Kind | None

    @property
    def refused(self) -> bool:
        """Return whether this answer is a refusal."""
        return self.status >= FIRST_REFUSAL


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `scope` is what a token needs, empty for public ones."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    parameters: tuple[Member, ...]
    body: Kind | None
    example: str
    outcomes: tuple[Outcome, ...]

    @property
    def short_path(self) -> str:
        """Return the path without what all paths begin with."""
        return self.path.removeprefix("/api/v1")


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one part of Milepost."""

    title: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that requests or answers are made of."""

    name: str
    words: str
    fields: tuple[Member, ...]


def sections(document: dict[str, Any]) -> list[Section]:
    """Return the operations by tag, in the order of paths and of what is done to them."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                found.setdefault(methods[method]["tags"][0], []).append(
                    _operation(document, path, method, methods[method])
                )
    return [Section(title, tuple(operations)) for title, operations in sorted(found.items(), reverse=True)]


def shapes(document: dict[str, Any]) -> list[Shape]:
    """Return the objects by name; plain choices among words are shown where they are used."""
    schemas = document["components"]["schemas"]
    return [
        Shape(name, schema.get("description", ""), tuple(_fields(document, schema)))
        for name, schema in schemas.items()
        if schema.get("type") == "object" and schema.get("properties")
    ]


def _operation(document: dict[str, Any], path: str, method: str, told: dict[str, Any]) -> Operation:
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    scopes = [scope for way in told["security"] for scope in way.get("token", ())]
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        words=told.get("description", ""),
        scope="".join(scopes),
        parameters=tuple(_parameters(document, told["parameters"])),
        body=_kind(document, body) if body else None,
        example=json.dumps(_example(document, body), indent=2, ensure_ascii=False) if body else "",
        outcomes=tuple(_outcomes(document, told["responses"])),
    )


def _parameters(document: dict[str, Any], told: list[dict[str, Any]]) -> Iterator[Member]:
    for one in told:
        kind = _kind(document, one["schema"])
        yield Member(one["name"], kind, one["required"], one.get("description", ""), one["in"])


def _outcomes(document: dict[str, Any], told: dict[str, Any]) -> Iterator[Outcome]:
    for status, given in told.items():
        response = given
        if "$ref" in given:
            response = document["components"]["responses"][given["$ref"].rpartition("/")[2]]
        content = [each["schema"] for each in response.get("content", {}).values()]
        yield Outcome(int(status), response["description"], _kind(document, content[0]) if content else None)


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[Member]:
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        yield Member(name, _kind(document, field), name in required, field.get("description", ""))


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> Kind:
    if "$ref" in schema:
        return _referred(document, schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        kinds = [_kind(document, option) for option in schema["anyOf"]]
        shape = next((kind.shape for kind in kinds if kind.shape), None)
        return Kind(" or ".join(kind.words for kind in kinds), shape)
    if schema.get("type") == "array":
        items = _kind(document, schema.get("items", {}))
        return Kind(f"list of {items.words}", items.shape)
    return Kind(_plain(schema))


def _referred(document: dict[str, Any], name: str) -> Kind:
    schema = document["components"]["schemas"][name]
    if schema.get("type") == "array":  # a list that has a name of its own
        return _kind(document, schema)
    return Kind(_plain(schema)) if "enum" in schema else Kind(name, name)


def _plain(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return " · ".join(str(choice) for choice in schema.get("enum", [schema.get("const")]))
    words = {"uuid": "id", "date-time": "instant", "date": "date"}.get(schema.get("format", ""))
    words = words or {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
        schema.get("type", ""), str(schema.get("type", "anything"))
    )
    limits = [f"{key} {schema[name]}" for key, name in _LIMITS if name in schema]
    return f"{words} ({', '.join(limits)})" if limits else words


_LIMITS = (
    ("from", "minimum"),
    ("to", "maximum"),
    ("at least", "minLength"),
    ("at most", "maxLength"),
    ("default", "default"),
)


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if schema.get("type") == "object":
        return {name: _example(document, schema["properties"][name]) for name in schema.get("required", ())}
    simple = {"array": [], "boolean": False, "integer": schema.get("minimum", 1), "number": 1}
    choices = [*schema.get("enum", ()), schema.get("default"), EXAMPLES.get(schema.get("format", ""))]
    return next((choice for choice in choices if choice is not None), simple.get(schema.get("type", ""), "text"))
