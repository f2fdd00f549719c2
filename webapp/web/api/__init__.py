"""The JSON API's frame: what an endpoint takes and gives, limits, repeated requests, and the document of it all.

An endpoint of a feature stands in its `api.py`, on a blueprint made by `api_blueprint`:

    bp = api_blueprint("api_planner", "Planner")

    @bp.post("/tasks")
    @access(SIGNED_IN, Reach.OWN)
    @gives(TaskAnswer, 201, once=True)
    @takes(body=TaskInput)
    def create_task(body: TaskInput) -> TaskRow:
        ...

What `takes` and `gives` are told is what they enforce and what `/api/v1/openapi.json` says.
"""

from __future__ import annotations

from webapp.web.api.answers import Answer, Count, Fraction, Instant, ListAnswer
from webapp.web.api.blueprint import api_blueprint
from webapp.web.api.contract import CSV, gives, takes
from webapp.web.api.docs import bp
from webapp.web.api.idempotency import keep_answers_in
from webapp.web.api.kept import give_kept

__all__ = [
    "CSV",
    "Answer",
    "Count",
    "Fraction",
    "Instant",
    "ListAnswer",
    "api_blueprint",
    "bp",
    "give_kept",
    "gives",
    "keep_answers_in",
    "takes",
]
