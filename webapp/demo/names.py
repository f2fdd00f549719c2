"""Names that nobody has, for people and schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

FIRST = (
    *("Ada", "Alba", "Amir", "Anouk", "Aroha", "Basil", "Bea", "Caspian", "Clover", "Dara", "Dmitri", "Elio", "Esme"),
    *("Farah", "Fern", "Gus", "Hana", "Hazel", "Idris", "Ines", "Jonas", "Juniper", "Kai", "Keanu", "Lark", "Leila"),
    *("Lotte", "Mabel", "Marlo", "Mina", "Nico", "Noor", "Ocean", "Olive", "Otto", "Pavel", "Pip", "Quinn", "Ravi"),
    *("River", "Robin", "Rosa", "Sage", "Selma", "Sol", "Suki", "Tariq", "Tilda", "Uma", "Vera", "Wren", "Zola"),
)
BEGINNINGS = (
    *("Apple", "Bramble", "Button", "Candle", "Cinder", "Cloud", "Copper", "Dapple", "Ember", "Feather", "Fiddle"),
    *("Frost", "Ginger", "Hazel", "Honey", "Inkle", "Lantern", "Maple", "Marble", "Moon", "Nettle", "Pebble", "Pepper"),
    *("Plum", "Quill", "Rain", "Saffron", "Silver", "Sparrow", "Star", "Thimble", "Thistle", "Velvet", "Willow"),
)
ENDINGS = (
    *("bottle", "bucket", "button", "down", "feather", "fiddle", "kettle", "ladder", "mitten", "pocket", "puddle"),
    *("quilt", "rocket", "saddle", "spoon", "thimble", "trumpet", "whistle", "wick", "whisk"),
)
PLACES = (
    *("Lighthouse", "Riverbend", "Stargazer", "Windmill", "Foxglove", "Driftwood", "Kingfisher", "Snowdrop"),
    *("Clocktower", "Bluebell", "Greenhouse", "Lanternhill", "Marigold", "Northlight", "Seashell", "Thunderhill"),
)


def person(dice: Random) -> tuple[str, str]:
    """Return a first and a last name; the last is a word that no family is called."""
    beginning = dice.choice(BEGINNINGS)
    ending = dice.choice([ending for ending in ENDINGS if ending != beginning.lower()])
    return dice.choice(FIRST), beginning + ending


def school(number: int) -> str:
    """Return the name of the school of this number, from 0; all differ."""
    again, place = divmod(number, len(PLACES))
    return f"{PLACES[place]} Demo School" + (f" {again + 1}" if again else "")
