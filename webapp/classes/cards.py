"""What stands on the page of a class. Features that know more about a class add cards of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from webapp.classes.types import ClassRow
from webapp.core.permissions import Viewer

if TYPE_CHECKING:
    from typing import TypeAlias

CardData: TypeAlias = Callable[[Session, Viewer, ClassRow], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Card:
    """A template with one root element, and what makes its data; cards stand in the order of `place`.

    The template finds what the function returned as `card`. The page's own cards have the places 0 (students) and
    90 (about the class).
    """

    template: str
    data: CardData
    place: int


_cards: list[Card] = []


def class_card(template: str, place: int = 50) -> Callable[[CardData], CardData]:
    """Put a card on the page of a class; a decorator of the function that makes its data."""

    def add(data: CardData) -> CardData:
        if all(card.template != template for card in _cards):
            _cards.append(Card(template, data, place))
            _cards.sort(key=lambda card: card.place)
        return data

    return add


def cards_of(session: Session, viewer: Viewer, row: ClassRow) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the templates of the cards for a class that the viewer looks after, each with its data."""
    return [(card.template, card.data(session, viewer, row)) for card in _cards]
