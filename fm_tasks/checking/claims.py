"""The verdict on a text: its claims and its words against the facts, recomputed from the trajectories.

``proof.check`` judges a claim that came with a text. ``verdicts`` judges all of its claims, and everything that
``reader`` finds in its words. A claim that the words do not bear out is contradicted, whatever the facts say: it
belongs to another text.

Every text has a verdict. A text in which nothing is claimed and nothing is read is not checkable where its words tell
nothing of anybody. Where they do, in words that the reader does not know, the text is not understood, whatever else it
says and claims: nobody knows what it says. That is no contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fm_tasks.checking import BORNE_OUT, Cast, Order, Read, Reading, read, read_answer, says
from fm_tasks.checking.proof import (
    INCOMPLETE,
    UNKNOWN,
    Event,
    Finding,
    absent,
    amount_holds,
    check,
    contradicted,
    events_of,
    last_frame,
    not_checkable,
    supported,
)
from fm_tasks.model import Claim, Fact, FactKind, Question, Sentence, Verdict
from fm_tasks.motion.vocabulary import EVENTS, OF_PERSONS, REPEATED, VOCABULARY

ClaimFinding = tuple[Claim | None, Finding]
"""A claim and what was found; the verdict on a text that makes none has no claim."""


def of_sentences(sentences: Sequence[Sentence], cast: Cast) -> list[list[ClaimFinding]]:
    """The verdicts on each sentence of a caption; ``it`` may mean whom the sentence before was about."""
    found, about = [], frozenset()
    for sentence in sentences:
        words = read(sentence.text, cast, about)
        about = words.about
        found.append(_of_all(verdicts(sentence.claims, words, cast), words))
    return found


def of_question(question: Question, cast: Cast) -> list[ClaimFinding]:
    """The verdicts on a question: its answer must be right, and no other option may be so in the same words."""
    answer = "ABCD".index(question.answer)
    words = [read_answer(question.text, option, cast) for option in question.options]
    found_so_far = _of_all(verdicts(question.claims, words[answer], cast, strict=False), words[answer])
    if ends := ENDS.search(question.text):
        found_so_far += _nearer(ends[1].lower(), question, words, cast)
    if IN_TIME.search(question.text):
        return found_so_far
    shared = set.intersection(*(set(one.said) for one in words))
    for letter, other in zip("ABCD", words, strict=True):
        if {*other.said} < {*words[answer].said}:
            continue  # "left" beside "left as well as right" is half of the answer
        new = [reading for reading in other.said if reading not in shared]
        if letter != question.answer and not other.lost and any(reading.value for reading in new):
            findings = [finding_of(reading, cast) for reading in new]
            if all(finding.verdict == Verdict.SUPPORTED for finding in findings):
                both = contradicted(f"option {letter} is right as well as {question.answer}: {findings[0].reason}")
                found_so_far.append((claimed(new[0], cast), both))
    return found_so_far


def _nearer(end: str, question: Question, words: Sequence[Read], cast: Cast) -> Iterator[ClaimFinding]:
    """Whether of what the options tell, and is true, another is the ``first`` or the ``last`` than the answer."""
    sign, starts = 1 if end == "first" else -1, {}
    for letter, one in zip("ABCD", words, strict=True):
        found = [cast.matches(reading) for reading in one.said if not reading.denied and reading.kind in EVENTS]
        if found and all(found):
            starts[letter] = min(sign * fact.start for facts in found for fact in facts)
    nearest = min(starts, key=starts.get, default=None)
    if question.answer in starts and starts[nearest] < starts[question.answer]:
        said = next(reading for reading in words["ABCD".index(nearest)].said if reading.kind in EVENTS)
        yield claimed(said, cast), contradicted(f"option {nearest} is the {end}: {said.kind}")


ENDS = re.compile(r"^(?:which|what)\b.*\b(first|last)(?: in (?:the|this) \w+)?\s*\?*$", re.I)
"""Questions for what is the first or the last."""

IN_TIME = re.compile(r"\b(?:first|last|before|after|once|then|next|when|order|happens?|part)\b", re.I)
"""Questions to which several options are true of the clip, and one of the moment."""


def _of_all(found: list[ClaimFinding], words: Read) -> list[ClaimFinding]:
    """What was ``found`` of a text, and the verdict on what it says besides: on words that are not understood, or on
    none where nothing is claimed and nothing read."""
    if words.lost and not any(finding.verdict == Verdict.CONTRADICTED for _, finding in found):
        reason = f"the reader does not understand: {words.lost}"
        return [*found, (None, Finding(verdict=Verdict.NOT_UNDERSTOOD, reason=reason))]
    return found or [(None, not_checkable("nothing of motion is said"))]


def verdicts(declared: Sequence[Claim], words: Read, cast: Cast, strict: bool = True) -> list[ClaimFinding]:
    """The verdict on each claim that a text declares, then on all that its words say besides.

    A true claim that a ``strict`` text does not seem to say is set aside, as not understood: the text stands without
    it. A question may leave some to proof.
    """
    found_so_far = []
    for claim in declared:
        disagreement, finding = _disagreement(claim, words, cast), check(claim, cast.facts, cast.complete)
        if disagreement:
            finding = contradicted(disagreement)
        elif strict and finding.verdict == Verdict.SUPPORTED and (unsaid := _unsaid(claim, words, cast)):
            finding = Finding(verdict=Verdict.NOT_UNDERSTOOD, reason=unsaid)
        found_so_far.append((claim, finding))
    for said in (*words.said, *words.orders):
        claim = claimed(said, cast)
        if not any(_says_no_more(said, claim, one) for one, _ in found_so_far):
            finding = finding_of(said, cast) if isinstance(said, Reading) else finding_of_order(said, cast)
            found_so_far.append((claim, finding))
    return found_so_far


def finding_of(reading: Reading, cast: Cast) -> Finding:
    """The verdict on what a text says in words."""
    if not cast.complete and (reading.kind == FactKind.COUNTS or (reading.denied and reading.called == "nothing")):
        return contradicted(INCOMPLETE)
    if reading.kind == FactKind.COUNTS:
        return _finding_of_count(reading, cast)
    if reading.denied and reading.called == "nothing":
        reading = replace(reading, subjects=frozenset(cast.labels))
    if not reading.subjects:
        return contradicted(f"nothing in the clip is called {reading.called!r}")
    found = [fact for fact in cast.matches(reading) if _amount_holds_of(reading, fact)] or _in_all(reading, cast)
    what = " ".join(filter(None, (VOCABULARY[reading.kind].phrase, reading.value)))
    if reading.denied:
        if found:
            return contradicted(f"the words deny it, but {reading.called or 'a track'} {what}")
        if reading.kind in OF_PERSONS:
            return not_checkable(UNKNOWN)
        return absent(f"nothing shows that it {what}", cast.facts)
    often = sum(fact.kind == reading.kind for fact in found) or len(found)
    if found and reading.times is not None and often != reading.times:
        return contradicted(f"{reading.called or 'it'} {what} {often} times, not {reading.times:g}")
    doers = {fact.subject for fact in found}
    if reading.exactly is not None and len(doers) != reading.exactly:
        return contradicted(f"{len(doers)} of the {reading.called} {what}, not {reading.exactly:g}")
    if reading.exactly is not None:
        reading = replace(reading, each=False)
    if reading.extent and found and not all(_lasts(reading.extent, doer, found, cast) for doer in doers):
        return contradicted(f"{reading.called or 'it'} {what}, but not {EXTENTS[reading.extent]}")
    if not found or (reading.each and not reading.subjects <= doers):
        return contradicted(f"nothing shows that {reading.called or 'it'} {what}, as the words say")
    return supported(found[0].start, found[0].end)


EXTENTS = {"end": "to the end", "whole": "all the time"}
NEARLY = 0.1
"""Share of the time for which a track is there that may lack where something lasts as long as it is there."""


def _lasts(extent: str, track: int | None, found: Sequence[Fact], cast: Cast) -> bool:
    """Whether what is ``found`` of a track lasts as long as it is there, and does so from the beginning where it is
    said to last the ``whole`` time."""
    there = [fact for fact in cast.facts if fact.subject == track]
    first, last = min(fact.start for fact in there), max(fact.end for fact in there)
    slack = NEARLY * (last - first)
    own = [fact for fact in found if fact.subject == track]
    if any(fact.kind == FactKind.SPEED for fact in own):  # of all of its movement, with the rests between
        rests = [fact for fact in there if fact.kind in (FactKind.STATIONARY, FactKind.STOPS)]
        return not any(fact.end >= last - slack or extent == "whole" for fact in rests)
    if extent == "end":
        return max(fact.end for fact in own) >= last - slack
    frames = set().union(*(range(fact.start, fact.end + 1) for fact in own))
    return len(frames) >= last - first + 1 - 2 * slack


def _in_all(reading: Reading, cast: Cast) -> list[Fact]:
    """Several facts whose numbers make that of a reading together: three jumps and four are seven."""
    parts = cast.matches(reading) if reading.kind in REPEATED and reading.amount is not None else []
    together = sum(fact.amount or 0 for fact in parts) == reading.amount and len({one.subject for one in parts}) == 1
    return parts if together else []


def _finding_of_count(reading: Reading, cast: Cast) -> Finding:
    counted = cast.count(reading.value)
    if counted is None:
        return not_checkable(f"something without a class may be called {reading.value}")
    least = reading.amount if reading.amount is not None else 2
    holds = counted >= least if reading.each or reading.amount is None else counted == least
    if holds:
        return supported(0, last_frame(cast.facts))
    return contradicted(f"tracks called {reading.value}: {counted}, not {least:g}")


def finding_of_order(order: Order, cast: Cast) -> Finding:
    """By the beginnings of what both readings speak of."""
    earlier, later = (cast.matches(reading) for reading in (order.earlier, order.later))
    if order.earlier.denied or order.later.denied or not (earlier and later):
        return not_checkable("the order of what is not seen")
    pairs = [(one, other) for one in earlier for other in later if one.start < _begin(other)]
    if not pairs:
        return contradicted(f"{order.later.kind} comes before {order.earlier.kind}, not after, as the words say")
    claim = claimed(order, cast)
    if order.seconds is not None and claim.value in VOCABULARY[claim.kind].values:
        timed = check(claim, cast.facts, cast.complete)
        if timed.verdict == Verdict.CONTRADICTED:
            return timed
    return supported(pairs[0][0].start, max(pairs[0][0].end, pairs[0][1].end))


def _begin(fact: Fact) -> int:
    """The first frame of what a fact says; of the way after a turn, the last of the turn."""
    return fact.end if fact.kind == FactKind.VEERS else fact.start


def claimed(said: Reading | Order, cast: Cast) -> Claim:
    """What the words say as a claim; without a track where they may mean several."""
    if isinstance(said, Order):
        one, other = said.earlier, said.later
        value = f"{one.kind}_{other.kind}"
        return Claim(
            kind=FactKind.BEFORE,
            subject=_meant(one, cast),
            object=_meant(other, cast),
            value=value,
            amount=said.seconds,
        )
    if said.kind == FactKind.COUNTS:
        return Claim(kind=said.kind, subject=None, value=said.value, amount=said.amount)
    other = min(said.objects) if said.objects and len(said.objects) == 1 else None
    return Claim(
        kind=said.kind,
        subject=_meant(said, cast),
        object=other,
        value=said.value,
        amount=said.amount,
        negated=said.denied,
    )


def _meant(reading: Reading, cast: Cast) -> int | None:
    """The one track that a reading may be about, or that bears it out."""
    subjects = {fact.subject for fact in cast.matches(reading)} or reading.subjects
    return min(subjects) if len(subjects) == 1 else None


def _disagreement(claim: Claim, words: Read, cast: Cast) -> str | None:
    """How the words disagree with a claim that came with them; None where they say it, or nothing of the kind."""
    if claim.kind == FactKind.BEFORE:
        events = [(one.earlier, one.later) for one in words.orders]
        first, second = events_of(claim) if claim.value in VOCABULARY[claim.kind].values else (None, None)
        if any(_is_event(one, second) and _is_event(other, first) for one, other in events):
            return "the words have it in the other order"
        return None
    same = [reading for reading in words.said if claim.kind in (reading.kind, *BORNE_OUT.get(reading.kind, ()))]
    sides = [reading for reading in words.said if reading.kind == FactKind.LIES]
    if claim.kind == FactKind.LOCATED and any(claim.subject in one.subjects | (one.objects or set()) for one in sides):
        return None  # where one thing lies to another rests on where both are
    if any(_agrees(claim, reading, cast) for reading in same):
        return None
    if any(claim.subject is None or claim.subject in reading.subjects for reading in same):
        said = ", ".join(dict.fromkeys(str(reading.value or reading.called or reading.kind) for reading in same))
        return f"the words say {said} of {claim.kind}, and the claim something else"
    return None


def _unsaid(claim: Claim, words: Read, cast: Cast) -> str | None:
    """What of a claim the words do not seem to say; None where they say it, or are not understood as a whole."""
    if words.lost:
        return None
    if claim.kind == FactKind.BEFORE:
        first, second = events_of(claim)
        events = [(one.earlier, one.later) for one in words.orders]
        said = not events or any(_is_event(a, first) and _is_event(b, second) for a, b in events)
        return None if said else "the words tell of another order"
    kinds = {kind for reading in words.said for kind in (reading.kind, *BORNE_OUT.get(reading.kind, ()))}
    if claim.kind in kinds or (claim.kind == FactKind.LOCATED and FactKind.LIES in kinds):
        return None
    return f"the words say nothing of {claim.kind}" if words.said else None


def _says_no_more(said: Reading | Order, claim: Claim, than: Claim) -> bool:
    """Whether what the words say is already found_so_far, as a claim that says the same or more."""
    if isinstance(said, Reading) and (said.denied or said.each):
        return claim == than
    less = claim.model_copy(
        update={name: getattr(than, name) for name in ("object", "value", "amount") if getattr(claim, name) is None}
    )
    meant = than.subject in said.subjects if isinstance(said, Reading) else claim.subject == than.subject
    return less.model_copy(update={"subject": than.subject}) == than and (meant or than.subject is None)


def _is_event(reading: Reading, event: Event | None) -> bool:
    return event is not None and reading.kind == event[1] and event[0] in reading.subjects


def _agrees(claim: Claim, reading: Reading, cast: Cast) -> bool:
    if reading.denied != claim.negated or (claim.subject is not None and claim.subject not in reading.subjects):
        return False
    if reading.objects is not None and claim.object not in reading.objects:
        return False
    if None not in (claim.value, reading.value) and claim.kind == FactKind.COUNTS:
        return cast.labelled(claim.value) & reading.subjects == reading.subjects and claim.amount in (
            None,
            reading.amount,
        )
    if None not in (claim.value, reading.value) and not (
        says(claim.value, reading.value) or says(reading.value, claim.value)
    ):
        return False
    if None in (claim.amount, reading.amount):
        return True
    absolute, relative = VOCABULARY[claim.kind].tolerance or (0.0, 0.0)
    return abs(claim.amount - reading.amount) <= max(absolute, relative * abs(claim.amount))


def _amount_holds_of(reading: Reading, fact: Fact) -> bool:
    if reading.amount is None or VOCABULARY[reading.kind].tolerance is None:
        return True
    if fact.amount is None:
        return False
    return amount_holds(Claim(kind=reading.kind, subject=None, amount=reading.amount), fact.amount)
