"""The OpenAPI 3.1 document, made from what the endpoints declare and nothing else.

APIFlask gathers paths, summaries and tags; parameters, bodies, answers and schemas come from the contracts.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from webapp.web.access import SAFE_METHODS, declaration_of
from webapp.web.api.answers import Problem
from webapp.web.api.contract import JSON, NO_CONTENT, Contract, Nothing, contract_of
from webapp.web.api.idempotency import HEADER, KEY_PATTERN
from webapp.web.errors import TITLES
from webapp.web.sessions import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apiflask import APIFlask
    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode
    from werkzeug.routing import Rule

    from webapp.web.access import Declaration

    Schemas = dict[tuple[type[BaseModel], JsonSchemaMode], dict[str, Any]]

EXTENSION = "milepost_api_document"
APIFLASK_ATTRIBUTE = "_spec"
PROBLEM = "application/problem+json"
REFERENCE = "#/components/schemas/{model}"
ANSWER = re.compile(r"(\w+?)Answer(?=List$|$)")
LIST = re.compile(r"ListAnswer\[(?:.*\.)?(\w+)\]")
REFERENCES = re.compile(r'"#/components/schemas/([^"]+)"')
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
DESCRIPTION = """\
Everything that the pages of Milepost show and do, for programs. Send `Authorization: Bearer <token>` with a
token made at `/account/tokens`; GET needs the scope `read`, the rest `write`. From a page of Milepost the
browser's session serves as well; writes then carry `X-CSRFToken`.

Instants are ISO 8601 and answered in UTC; one that is sent without an offset is read in your time zone. Slots
and focus windows begin and end on whole minutes. Fields and parameters that are not listed here are refused,
and so are values of another JSON type. Errors are `application/problem+json` (RFC 9457).\
"""
KEY_WORDS = (
    "Any text of your own. The same key with the same request is answered again as the first time, without a second "
    "effect; with another request it is refused (409). Kept for a day."
)
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
CHALLENGE = {"WWW-Authenticate": {"description": "Always `Bearer`.", "schema": {"type": "string"}}}
UNCHANGED = {"description": "Unchanged since the `ETag` that was sent as `If-None-Match`."}
HEADERS = {401: CHALLENGE, 429: RETRY_AFTER, 503: RETRY_AFTER}
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token made at /account/tokens."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The browser's session."},
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "Proves that a write comes from our own pages; only needed with the session.",
    },
}


class PlainSchemas(GenerateJsonSchema):
    """Schemas without what says nothing: titles made of names, and null as the default of what may be left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - Pydantic's protocol
        """Leave titles out."""
        return False

    def normalize_name(self, name: str) -> str:
        """Name an answer after the thing that it shows, and a list after what it lists."""
        return super().normalize_name(ANSWER.sub(r"\1", LIST.sub(r"\1List", name)))

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Leave the title out here as well: the name is the key."""
        made = super().model_schema(schema)
        made.pop("title", None)
        return made

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """Leave out a default of null: a field that is not given differs from one given as null."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def api_document() -> dict[str, Any]:
    """Return the document of the present application; made once, and the same for everyone."""
    app = cast("APIFlask", current_app)
    if EXTENSION not in app.extensions:
        app.config.update(AUTO_SERVERS=False, AUTO_404_RESPONSE=False, SECURITY_SCHEMES=SECURITY_SCHEMES)
        app.description = DESCRIPTION
        app.spec_callback = _completed  # type: ignore[assignment]
        _mark_documented(app)
        app.extensions[EXTENSION] = app.spec
    return cast("dict[str, Any]", app.extensions[EXTENSION])


def endpoints(app: APIFlask) -> Iterator[tuple[Rule, str, Contract, Declaration]]:
    """Yield each rule and method of the API, with what its view takes and gives and who may use it."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        contract, declared = contract_of(view), declaration_of(view)
        if contract is None or declared is None:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, contract, declared


def _mark_documented(app: APIFlask) -> None:
    for rule, _, _, _ in endpoints(app):
        view = app.view_functions[rule.endpoint]
        words = inspect.cleandoc(view.__doc__ or "").split("\n\n", 1)
        description = " ".join(words[1].split()) if len(words) > 1 else None
        spec = {
            "summary": words[0].rstrip("."),
            "description": description,
            "operation_id": rule.endpoint.rpartition(".")[2],
            "responses": {"default": "Replaced by what the contract says."},
        }
        setattr(view, APIFLASK_ATTRIBUTE, spec)


def _completed(spec: dict[str, Any]) -> dict[str, Any]:
    app = cast("APIFlask", current_app)
    found = list(endpoints(app))
    schemas, definitions = _schemas([contract for _, _, contract, _ in found])
    for rule, method, contract, declared in found:
        path = "".join(f"{{{part}}}" if dynamic else part for dynamic, part in _parts(rule))
        operation = spec["paths"][path][method.lower()]
        operation["parameters"] = [*_path_parameters(rule), *_parameters(contract, schemas, definitions)]
        operation["responses"] = _responses(rule, method, contract, declared, schemas)
        operation["security"] = _security(method, declared)
        if contract.body is not Nothing:
            operation["requestBody"] = _body(contract, schemas, definitions)
    spec["paths"] = dict(sorted(spec["paths"].items()))
    spec["components"]["responses"] = {_refusal_name(status): _refusal(status, schemas) for status in TITLES}
    spec["components"]["schemas"] = _used(definitions, spec)
    return spec


def _used(definitions: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas that something refers to; those of parameters have been taken apart."""
    found: dict[str, Any] = {}
    waiting: list[Any] = [spec["paths"], spec["components"]["responses"]]
    while waiting:
        for name in REFERENCES.findall(json.dumps(waiting.pop())):
            if name not in found:
                found[name] = definitions[name]
                waiting.append(definitions[name])
    return dict(sorted(found.items()))


