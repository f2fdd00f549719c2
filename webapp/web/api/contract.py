"""What an endpoint takes and gives: said once, enforced here, and read by the document.

APIFlask could parse and serialise as well, but it hands Pydantic plain Python values, where strict models
refuse every id and date, and it lets answers through that do not fit their model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from flask import Response, request
from pydantic import TypeAdapter
from werkzeug.exceptions import UnsupportedMediaType

from webapp.core.errors import FieldError, InvalidInputError
from webapp.core.inputs import Input
from webapp.web.api.idempotency import answer_once
from webapp.web.forms import parse_json, parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from webapp.web.api.answers import Answer

    View = Callable[..., Any]

ATTRIBUTE = "__milepost_contract__"
JSON = "application/json"
CSV = "text/csv"
NO_CONTENT = 204
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Nothing(Input):
    """No fields: whatever is sent is one too many."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What an endpoint takes, and all that it may answer. `answer` is None where the body is not JSON."""

    body: type[BaseModel] = Nothing
    query: type[Input] = Nothing
    answer: Any = None
    status: int = NO_CONTENT
    mimetype: str = JSON
    refuses: tuple[int, ...] = ()
    once: bool = False
    kept: bool = False


def contract_of(view: Any) -> Contract | None:
    """Return what the view takes and gives, or None for a view that is not of the API."""
    return getattr(view, ATTRIBUTE, None)


def takes(
    *, body: type[BaseModel] | None = None, query: type[Input] | None = None, unread: bool = False
) -> Callable[[View], View]:
    """Give the view its parsed `body` and `query` as keyword arguments of those names.

    What is not declared must not be sent: the request is refused with 422 and the names of the fields. A body that
    stays `unread` is given as bytes, for a view that has a quicker way to hold it against its model.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def parsed(**path: Any) -> Any:
            asked = _parse_query(query or Nothing)
            sent = _sent(body or Nothing, unread=unread) if request.method in UNSAFE else None
            if query:
                path["query"] = asked
            if body:
                path["body"] = sent
            return view(**path)

        found = contract_of(view) or Contract()
        setattr(parsed, ATTRIBUTE, replace(found, body=body or Nothing, query=query or Nothing))
        return parsed

    return declare


def gives(
    answer: type[Answer] | Any = None,
    status: int | None = None,
    *,
    refuses: tuple[int, ...] = (),
    once: bool = False,
    kept: bool = False,
    mimetype: str = JSON,
) -> Callable[[View], Callable[..., Response]]:
    """Serialise what the view returns as `answer`; without one, the answer is 204 and empty.

    `refuses` names the statuses that are this endpoint's own, beside those that follow from its shape. `once`
    honours an Idempotency-Key. With another `mimetype`, and where the answer is `kept` (`give_kept`), the view
    returns the response itself. A view that takes nothing needs no `takes`.
    """
    code = status or (NO_CONTENT if answer is None and mimetype == JSON else 200)
    adapter = TypeAdapter(answer) if answer is not None else None

    def declare(view: View) -> Callable[..., Response]:
        parsed = view if contract_of(view) else takes()(view)

        def respond(path: dict[str, Any]) -> Response:
            found = parsed(**path)
            if isinstance(found, Response):
                return found
            if adapter is None:
                return Response(status=code)
            return Response(_serialised(adapter, found), code, mimetype=JSON)

        @wraps(parsed)
        def answered(**path: Any) -> Response:
            return answer_once(lambda: respond(path)) if once else respond(path)

        stated = replace(contract_of(parsed) or Contract(), answer=answer, status=code, mimetype=mimetype)
        setattr(answered, ATTRIBUTE, replace(stated, refuses=refuses, once=once, kept=kept))
        return answered

    return declare


def _serialised(adapter: TypeAdapter[Any], found: Any) -> bytes:
    return adapter.dump_json(adapter.validate_python(found, from_attributes=True))


def _parse_query(model: type[Input]) -> Input:
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise InvalidInputError([FieldError(name, "Give this once.") for name in repeated])
    return parse_query(model)


def _sent(model: type[BaseModel], *, unread: bool) -> BaseModel | bytes:
    if request.content_length or request.headers.get("Transfer-Encoding"):
        _refuse_other_kinds()
    return request.get_data(cache=False) if unread else parse_json(cast("type[Input]", model))


def _refuse_other_kinds() -> None:
    if not request.is_json:
        message = f"Send the body as {JSON}."
        raise UnsupportedMediaType(message)
