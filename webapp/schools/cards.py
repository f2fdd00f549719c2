"""What stands on the administration page of a school. Features that have settings of their own there add cards.

A template finds the school as `school`, too. The page's own cards have the places 0 (settings) and 90 (putting the
school away); whoever administers the school sees all.
"""

from __future__ import annotations

from typing import Final

from webapp.core.cards import Cards
from webapp.schools.models import School

_cards: Final = Cards[School]()
school_card = _cards.add
cards_of = _cards.about
