"""What stands on the page of a class. Features that know more about a class add cards of theirs.

The page's own cards have the places 0 (students) and 90 (about the class); whoever looks after the class sees all.
"""

from __future__ import annotations

from typing import Final

from webapp.classes.types import ClassRow
from webapp.core.cards import Cards

_cards: Final = Cards[ClassRow]()
class_card = _cards.add
cards_of = _cards.about
