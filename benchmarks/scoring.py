"""What of the facts found in a scene is true of it, and what is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.stage import SLOP
from fm_tasks.model import Fact, FactKind
from fm_tasks.motion import DEFAULTS
from fm_tasks.motion.vocabulary import EVENTS, VOCABULARY
from fm_tasks.synthetic.scenes import Expected, Scene

F = FactKind


@dataclass(frozen=True)
class Score:
    """What was found of one scene, or of several: ``right`` facts, ``wrong`` ones, and those ``missed``, by kind."""

    right: Counter[FactKind]
    wrong: Counter[FactKind]
    missed: Counter[FactKind]

    @staticmethod
    def none() -> Score:
        """Nothing found, and nothing to find."""
        return Score(Counter(), Counter(), Counter())

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    def recall(self, kind: FactKind) -> float:
        """Share of the true facts that were found, 0..1; 1 where none is true."""
        return self.right[kind] / max(self.right[kind] + self.missed[kind], 1e-9) if self.true(kind) else 1.0

    def precision(self, kind: FactKind) -> float:
        """Share of what was found that is true, 0..1; 1 where nothing was found."""
        return self.right[kind] / (self.right[kind] + self.wrong[kind]) if self.right[kind] + self.wrong[kind] else 1.0

    def true(self, kind: FactKind) -> int:
        """How many facts of the kind are true."""
        return self.right[kind] + self.missed[kind]


def compare(made: Scene, found: Sequence[Fact], times_us: Sequence[int], names: dict[int, str]) -> Score:
    """What of ``found`` is true of the scene ``made``; ``names`` are the movers of the tracks, by their ids.

    A fact is right where kind, subject, object and value are declared, the amount is within the tolerance of claims,
    and it begins and ends within ``SLOP`` of what is declared. Each declared fact counts once.
    """
    seconds = (np.asarray(times_us) - times_us[0]) / 1e6
    left = {n: one for n, one in enumerate(made.expects) if one.kind not in made.undecided}
    right, wrong = Counter(), Counter()
    for fact in found:
        if fact.kind in made.undecided or fact.kind == F.BEFORE:
            continue
        key = names.get(fact.subject), fact.kind, fact.value, names.get(fact.object)
        match = next((n for n, one in left.items() if one[:4] == key and _fits(one, fact, seconds)), None)
        (wrong if match is None else right)[fact.kind] += 1
        left.pop(match, None)
    ordered = Score(right, wrong, Counter(one.kind for one in left.values()))
    return ordered if set(EVENTS) & made.undecided else ordered + _orders(made, found, names)


def _orders(made: Scene, found: Sequence[Fact], names: dict[int, str]) -> Score:
    """Chains of `before` against the declared events; what is declared within a little of the least gap may be told."""
    events = [one for one in made.expects if one.kind in EVENTS and one.begins is not None]
    firsts: dict[tuple[str, FactKind], float] = {}
    for one in sorted(events, key=lambda one: one.begins):
        firsts.setdefault((one.subject, one.kind), one.begins)
    told = set()
    for fact in (fact for fact in found if fact.kind == F.BEFORE):
        one, other = map(FactKind, fact.value.split("_"))
        told.add(((names.get(fact.subject), one), (names.get(fact.object), other)))
    while more := {(a, d) for a, b in told for c, d in told if b == c} - told:
        told |= more
    apart = {(a, b): firsts[b] - firsts[a] for a in firsts for b in firsts if a != b}
    clear = {pair for pair, gap in apart.items() if gap >= DEFAULTS.gap + SLOP / 2}
    wrong = {pair for pair in told if all(e in firsts for e in pair) and apart.get(pair, 0) < DEFAULTS.gap - SLOP / 2}
    return Score(*(Counter({F.BEFORE: len(pairs)}) for pairs in (told & clear, wrong, clear - told)))


def _fits(one: Expected, fact: Fact, seconds: np.ndarray) -> bool:
    absolute, relative = VOCABULARY[fact.kind].tolerance or (0, 0)
    near = one.amount is None or abs(fact.amount - one.amount) <= max(absolute, relative * abs(one.amount))
    begins = one.begins is None or abs(seconds[fact.start] - one.begins) <= SLOP
    ends = one.ends is None or abs(seconds[min(fact.end, len(seconds) - 1)] - one.ends) <= SLOP
    return near and begins and ends
