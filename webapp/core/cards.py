"""Cards that features put on a page of another feature, which knows nothing of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

About = TypeVar("About")
CardData: TypeAlias = "Callable[[Session, Viewer, About], Mapping[str, Any]]"


@dataclass(frozen=True, slots=True)
class _Card(Generic[About]):
    template: str
    data: CardData[About]
    place: int


class Cards(Generic[About]):
    """The cards of one page: templates with one root element each, in the order of their places.

    A template finds what its function returned as `card`.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._cards: Final[list[_Card[About]]] = []

    def add(self, template: str, place: int = 50) -> Callable[[CardData[About]], CardData[About]]:
        """Put a card on the page; a decorator of the function that makes its data."""

        def put(data: CardData[About]) -> CardData[About]:
            if all(card.template != template for card in self._cards):
                self._cards.append(_Card(template, data, place))
                self._cards.sort(key=lambda card: card.place)
            return data

        return put

    def about(self, session: Session, viewer: Viewer, shown: About) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the templates of the cards, each with its data; who may see the page may see all of them."""
        return [(card.template, card.data(session, viewer, shown)) for card in self._cards]
