"""Words for things: nouns and their plurals, numbers, durations, places, directions and paces."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fm_tasks.model import UNNAMED, Direction

SOMETHING = "moving object"
"""The noun for the label of what no detector names: motion without a class, which may be anything."""
CLASSES = {
    **dict.fromkeys(("car", "truck", "bus", "van", "train", "motorcycle", "bicycle"), "vehicle"),
    **dict.fromkeys(("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"), "animal"),
}
"""The class of what is easily taken for another of it."""
IRREGULAR = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice", "knife": "knives",
    "foot": "feet", "leaf": "leaves", "wolf": "wolves", "goose": "geese", "sheep": "sheep", "fish": "fish",
    "deer": "deer", "aircraft": "aircraft",
}  # fmt: skip
PAIRS = {"skis", "scissors", "trousers", "jeans", "shorts", "sunglasses"}

NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ORDINALS = ("first", "second", "third", "fourth")
WAYS = {
    Direction.RIGHT: "to the right",
    Direction.UP_RIGHT: "up and to the right",
    Direction.UP: "upwards",
    Direction.UP_LEFT: "up and to the left",
    Direction.LEFT: "to the left",
    Direction.DOWN_LEFT: "down and to the left",
    Direction.DOWN: "downwards",
    Direction.DOWN_RIGHT: "down and to the right",
}
SIDES = {"left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom"}
PACES = {"slow": "slowly", "medium": "at a moderate pace", "fast": "quickly"}
ADJECTIVES = {"slow": "slow", "medium": "moderate", "fast": "fast"}
RELATIONS = {"left_of": "to the left of", "right_of": "to the right of", "above": "above", "below": "below"}
FRACTIONS = {
    "half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "twelfth": 12, "fifteenth": 15, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
CYCLES = {"horizontal": "back and forth", "vertical": "up and down"}


def noun_of(label: str) -> str:
    """The noun for a detector's label: letters, hyphens and apostrophes in lower case, whatever else came with it."""
    noun = " ".join(re.sub(r"[^\w'-]|[\d_]", " ", label.lower()).split())[:40].strip(" '-")
    if noun in PAIRS:
        return f"pair of {noun}"
    return SOMETHING if noun in ("", UNNAMED) else noun


def plural(noun: str) -> str:
    """The plural of an English noun phrase."""
    if noun.startswith("pair of "):
        return noun.replace("pair", "pairs", 1)
    head, _, last = noun.rpartition(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif re.search(r"[^aeiou]y$", last):
        last = last[:-1] + "ies"
    else:
        last += "es" if re.search(r"(s|x|z|ch|sh)$", last) else "s"
    return f"{head} {last}".strip()


def number(n: int) -> str:
    """``n`` in words up to twelve, else in digits."""
    return NUMBERS[n] if n < len(NUMBERS) else str(n)


def counted(noun: str, n: int) -> str:
    """``a car``, ``an umbrella``, ``three people``."""
    if n == 1:
        return f"{'an' if noun[0] in 'aeiou' and not noun.startswith('uni') else 'a'} {noun}"
    return f"{number(n)} {plural(noun)}"


def times(n: int) -> str:
    """``once``, ``twice``, ``three times``."""
    return {1: "once", 2: "twice"}.get(n, f"{number(n)} times")


def duration(seconds: float) -> str:
    """``about two seconds``; with one decimal where no whole number is within 0.15 s."""
    whole = round(seconds)
    if whole and abs(seconds - whole) <= 0.15:
        return f"about {number(whole)} second{'s' if whole > 1 else ''}"
    return f"about {seconds:.1f} seconds"


def rate(hertz: float) -> tuple[str, float]:
    """``about twice a second`` and what that is in hertz; with one decimal where no whole number is near."""
    whole = round(hertz)
    if whole and abs(hertz - whole) <= 0.1 * hertz:
        return f"about {times(whole)} a second", float(whole)
    if hertz < 0.6 and abs(hertz - 1 / (period := round(1 / hertz))) <= 0.1 * hertz:
        return f"about once every {number(period)} seconds", 1 / period
    return f"about {hertz:.1f} times a second", round(hertz, 1)


def reach(amplitude: float) -> tuple[str, float | None]:
    """``by about a tenth of the frame's diagonal`` and that share; nothing where no such share is near."""
    part, share = min(((part, 1 / n) for part, n in FRACTIONS.items()), key=lambda one: abs(one[1] - amplitude))
    if abs(share - amplitude) > 0.15 * amplitude:
        return "", None
    return f"by about {'an' if part == 'eighth' else 'a'} {part} of the frame's diagonal each way", share


def place(cell: str) -> str:
    """``top_left`` as ``at the top left``; the middle of a row or column goes without saying."""
    words = [word for word in cell.split("_") if word in SIDES]
    if not words:
        return "in the centre"
    return SIDES[words[0]] if len(words) == 1 else f"at the {words[0]} {words[1]}"


def side(here: str, there: str) -> str | None:
    """How cell ``here`` lies to cell ``there``, where the columns differ or else the rows; None for the same cell."""
    columns, rows = {"left": -1, "right": 1}, {"top": -1, "bottom": 1}
    for steps, before, after in ((columns, "to the left of", "to the right of"), (rows, "above", "below")):
        apart = sum(steps.get(w, 0) for w in here.split("_")) - sum(steps.get(w, 0) for w in there.split("_"))
        if apart:
            return before if apart < 0 else after
    return None


def listed(parts: Sequence[str]) -> str:
    """``a car``, ``a car and a dog``, ``a car, a dog and three people``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def infinitive(predicate: str) -> str:
    """``turns left`` as ``turn left``."""
    return re.sub(r"^(\w+?)((?<=[ohx])es|(?<=ss)es|s)\b", r"\1", predicate)


def capital(text: str) -> str:
    """``text`` with its first letter in upper case."""
    return text[0].upper() + text[1:]


def normalised(text: str) -> str:
    """``text`` without case, punctuation and needless space: what makes two questions or options the same."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


FORBIDDEN = (
    r"(?i)\y(\d+([.,]\d+)?\s*(mm|cm|m|km|feet|foot|ft|inch(es)?|yards?|miles?|km/h|mph|m/s)"
    r"|(milli|centi|kilo)met(er|re)s?|(?<!parking )met(er|re)s?"
    r"|bounding\s+box(es)?|bbox(es)?|tracks?\s+(id\s*)?#?\d+)\y"
)
"""What two-dimensional boxes cannot tell (metric units), and what nobody sees in the video (boxes, track ids)."""
