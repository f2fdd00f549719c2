"""One row of each kind that an address or a form can name, and what to send so that an endpoint acts on it.

A new parameter in an address (`makers.py`), a new id in an input (`references.py`) or a new writing endpoint on a row
(`payloads.py`) needs an entry here; without one the tests of this folder fail and name what is missing.
"""

from tests.security.samples.base import Maker, Sample
from tests.security.samples.learning import an_attempt
from tests.security.samples.makers import MAKERS, NOT_IDS
from tests.security.samples.payloads import PAYLOADS, QUERIES
from tests.security.samples.people import a_password_link, a_session, a_token
from tests.security.samples.planning import a_category, a_feed, a_goal, a_task, an_import, an_undo
from tests.security.samples.records import an_export
from tests.security.samples.references import NOT_LOOKED_UP, REFERENCES, Reference

__all__ = [
    "MAKERS",
    "NOT_IDS",
    "NOT_LOOKED_UP",
    "PAYLOADS",
    "QUERIES",
    "REFERENCES",
    "Maker",
    "Reference",
    "Sample",
    "a_category",
    "a_feed",
    "a_goal",
    "a_password_link",
    "a_session",
    "a_task",
    "a_token",
    "an_attempt",
    "an_export",
    "an_import",
    "an_undo",
]
