"""Reading what was sent through one input model, whether it came as a form, a query string or JSON."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request
from pydantic import ValidationError

from webapp.core.errors import BadRequestError, FieldError, InvalidInputError
from webapp.core.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

Model = TypeVar("Model", bound=Input)

EDGE_FIELDS = frozenset({"csrf_token", "next", "once"})
PREFIX = "Value error, "
WORDS = {
    "missing": "This is needed.",
    "extra_forbidden": "This field is not known here.",
    "string_too_short": "This is needed.",
    "uuid_parsing": "This is not an id that we know.",
    "int_parsing": "Enter a whole number.",
    "bool_parsing": "Choose yes or no.",
}


def parse_form(model: type[Model], extra: Mapping[str, Any] | None = None) -> Model:
    """Return the posted form as `model`; empty fields count as not given. Raises InvalidInputError."""
    return parse_strings(model, {**_strings(model, request.form), **(extra or {})})


def parse_query(model: type[Model]) -> Model:
    """Return the query string as `model`; empty parameters count as not given. Raises InvalidInputError."""
    return parse_strings(model, _strings(model, request.args))


def parse_strings(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return values that are still text as `model`. Raises InvalidInputError."""
    try:
        return model.model_validate(dict(values), strict=False)  # the strings mode knows no lists
    except ValidationError as error:
        raise InvalidInputError(field_errors(error)) from error


def parse_json(model: type[Model]) -> Model:
    """Return the JSON body as `model`; types are never guessed. Raises BadRequestError or InvalidInputError."""
    body = request.get_data(cache=True)
    try:
        sent = json.loads(body or b"{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = "The body is not JSON that can be read."
        raise BadRequestError(message) from error
    if not isinstance(sent, dict):
        raise InvalidInputError.of("body", "Send a JSON object.")
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise InvalidInputError(field_errors(error)) from error


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return one readable refusal for each field."""
    return [
        FieldError(_name(item["loc"]), _words(item)) for item in error.errors(include_url=False, include_input=False)
    ]


def _strings(model: type[Model], sent: MultiDict[str, str]) -> dict[str, Any]:
    lists = _list_fields(model)
    values: dict[str, Any] = {}
    for name in sent:
        if name in EDGE_FIELDS and name not in model.model_fields:
            continue
        if name in lists:
            values[name] = [item for item in sent.getlist(name) if item != ""]
        elif sent[name].strip() != "" or _keeps_empty(model, name):
            values[name] = sent[name]
    return values


@cache
def _list_fields(model: type[Input]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if "list" in str(field.annotation))


def _keeps_empty(model: type[Model], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and field.annotation is str and not field.is_required()


def _name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "body"


def _words(item: Any) -> str:
    return WORDS.get(item["type"]) or str(item["msg"]).removeprefix(PREFIX)


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)
