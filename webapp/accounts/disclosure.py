"""That staff have read what belongs to a pupil; whoever keeps account of it registers here.

Pages call `disclosed` where they show a pupil's record to somebody else. Reading writes nothing, so a listener only
takes note, and writes later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from webapp.core.permissions import Viewer

if TYPE_CHECKING:
    from typing import TypeAlias

Listener: TypeAlias = Callable[[Viewer, str, UUID | None, UUID | None], None]

_listeners: list[Listener] = []


def notes_disclosures(listener: Listener) -> Listener:
    """Have `listener(viewer, kind, user_id, class_id)` hear of each reading; a decorator."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def disclosed(viewer: Viewer, kind: str, *, user_id: UUID | None = None, class_id: UUID | None = None) -> None:
    """Tell that the viewer was shown the record of a pupil, or those of a class; one's own is nobody's business.

    `kind` is a word such as `student_page`.
    """
    if viewer.is_staff and user_id != viewer.user_id:
        for listener in _listeners:
            listener(viewer, kind, user_id, class_id)
