"""Texts of people who had not seen the reader: how many true ones are published, and how many false ones are not.

`tests/checking/corpus.jsonl` has 438 sentences on scenes of `choreography`, true or false of their facts, and what each
claims. Those who wrote them had the facts and the glossary before them, and nothing of the reader. The reader was
mended on one part of them. The other part is blind: nobody has looked at it, and it alone is measured here. It was
written on 2026-11-30 and is not used up. A text is published if none of its claims is contradicted, all of it is
understood, and what it tells of motion can be checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from benchmarks import Ratio, choreography, main, timed
from fm_tasks import motion
from fm_tasks.checking import Cast, claims
from fm_tasks.model import Claim, FactKind, Sentence, Verdict
from fm_tasks.settings import PROJECT
from fm_tasks.synthetic import scenes

CORPUS = PROJECT / "tests" / "checking" / "corpus.jsonl"
SEED = 1
"""By which the scenes are drawn."""


@dataclass(frozen=True)
class Said:
    """A text of the corpus, and the verdicts on it without its claims and with them."""

    true: bool
    kind: str
    level: str
    bare: tuple[claims.ClaimFinding, ...]
    claimed: tuple[claims.ClaimFinding, ...]


def published(found: tuple[claims.ClaimFinding, ...]) -> bool:
    """Whether a text of which this was found is published, as the view `accepted_caption` has it."""
    return not any(
        finding.verdict == Verdict.CONTRADICTED
        or (finding.verdict == Verdict.NOT_UNDERSTOOD and claim is None)
        or (finding.verdict == Verdict.NOT_CHECKABLE and claim is not None and claim.kind != FactKind.COUNTS)
        for claim, finding in found
    )


def understood(found: tuple[claims.ClaimFinding, ...]) -> bool:
    """Whether all of a text is understood."""
    return all(finding.verdict != Verdict.NOT_UNDERSTOOD or claim for claim, finding in found)


@cache
def _cast(scene: str) -> Cast:
    known = scenes.truth(choreography.scene(scene, SEED))
    return Cast(motion.facts(known), {track.id: track.label for track in known.tracks})


def judged(part: str) -> Iterator[Said]:
    """The texts of a ``part`` of the corpus, ``blind`` or ``mended``."""
    fields = ("kind", "subject", "object", "value", "amount", "negated")
    for line in CORPUS.read_text().splitlines():
        one = json.loads(line)
        if one["part"] == part:
            declared = tuple(Claim(**dict(zip(fields, claim, strict=True))) for claim in one["claims"])
            bare, claimed = (
                tuple(claims.of_sentences([Sentence(text=one["text"], claims=said)], _cast(one["scene"]))[0])
                for said in ((), declared)
            )
            yield Said(one["true"], one["kind"], one["level"], bare, claimed)


def measure() -> list[Ratio]:
    """Every ratio, of the blind part."""
    with timed("verdicts on the blind texts"):
        found = list(judged("blind"))
    true, false = ([one for one in found if one.true == truth] for truth in (True, False))
    ratios = [
        *_shares("true", "published", true, ">= 0.9"),
        *_shares("false", "dropped", false, ">= 0.95"),
        Ratio("not understood", _share([not understood(one.bare) for one in found]), "<= 0.1", f"{len(found)} texts"),
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
    """How many are published, or dropped, without their claims and with them."""
    return [
        Ratio(
            f"{name}, {how}",
            _share([published(getattr(one, field)) == (what == "published") for one in group]),
            target,
            f"{len(group)} texts {what}",
        )
        for how, field in (("without claims", "bare"), ("with claims", "claimed"))
    ]


def _share(right: list[bool]) -> float:
    return sum(right) / len(right)


if __name__ == "__main__":
    main(measure, "Texts by those who had not seen the reader.")
