"""The verdict on a text: its claims and its words against the facts, recomputed from the trajectories.

``proof.check`` judges a claim that came with a text. ``verdicts`` judges all of its claims, and everything that
``reader`` finds in its words. A claim that the words do not bear out is contradicted, whatever the facts say: it
belongs to another text.

Every text has a verdict. A text in which nothing is claimed and nothing is read is not checkable where its words tell
nothing of anybody. Where they do, in words that the reader does not know, the text is not understood, whatever else it
says and claims: nobody knows what it says. That is no contradiction.

A text may have been read a second time, by a language model (``second_reading``). Then what is published is what the
text declares, the second reading says and the facts bear out (``_of_both``).
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


def of_sentences(
    sentences: Sequence[Sentence], cast: Cast, second: Sequence[Read | None] = ()
) -> list[list[ClaimFinding]]:
    """The verdicts on each sentence of a caption; ``it`` may mean whom the sentence before was about. ``second`` is
    what the second reading has of each, where there was one."""
    found, about = [], frozenset()
    for sentence, again in zip(sentences, second or [None] * len(sentences), strict=True):
        words = read(sentence.text, cast, about)
        about = words.about
        found.append(_of_text(sentence.claims, words, again, cast))
    return found


def of_question(question: Question, cast: Cast, second: Read | None = None) -> list[ClaimFinding]:
    """The verdicts on a question: its answer must be right, and no other option may be so in the same words. ``second``
    is what the second reading has of the question with its answer, where there was one."""
    answer = "ABCD".index(question.answer)
    words = [read_answer(question.text, option, cast) for option in question.options]
    found_so_far = _of_text(question.claims, words[answer], second, cast, strict=False)
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


def _of_text(
    declared: Sequence[Claim], words: Read, second: Read | None, cast: Cast, strict: bool = True
) -> list[ClaimFinding]:
    """The verdicts on a text, read once or twice. Where the second reading is not clear, it can contradict alone."""
    if second is None:
        return _of_all(verdicts(declared, words, cast, strict), words)
    if second.lost:
        refuted = ((claimed(one, cast), finding) for one, finding in _read_again(second, cast).items())
        wrong = [one for one in refuted if one[1].verdict == Verdict.CONTRADICTED]
        return _of_all([*verdicts(declared, words, cast, strict), *wrong], words)
    return _of_both(declared, words, second, cast, strict)


def _of_all(found: list[ClaimFinding], words: Read) -> list[ClaimFinding]:
    """What was ``found`` of a text, and the verdict on what it says besides: on words that are not understood, or on
    none where nothing is claimed and nothing read."""
    if words.lost and not _is_contradicted(found):
        return [*found, _not_understood(words)]
    return found or [(None, not_checkable("nothing of motion is said"))]


def _not_understood(words: Read, besides: str = "") -> ClaimFinding:
    reason = f"the reader does not understand: {words.lost}{besides}"
    return None, Finding(verdict=Verdict.NOT_UNDERSTOOD, reason=reason)


def _is_contradicted(found: Sequence[ClaimFinding]) -> bool:
    return any(finding.verdict == Verdict.CONTRADICTED for _, finding in found)


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
            found_so_far.append((claim, _finding_of(said, cast)))
    return found_so_far


# --- a text that was read twice ---------------------------------------------------------------------------------------


def _of_both(declared: Sequence[Claim], words: Read, second: Read, cast: Cast, strict: bool) -> list[ClaimFinding]:
    """The verdicts on a text that was read twice: by the reader, who found ``words``, and by a model.

    A declared claim that the second reading does not say is set aside, as in ``verdicts``. What the second reading says
    is true or the text is contradicted. Where it says something, all of which is declared and true, the reader has no
    say but in what no claim says, such as for how long, or a number. Words that the reader has lost are understood
    where all of the second reading is declared or read, and true, and something is declared in it.
    """
    found = [(claim, _finding_of_declared(claim, words, second, cast, strict)) for claim in declared]
    both = [one for one, finding in found if finding.verdict == Verdict.SUPPORTED and _is_said(one, second, cast)]
    again = _read_again(second, cast)
    decided = bool(both) and all(
        finding.verdict == Verdict.SUPPORTED and _is_declared(one, both, cast) for one, finding in again.items()
    )
    once = {one: _finding_of(one, cast) for one in (*words.said, *words.orders)}
    if decided:
        once = {one: its for one, its in once.items() if its.verdict == Verdict.SUPPORTED or _says_more(one, both)}
    for said, finding in (once | again).items():
        claim = claimed(said, cast)
        standing = (one for one, its in found if its.verdict != Verdict.NOT_UNDERSTOOD)
        if finding.verdict == Verdict.CONTRADICTED or not any(_says_no_more(said, claim, one) for one in standing):
            found.append((claim, finding))
    if words.lost and not _is_contradicted(found):
        more = [one for one in again if not (_is_declared(one, both, cast) or _is_read(one, words))]
        if more:
            return [*found, _not_understood(words, f"; read again, it says more than is declared: {_told(more[0])}")]
        if not both:
            return [*found, _not_understood(words, "; read again, it says nothing that is declared and true")]
    if all(finding.verdict == Verdict.NOT_UNDERSTOOD for _, finding in found):
        found.append((None, not_checkable("nothing of motion is said")))
    return found


def _finding_of_declared(claim: Claim, words: Read, second: Read, cast: Cast, strict: bool) -> Finding:
    finding = check(claim, cast.facts, cast.complete)
    if _is_said(claim, second, cast):
        return finding
    if disagreement := _disagreement(claim, words, cast):
        return contradicted(disagreement)
    if strict and finding.verdict == Verdict.SUPPORTED:
        return Finding(verdict=Verdict.NOT_UNDERSTOOD, reason="read again: the text does not say it")
    return finding


def _read_again(second: Read, cast: Cast) -> dict[Reading | Order, Finding]:
    """What the facts make of all that a second reading says."""
    found = {one: _finding_of(one, cast) for one in (*second.said, *second.orders)}
    return {one: its.model_copy(update={"reason": f"read again: {its.reason}"}) for one, its in found.items()}


def _is_said(claim: Claim, second: Read, cast: Cast) -> bool:
    """Whether a claim is in the second reading; who gives the order of two events says both."""
    if claim.kind == FactKind.BEFORE:
        return any(_is_order(claim, order) for order in second.orders)
    said = (*second.said, *(event for order in second.orders for event in (order.earlier, order.later)))
    if claim.kind == FactKind.LOCATED and any(
        one.kind == FactKind.LIES and claim.subject in one.subjects | (one.objects or set()) for one in said
    ):
        return True  # where one thing lies to another rests on where both are
    if claim.negated and claim.subject is None:  # of nothing in the clip is more than of one thing
        said = [one for one in said if not one.subjects or one.subjects >= cast.labels.keys()]
    return any(_bears(claim, one, cast) for one in said)


def _is_declared(said: Reading | Order, claims: Sequence[Claim], cast: Cast) -> bool:
    """Whether a reading is among claims; of each of its subjects, where it is said of each."""
    if isinstance(said, Order):
        return any(_is_order(claim, said) for claim in claims)
    bearing = {claim.subject for claim in claims if _bears(claim, said, cast)}
    return said.subjects <= bearing if said.each and None not in bearing else bool(bearing)


def _is_read(said: Reading | Order, words: Read) -> bool:
    """Whether the reader has read it, too."""
    if isinstance(said, Order):
        pair = (said.earlier, said.later)
        orders = ((order.earlier, order.later) for order in words.orders)
        return any(all(map(_is_same, pair, order)) for order in orders)
    return any(_is_same(said, one) for one in words.said)


def _is_same(one: Reading, other: Reading) -> bool:
    """Whether ``other`` may say the same as ``one``, or more."""
    return (
        (one.kind, one.denied, one.each and not other.each) == (other.kind, other.denied, False)
        and bool(one.subjects & other.subjects or one.subjects == other.subjects)
        and (one.objects is None or other.objects is None or bool(one.objects & other.objects))
        and (None in (one.value, other.value) or says(one.value, other.value) or says(other.value, one.value))
        and _is_near(one.kind, one.amount, other.amount)
    )


def _says_more(said: Reading | Order, both: Sequence[Claim]) -> bool:
    """Whether the reader found what no claim can say, or a number or value of a kind of which the claims name none."""
    if isinstance(said, Order):
        return False
    if said.extent or said.which or said.times is not None or said.exactly is not None:
        return True
    alike = [one for one in both if one.kind in (said.kind, *BORNE_OUT.get(said.kind, ()))]
    return any(
        getattr(said, name) is not None and all(getattr(one, name) is None for one in alike)
        for name in ("value", "amount")
    )


def _is_order(claim: Claim, order: Order) -> bool:
    if claim.kind != FactKind.BEFORE or claim.value not in VOCABULARY[claim.kind].values:
        return False
    first, second = events_of(claim)
    is_pair = _is_event(order.earlier, first) and _is_event(order.later, second)
    return is_pair and _is_near(claim.kind, claim.amount, order.seconds)


def _bears(claim: Claim, reading: Reading, cast: Cast) -> bool:
    """Whether a claim says what a reading says, or more."""
    return claim.kind in (reading.kind, *BORNE_OUT.get(reading.kind, ())) and _agrees(claim, reading, cast)


def _told(said: Reading | Order) -> str:
    """What is said, for a person."""
    if isinstance(said, Order):
        return f"{_told(said.earlier)} before {_told(said.later)}"
    words = (said.called, "not" if said.denied else None, VOCABULARY[said.kind].phrase, said.value)
    return " ".join(word for word in words if word)


# --- what words say, against the facts --------------------------------------------------------------------------------


def _finding_of(said: Reading | Order, cast: Cast) -> Finding:
    return finding_of(said, cast) if isinstance(said, Reading) else finding_of_order(said, cast)


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
        return claim == than and not (said.each and len(said.subjects) > 1)
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
    return _is_near(claim.kind, claim.amount, reading.amount)


def _is_near(kind: FactKind, one: float | None, other: float | None) -> bool:
    """Whether two amounts may be the same; what is left open may be anything."""
    if None in (one, other):
        return True
    absolute, relative = VOCABULARY[kind].tolerance or (0.0, 0.0)
    return abs(one - other) <= max(absolute, relative * abs(one))


def _amount_holds_of(reading: Reading, fact: Fact) -> bool:
    if reading.amount is None or VOCABULARY[reading.kind].tolerance is None:
        return True
    if fact.amount is None:
        return False
    return amount_holds(Claim(kind=reading.kind, subject=None, amount=reading.amount), fact.amount)
