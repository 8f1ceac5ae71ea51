"""Texts of people who had not seen the reader: how many true ones are published, and how many false ones are not.

`tests/checking/corpus.jsonl` has 438 sentences on scenes of `choreography`, true or false of their facts, and what each
claims. Those who wrote them had the facts and the glossary before them, and nothing of the reader. The reader was
mended on one part of them. The other part is blind: nobody has looked at it, and it alone is measured here. It was
written on 2026-11-30 and is not used up. A text is published if none of its claims is contradicted, all of it is
understood, and what it tells of motion can be checked.

Rows `read twice` are of texts that a second reading has translated, too. A script plays it: it translates what the
corpus says that a text claims, names things as the facts writer does, and errs in one of ten texts. It loses a claim,
turns one to its opposite, or names another kind. Rows `claims of the facts` are of a writer that claims what is true
whatever it says: the words alone can betray it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks import Ratio, choreography, main, rereading, timed
from fm_tasks import motion
from fm_tasks.checking import Cast, Read, claims, proof
from fm_tasks.checking.second_reading import TextRead, understood_as
from fm_tasks.model import Claim, FactKind, MotionFacts, Sentence, Verdict
from fm_tasks.settings import PROJECT
from fm_tasks.synthetic import scenes

CORPUS = PROJECT / "tests" / "checking" / "corpus.jsonl"
SEED = 1
"""By which the scenes are drawn."""
ERRS = 10
"""The second reading errs in one of so many texts."""

LYING = "claims of the facts, read twice"

Findings = tuple[claims.ClaimFinding, ...]


@dataclass(frozen=True)
class Said:
    """A text of the corpus, and the verdicts on it without its claims and with them; ``twice`` with each of so many
    second readings, one of which errs, and ``lying`` with these and with claims that are true whatever it says."""

    true: bool
    kind: str
    level: str
    bare: Findings
    claimed: Findings
    twice: tuple[Findings, ...]
    lying: tuple[Findings, ...]


def published(found: Findings) -> bool:
    """Whether a text of which this was found is published, as the view `accepted_caption` has it."""
    return not any(
        finding.verdict == Verdict.CONTRADICTED
        or (finding.verdict == Verdict.NOT_UNDERSTOOD and claim is None)
        or (finding.verdict == Verdict.NOT_CHECKABLE and claim is not None and claim.kind != FactKind.COUNTS)
        for claim, finding in found
    )


def understood(found: Findings) -> bool:
    """Whether all of a text is understood."""
    return all(finding.verdict != Verdict.NOT_UNDERSTOOD or claim for claim, finding in found)


@cache
def _cast(scene: str) -> Cast:
    known = scenes.truth(choreography.scene(scene, SEED))
    return Cast(motion.facts(known), {track.id: track.label for track in known.tracks})


def judged(part: str) -> Iterator[Said]:
    """The texts of a ``part`` of the corpus, ``blind`` or ``mended``."""
    fields = ("kind", "subject", "object", "value", "amount", "negated")
    rng = random.Random(SEED)
    for one in map(json.loads, CORPUS.read_text().splitlines()):
        if one["part"] != part:
            continue
        cast = _cast(one["scene"])
        declared = tuple(Claim(**dict(zip(fields, claim, strict=True))) for claim in one["claims"])

        def found(said: Sequence[Claim], again: Sequence[Claim] | None = None, of: dict = one) -> Findings:
            second = () if again is None else [_read_again(again, of["scene"])]
            return tuple(claims.of_sentences([Sentence(text=of["text"], claims=said)], _cast(of["scene"]), second)[0])

        wrong = rereading.erring(declared, rng)
        twice, lying = (
            (found(said, declared),) * (ERRS - 1) + (found(said, wrong),)
            for said in (declared, _of_facts(declared, cast))
        )
        yield Said(one["true"], one["kind"], one["level"], found(()), found(declared), twice, lying)


def _read_again(said: Sequence[Claim], scene: str) -> Read:
    """A second reading that has these claims."""
    text = TextRead(n=1, unclear=False, claims=rereading.in_words(said, _names(scene)))
    return understood_as(text, _cast(scene))


@cache
def _names(scene: str) -> dict[int, str]:
    cast, known = _cast(scene), scenes.truth(choreography.scene(scene, SEED))
    return rereading.names(
        MotionFacts(facts=tuple(cast.facts), labels=dict(cast.labels), seconds=known.times_us[-1] / 1e6)
    )


def _of_facts(said: Sequence[Claim], cast: Cast) -> tuple[Claim, ...]:
    """What the facts have in the place of each claim that they contradict."""
    mended = []
    for one in said:
        if proof.check(one, cast.facts).verdict == Verdict.CONTRADICTED:
            same = (fact for fact in cast.facts if (fact.kind, fact.subject) == (one.kind, one.subject))
            mended += [Claim(**fact.model_dump(include={"kind", "subject", "object", "value"})) for fact in same][:1]
        else:
            mended.append(one)
    return tuple(mended)


def measure() -> list[Ratio]:
    """Every ratio, of the blind part."""
    with timed("verdicts on the blind texts"):
        found = list(judged("blind"))
    true, false = ([one for one in found if one.true == truth] for truth in (True, False))
    ratios = [
        *_shares("true", "published", true, ">= 0.9"),
        *_shares("false", "dropped", false, ">= 0.95"),
        Ratio("not understood", _share([not understood(one.bare) for one in found]), "<= 0.1", f"{len(found)} texts"),
        Ratio(
            *("not understood, read twice", 1 - _share([understood(again) for one in found for again in one.twice])),
            *("<= 0.1", f"{len(found)} texts"),
        ),
    ]
    for level in ("plain", "rich", "hard"):
        of_level = [[one for one in group if one.level == level] for group in (true, false)]
        ratios += _shares(f"{level}: true", "published", of_level[0], None)[:1]
        ratios += _shares(f"{level}: false", "dropped", of_level[1], None)[:1]
    for kind in sorted({one.kind for one in found}):
        right = [published(one.bare) == one.true for one in found if one.kind == kind]
        ratios.append(Ratio(kind, _share(right), None, f"{len(right)} texts, true ones published and false dropped"))
    return ratios


def _shares(name: str, what: str, group: list[Said], target: str | None) -> list[Ratio]:
    """How many are published, or dropped: without their claims and with them, and these read twice."""
    ways = {
        "without claims": [one.bare for one in group],
        "with claims": [one.claimed for one in group],
        "with claims, read twice": [again for one in group for again in one.twice],
        LYING: [again for one in group for again in one.lying],
    }
    return [
        Ratio(
            f"{name}, {how}",
            _share([published(one) == (what == "published") for one in found]),
            None if how == LYING else target,
            f"{len(group)} texts {what}",
        )
        for how, found in ways.items()
    ]


def _share(right: list[bool]) -> float:
    return sum(right) / len(right)


if __name__ == "__main__":
    main(measure, "Texts by those who had not seen the reader.")
