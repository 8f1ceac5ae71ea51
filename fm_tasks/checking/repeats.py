"""Repeated questions: of one clip in other words, or of all clips once too often.

Question and right option are read as one statement in the plain words of the reader: ``travelled`` is ``go``, and ``on
the left side`` is a token. Case, articles, fillers and the order of the options make no difference. Two questions of a
clip ask the same if all of this holds:

* they have the same answer and the same words of order (what happens first is not what happens last);
* the tracks that prove the one are among those of the other;
* their claims are the same, or the claims of the one are among those of the other and their statements share most
  neighbouring words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

from fm_tasks.checking import NUMBER, plain, statement
from fm_tasks.model import Question, digest_of

MIN_OVERLAP = 0.6
"""Least Jaccard index of the neighbouring words of two statements that say the same. Of the `facts` writer's questions
on one clip, those with one answer and evidence reach 0.5, whatever they claim (``python -m benchmarks.words``)."""

MAX_QUESTIONS_PER_MEANING = 100
"""How often a question is kept with the same answer among the same options, over all batches and sources: what is asked
of every clip of a camera teaches its answer without the clip."""


FILLERS = {
    "a", "an", "the", "this", "that", "these", "those", "it", "its", "there", "of", "in", "into", "at", "from", "on",
    "to", "be", "do", "have", "go", "get", "can", "see", "show", "what", "which", "who", "how", "where", "when",
    "way", "direction", "clip", "video", "view", "describe", "describes", "motion", "pace", "speed",
}  # fmt: skip
"""What may be left out of a statement, as ``lexicon.plain`` has it: what it says is in its other words and tokens."""

ORDER = {"start": "first", "initially": "first", "finally": "last", "end": "last", "never": "not"} | {
    word: word for word in ("first", "second", "third", "last", "before", "after", "then", "next", "not")
}
"""Words that make another question of the same words, each with what stands for it."""


class Sense(NamedTuple):
    """What a question of one clip asks."""

    answer: frozenset[str]
    order: frozenset[str]
    about: frozenset[int]
    """The tracks that prove the answer."""
    claims: frozenset[tuple]
    """Without amounts: the words of the answer have the number where it is asked for."""
    says: frozenset[tuple[str, str]]
    """The neighbouring words of question and answer as one statement, its ends included."""

    @classmethod
    def of(cls, question: Question) -> Self:
        """Of a question whose claims are about tracks of one clip."""
        answer = question.options["ABCD".index(question.answer)]
        return cls(
            frozenset(telling(answer)),
            frozenset(word for word in telling(question.text) if word in ORDER or word.isdecimal()),
            frozenset(question.evidence),
            frozenset((claim.kind, claim.subject, claim.object, claim.value) for claim in question.claims),
            frozenset(pairwise(("", *telling(statement(question.text, answer)), ""))),
        )

    def overlap(self, other: Sense) -> float:
        """How much the statements have in common, 0..1: the Jaccard index of their neighbouring words."""
        return len(self.says & other.says) / len(self.says | other.says)

    def like(self, other: Sense) -> bool:
        """Whether both may ask the same: answer and words of order are, and the one is about no other tracks."""
        nested = self.about <= other.about or other.about <= self.about
        return nested and (self.answer, self.order) == (other.answer, other.order)

    def repeats(self, other: Sense) -> bool:
        """Whether both ask the same."""
        if not self.like(other):
            return False
        if self.claims == other.claims and self.claims:
            return True
        return (self.claims <= other.claims or other.claims <= self.claims) and self.overlap(other) >= MIN_OVERLAP


def telling(text: str) -> tuple[str, ...]:
    """The words of ``text`` by which it is told from others, in their order; all of them where none is left."""
    found = [word.lower() for word in re.findall(r"<[^>]*>|[\w']+", plain(text).replace("~", ""))]
    kept = (f"{NUMBER[word]:g}" if word in NUMBER else ORDER.get(word, word) for word in found if word not in FILLERS)
    return tuple(kept) or tuple(found)


def reworded(questions: Sequence[Question]) -> dict[int, int]:
    """For each question of a clip that asks the same as an earlier one which is kept: the number of that one."""
    kept: dict[int, Sense] = {}
    found = {}
    for n, question in enumerate(questions):
        sense = Sense.of(question)
        earlier = next((m for m, one in kept.items() if sense.repeats(one)), None)
        if earlier is None:
            kept[n] = sense
        else:
            found[n] = earlier
    return found


def meaning(question: Question, labels: Mapping[int, str]) -> str:
    """The same for questions on whatever clips that ask for the same, with the same answer among the same options.

    The digest of type, answer, options, words of order and claims, in which ``labels`` stand for the tracks; where
    nothing is claimed, of the statement.
    """
    sense = Sense.of(question)
    claims = [[kind, labels.get(one), labels.get(other), value] for kind, one, other, value in sense.claims]
    asked = sorted(claims or map(list, sense.says), key=repr)
    options = sorted(sorted({*telling(option)}) for option in question.options)
    return digest_of([question.type, sorted(sense.answer), options, sorted(sense.order), asked])
