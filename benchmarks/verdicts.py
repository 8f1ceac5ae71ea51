"""Verdicts: how many false texts are caught, and how many true ones are kept.

Sentences and questions are told of the scenes of `choreography`, on their true tracks, in many wordings, none of them
the writer's. Then one thing in them is made false: the words and their claims alike, the words with the true claims
kept, the claims with the true words kept, or words that come without any claim. What may be true of the clip all the
same, by its facts and tracks, is not counted as false; no part of the reader has a say in that. A false text is caught
if anything in it is contradicted or not understood, a true one is kept if nothing is. `understood` is the share of the
true texts without claims of which something is read and all of it supported.

The reader was mended until it understood these words. What it makes of words that it was never mended for tell the rows
`unseen words`: many are not understood. False claims are caught there as well, false words without claims less often.

Of each kind of fact there is a row, the weakest first: what is caught of false words without claims, where nothing but
the reader can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import Ratio, choreography, main, timed
from benchmarks.corruption import Text, clip, texts, wordings
from fm_tasks.checking import Cast, claims
from fm_tasks.model import FactKind, Sentence, Verdict

SEEDS = range(6)
MOST = 3
"""Texts of one kind and corruption on each clip, and four times as many on orders."""
KEPT, CAUGHT = 0.98, 0.95
"""Least shares."""


@dataclass(frozen=True)
class Judged:
    """A text and the verdicts on it."""

    text: Text
    verdicts: tuple[Verdict, ...]

    @property
    def right(self) -> bool:
        """Whether what is false is caught, and what is true kept."""
        dropped = {Verdict.CONTRADICTED, Verdict.NOT_UNDERSTOOD} & {*self.verdicts}
        return bool(dropped) == bool(self.text.done)

    @property
    def understood(self) -> bool:
        """Whether something is said, and it is true."""
        return {*self.verdicts} == {Verdict.SUPPORTED}

    @property
    def group(self) -> str:
        """What was done, and to what of it."""
        what = "sentences" if isinstance(self.text.said, Sentence) else "questions"
        to = self.text.to or ("with claims" if self.text.said.claims else "without claims")
        return f"{self.text.done or 'true'}: {what}, {to}"


def judged(seeds: Iterable[int], most: int, said: Mapping[FactKind, Sequence[str]] = wordings.SAID) -> Iterator[Judged]:
    """Texts on every scene as these seeds draw it, in the words of ``said``."""
    for name in choreography.SCENES:
        for seed in seeds:
            made = clip(name, seed)
            cast = Cast(made.facts, made.labels)
            for text in texts(made, seed, most, said):
                if isinstance(text.said, Sentence):
                    (found,) = claims.of_sentences([text.said], cast)
                else:
                    found = claims.of_question(text.said, cast)
                yield Judged(text, tuple(finding.verdict for _, finding in found))


def shares(of: Iterable[tuple[str, bool]]) -> dict[str, tuple[float, int]]:
    """By name, the share of what is right and of how many."""
    right, every = Counter(), Counter()
    for name, fine in of:
        every[name] += 1
        right[name] += fine
    return {name: (right[name] / every[name], every[name]) for name in sorted(every)}


def measure() -> list[Ratio]:
    """Every ratio."""
    with timed(f"texts on {len(choreography.SCENES) * len(SEEDS)} clips, and the verdicts on them"):
        found = list(judged(SEEDS, MOST))
    unseen = list(judged(SEEDS[:2], MOST, wordings.UNSEEN))
    bare = [one for one in found if not one.text.said.claims]
    groups = shares((one.group, one.right) for one in found)
    kept = shares((one.text.kind, one.right) for one in found if not one.text.done)
    caught = shares((one.text.kind, one.right) for one in bare if one.text.done)
    understood = [one.understood for one in bare if not one.text.done]
    return [
        *(
            Ratio(name, share, f">= {KEPT if name.startswith('true') else CAUGHT}", f"{number} texts")
            for name, (share, number) in groups.items()
        ),
        Ratio("understood", sum(understood) / len(understood), None, f"{len(understood)} true texts without claims"),
        *_unseen(unseen),
        *(
            Ratio(
                f"{kind}", share, f">= {CAUGHT}", f"{number} false texts; kept {kept[kind][0]:.3f} of {kept[kind][1]}"
            )
            for kind, (share, number) in sorted(caught.items(), key=lambda one: one[1][0])
        ),
    ]


def _unseen(found: Sequence[Judged]) -> Iterator[Ratio]:
    """Of words that the reader was never mended for."""
    bare = {True: "without claims", False: "with claims"}
    names = (f"unseen words: {'false' if one.text.done else 'true'}, {bare[not one.text.said.claims]}" for one in found)
    for name, (share, number) in shares(zip(names, (one.right for one in found), strict=True)).items():
        yield Ratio(name, share, None, f"{number} texts")


if __name__ == "__main__":
    main(measure, "How many false texts are caught, and how many true ones are kept.")
