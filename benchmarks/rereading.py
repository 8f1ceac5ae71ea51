"""A script in the place of the language model that reads texts a second time: it knows what they claim.

It translates claims into words as a model is asked to, and can err. It measures what is made of a second reading, and
plays one in the tests.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from fm_tasks.checking.second_reading import ClaimInWords
from fm_tasks.english.words import noun_of
from fm_tasks.model import Claim, FactKind, MotionFacts
from fm_tasks.motion.vocabulary import OPPOSITE_VALUES, VOCABULARY
from fm_tasks.writing.facts_writer.fact_index import Facts
from fm_tasks.writing.facts_writer.names import names_of


def names(found: MotionFacts) -> dict[int, str]:
    """What the facts writer calls each track; ``the car`` where nothing tells it from its like."""
    nouns = {track: noun_of(label) for track, label in found.labels.items()}
    known = names_of(Facts(found.facts, found.seconds, found.complete), nouns)
    return {track: str(next(iter(known[track]), f"the {noun}")) for track, noun in nouns.items()}


def in_words(said: Sequence[Claim], called: Mapping[int, str]) -> list[ClaimInWords]:
    """Claims as a second reading gives them, by what each track is ``called``."""
    return [
        ClaimInWords(
            subject=None if one.subject is None else called.get(one.subject),
            object=None if one.object is None else called.get(one.object),
            value=noun_of(one.value) if one.value and one.kind == FactKind.COUNTS else one.value,
            **one.model_dump(include={"kind", "amount", "negated"}),
        )
        for one in said
    ]


def erring(said: Sequence[Claim], rng: random.Random) -> tuple[Claim, ...]:
    """Claims of which one is lost, turned to its opposite, or of another kind."""
    if not said:
        return ()
    at = rng.randrange(len(said))
    one, error = said[at], rng.choice(("lost", "turned", "other"))
    if error == "lost":
        changed = ()
    elif error == "turned":
        changed = (one.model_copy(update=_opposite(one)),)
    else:
        kinds = [kind for kind in VOCABULARY if kind != one.kind and bool(kind.object) == bool(one.object)]
        changed = (one.model_copy(update={"kind": rng.choice(kinds), "value": None, "amount": None}),)
    return (*said[:at], *changed, *said[at + 1 :])


def _opposite(claim: Claim) -> dict:
    """What makes its opposite of a claim."""
    if other := OPPOSITE_VALUES.get(claim.value or ""):
        return {"value": other}
    if claim.value is None and (other := VOCABULARY[claim.kind].opposite):
        return {"kind": other}
    return {"negated": not claim.negated}
