"""What stands on the administration page of a school. Features that have settings of their own there add cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from webapp.core.permissions import Viewer
from webapp.schools.models import School

if TYPE_CHECKING:
    from typing import TypeAlias

CardData: TypeAlias = Callable[[Session, Viewer, School], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Card:
    """A template with one root element, and what makes its data; cards stand in the order of `place`.

    The template finds what the function returned as `card`, and the school as `school`. The page's own cards have
    the places 0 (settings) and 90 (putting the school away).
    """

    template: str
    data: CardData
    place: int


_cards: list[Card] = []


def school_card(template: str, place: int = 50) -> Callable[[CardData], CardData]:
    """Put a card on the administration page of a school; a decorator of the function that makes its data."""

    def add(data: CardData) -> CardData:
        if all(card.template != template for card in _cards):
            _cards.append(Card(template, data, place))
            _cards.sort(key=lambda card: card.place)
        return data

    return add


def cards_of(session: Session, viewer: Viewer, school: School) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the templates of the cards for a school that the viewer administers, each with its data."""
    return [(card.template, card.data(session, viewer, school)) for card in _cards]