def _schemas(contracts: list[Contract]) -> tuple[Schemas, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for contract in contracts:
        wanted |= {(model, "validation"): None for model in (contract.body, contract.query)}
        if contract.answer is not None:
            wanted[contract.answer, "serialization"] = None
    found, definitions = models_json_schema(list(wanted), ref_template=REFERENCE, schema_generator=PlainSchemas)
    return cast("Schemas", found), definitions["$defs"]


def _parts(rule: Rule) -> Iterator[tuple[bool, str]]:
    """Yield the parts of a rule, each with whether it stands for an id."""
    for index, part in enumerate(rule.rule.replace(">", "<").split("<")):
        yield bool(index % 2), part.rpartition(":")[2] if index % 2 else part


def _path_parameters(rule: Rule) -> list[dict[str, Any]]:
    schema = {"type": "string", "format": "uuid"}
    names = [part for dynamic, part in _parts(rule) if dynamic]
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _parameters(contract: Contract, schemas: Schemas, definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    model = _resolved(schemas[contract.query, "validation"], definitions)
    for name, schema in model.get("properties", {}).items():
        needed = name in model.get("required", ())
        words = {"description": schema["description"]} if "description" in schema else {}
        yield {"name": name, "in": "query", "required": needed, "schema": _of_text(schema), **words}
    if contract.once:
        schema = {"type": "string", "pattern": KEY_PATTERN}
        yield {"name": HEADER, "in": "header", "required": False, "schema": schema, "description": KEY_WORDS}


def _of_text(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter: one that is left out is never sent as null."""
    left = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    options = [option for option in left.pop("anyOf", []) if option != {"type": "null"}]
    if left.get("default", ...) is None:
        del left["default"]
    if len(options) == 1:
        return {**options[0], **left}
    return {"anyOf": options, **left} if options else left


def _body(contract: Contract, schemas: Schemas, definitions: dict[str, Any]) -> dict[str, Any]:
    reference = schemas[contract.body, "validation"]
    needed = bool(_resolved(reference, definitions).get("required"))
    return {"required": needed, "content": {JSON: {"schema": reference}}}


def _resolved(reference: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", definitions[reference["$ref"].rpartition("/")[2]])


def _responses(rule: Rule, method: str, contract: Contract, declared: Declaration, schemas: Schemas) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done."}
    if contract.status != NO_CONTENT:
        plain = {"type": "string"} if contract.mimetype != JSON else {"type": "object"}
        schema = schemas[contract.answer, "serialization"] if contract.answer is not None else plain
        success["content"] = {contract.mimetype: {"schema": schema}}
    answers = {str(contract.status): success, **({"304": UNCHANGED} if contract.kept else {})}
    refusals = _refusals(rule, method, contract, declared)
    return {**answers, **{str(status): _refusal_reference(status) for status in refusals}}


def _refusals(rule: Rule, method: str, contract: Contract, declared: Declaration) -> list[int]:
    """Return the statuses with which a request to this endpoint may be refused."""
    found = {422, 429, 503, *contract.refuses}
    if declared.roles is not None:
        found |= {401, 403}
    if method not in SAFE_METHODS:
        found |= {400, 413}
    if method in BODY_METHODS:
        found.add(415)
    if rule.arguments or any(name.endswith("_id") for name in contract.query.model_fields):
        found.add(404)
    if contract.once:
        found.add(409)
    return sorted(found)


def _refusal_name(status: int) -> str:
    return f"Problem{status}"


def _refusal_reference(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_refusal_name(status)}"}


def _refusal(status: int, schemas: Schemas) -> dict[str, Any]:
    content = {PROBLEM: {"schema": schemas[Problem, "serialization"]}}
    extra = {"headers": HEADERS[status]} if status in HEADERS else {}
    return {"description": f"{TITLES[status]}.", "content": content, **extra}


def _security(method: str, declared: Declaration) -> list[dict[str, list[str]]]:
    if declared.roles is None:
        return []
    if method in SAFE_METHODS:
        return [{"token": [declared.scope or "read"]}, {"session": []}]
    return [{"token": [declared.scope or "write"]}, {"session": [], "csrf": []}]
