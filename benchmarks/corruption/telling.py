"""Sentences and questions on a clip, true or made false in one thing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.corruption import wordings
from benchmarks.corruption.clips import NOBODY, Clip, Tracks, near
from benchmarks.corruption.wordings import capital, lower
from fm_tasks.english.words import counted, number, plural
from fm_tasks.model import Claim, Fact, Question, QuestionType, Sentence
from fm_tasks.model import FactKind as F
from fm_tasks.motion.vocabulary import EDGES, EVENTS, REPEATED

INVENTED = 777
"""The track of what is not there."""
NOUNS = {
    "truck": ("truck", "lorry"), "motorcycle": ("motorcycle", "motorbike"), "bicycle": ("bicycle", "bike"),
    "person": ("person", "pedestrian", "man"), "crate": ("crate", "box"), "sports ball": ("ball", "sports ball"),
    "car": ("car", "automobile"), "ball": ("ball", "sphere"), "boat": ("boat", "vessel"),
}  # fmt: skip
ADJECTIVES = ("", "", "", "red ", "small ", "white ")
STRANGERS = ("giraffe", "airplane", "zebra", "frisbee", "elephant")
"""What is never in a clip."""

OPPOSITE = {
    F.ACCELERATES: F.SLOWS,
    F.GROWS: F.SHRINKS,
    F.APPROACHES: F.RECEDES,
    F.STARTS: F.STOPS,
    F.GRASPS: F.RELEASES,
}
OPPOSITE |= {other: one for one, other in OPPOSITE.items()}
FLIPPED = {
    "left": "right", "up": "down", "top": "bottom", "horizontal": "vertical", "slow": "fast", "left_of": "right_of",
    "above": "below", "clockwise": "anticlockwise",
}  # fmt: skip
FLIPPED |= {other: one for one, other in FLIPPED.items()} | {"medium": "fast"}
DEEDS: tuple[tuple[F, tuple[str | None, ...]], ...] = (
    *((F.TURNS, ("left", "right")), (F.UTURNS, ("left", "right")), (F.SHIFTS, ("left", "right"))),
    *(
        (F.CIRCLES, ("clockwise",)),
        (F.OSCILLATES, ("horizontal", "vertical")),
        (F.TREMBLES, ("horizontal", "vertical")),
    ),
    *((F.ENTERS, EDGES), (F.LEAVES, EDGES), (F.STOPS, (None,)), (F.REVERSES, (None,))),
    *((F.GROWS, (None,)), (F.SHRINKS, (None,)), (F.ACCELERATES, (None,))),
)
"""What one alone may be said to do, and does not."""
NUMBERED = (F.FREQUENCY, F.AMPLITUDE, F.RANK)
"""Kinds that are not said without their number."""
AKIN = {
    F.MOVES: (F.VEERS,),
    F.STATIONARY: (F.STOPS,),
    F.STOPS: (F.STATIONARY,),
    F.TURNS: (F.UTURNS, F.VEERS),
    F.UTURNS: (F.TURNS,),
    F.VEERS: (F.TURNS, F.MOVES),
    F.FREQUENCY: (F.OSCILLATES, F.AMPLITUDE),
    F.AMPLITUDE: (F.OSCILLATES, F.FREQUENCY),
    F.FASTEST: (F.RANK,),
    F.RANK: (F.FASTEST,),
    F.PASSES: (F.APPROACHES,),
    F.LIES: (F.LOCATED, F.BECOMES),
    F.BECOMES: (F.LOCATED, F.LIES),
}
"""Kinds of which a sentence on a kind may speak as well; of speed any may."""


@dataclass(frozen=True)
class Text:
    """A sentence or question on a clip: the kind of what it tells, what was ``done`` to it, and to which of its words
    and claims; nothing was done where that is empty."""

    clip: Clip
    said: Sentence | Question
    kind: F
    done: str = ""
    to: str = ""


def texts(of: Clip, seed: int, most: int, said: Mapping[F, Sequence[str]] = wordings.SAID) -> list[Text]:
    """Texts on a clip in the wordings that ``seed`` draws, at most so many of a kind to which the same was done; of
    orders, which few scenes have, four times as many."""
    rng = random.Random(f"{of.name} {seed}")
    teller = Teller(of, rng, said)
    kinds: dict[tuple, list[Text]] = {}
    for text in (*teller.sentences(), *teller.questions()):
        bare = not text.said.claims
        kinds.setdefault((text.kind, text.done, text.to, bare, type(text.said)), []).append(text)
    return [
        text
        for alike in kinds.values()
        for text in rng.sample(alike, min(len(alike), most * (4 if alike[0].kind == F.BEFORE else 1)))
    ]


class Who(NamedTuple):
    """What somebody is called, and whom that may mean."""

    words: str
    tracks: Tracks


class Teller:
    """Says what is true and false of one clip, by chance."""

    def __init__(self, of: Clip, rng: random.Random, said: Mapping[F, Sequence[str]]):
        self.clip, self.rng, self.said = of, rng, said
        self.absent = rng.sample(STRANGERS, 3)
        self.adjective = {
            track: "" if "hand" in label else rng.choice(ADJECTIVES) for track, label in of.labels.items()
        }
        self.true = {claimed(fact, False) for fact in of.facts}

    def truths(self) -> list[Claim]:
        """What may be said of the clip: claims, by chance with numbers where they may be said without."""
        found = {}
        last = {(fact.subject, fact.object): fact for fact in self.clip.facts if fact.kind == F.BECOMES}
        for fact in self.clip.facts:
            if fact.kind == F.BECOMES and fact is not last[fact.subject, fact.object]:
                continue  # it ends up elsewhere
            numbered = fact.kind in (*NUMBERED, F.COUNTS) or (fact.kind in wordings.AMOUNTS and self.rng.random() < 0.5)
            if fact.kind == F.BEFORE or (fact.kind == F.RANK and not 2 <= fact.amount <= len(wordings.PLACES)):
                continue
            if fact.object is not None and fact.object in self.clip.alike(fact.subject) and self.crowded(fact.subject):
                continue  # of eight balls none is the other
            claim = claimed(fact, numbered and not (fact.kind == F.TURNS and fact.amount > 300))
            known = fact.kind in self.said or fact.kind == F.PASSES
            if known and (claim.amount is None or near(fact.kind, claim.amount, fact.amount)):
                found[claim] = None
        return list(found)

    def crowded(self, track: int) -> bool:
        """Whether more than two are called as it is."""
        return len(self.clip.alike(track)) > 2

    def known(self, *tracks: int | None) -> bool:
        """Whether each, but for None, is the only one that is called so."""
        return all(track is None or len(self.clip.alike(track)) == 1 for track in tracks)

    # --- words --------------------------------------------------------------------------------------------------------

    def name(self, track: int | None) -> Who:
        """What a track is called; one that is not there has a name of its own."""
        if track is None:
            return Who("", NOBODY)
        if track not in self.clip.labels:
            return Who(f"the {self.absent[0]}", NOBODY)
        alike, label = self.clip.alike(track), self.clip.labels[track]
        if len(alike) == 1:
            return Who(f"the {self.adjective[track]}{self.rng.choice(NOUNS.get(label, (label,)))}", alike)
        return Who(f"one of the {plural(label)}", alike)

    def names(self, claim: Claim) -> tuple[Who, Who]:
        """Of subject and object; two of one label are the one and the other."""
        who, whom = self.name(claim.subject), self.name(claim.object)
        if whom.tracks and who.tracks == whom.tracks:
            label = self.clip.labels[claim.subject]
            return Who(f"one {label}", who.tracks), Who(f"the other {label}", whom.tracks)
        return who, whom

    def say(self, claim: Claim, tense: str = "", who: str = "", opened: bool = False) -> str:
        """A sentence that says ``claim``, without its full stop; ``who`` stands for the subject's name. Where that or a
        tense is given, the subject comes first and its verb second."""
        plainly = bool(tense or who)
        tense = tense or self.rng.choice(("present", "present", "present", "past", "now", "seen"))
        pattern = self.rng.choice(self._patterns(claim, plainly, tense))
        subject, other = self.names(claim)
        words = {"s": who or subject.words, "o": other.words}
        if claim.value and claim.kind in wordings.VALUES:
            words["v"] = self.rng.choice(wordings.VALUES[claim.kind][claim.value])
        if claim.kind == F.COUNTS:
            words["n"] = counted(claim.value, int(claim.amount))
            pattern = pattern.replace(" are", " is", 1) if claim.amount == 1 else pattern
        elif claim.amount is not None:
            words["n"] = wordings.amount(claim.kind, claim.amount)[0]
        if claim.kind == F.GIVES:
            words["t"] = self.name(next(fact.object for fact in self.clip.facts if fact.kind == F.TOUCHES)).words
        opening = self.rng.choice(wordings.OPENINGS) if opened else ""
        told = wordings.told(pattern, tense, words)
        return f"{opening}{lower(told)}" if opening else capital(told)

    def _patterns(self, claim: Claim, plainly: bool, tense: str) -> Sequence[str]:
        patterns = wordings.PASSING[claim.value] if claim.kind == F.PASSES else self.said[claim.kind]
        if claim.amount is not None and claim.kind in wordings.AMOUNTS:
            patterns = wordings.AMOUNTS[claim.kind]
        if claim.kind == F.PASSES and claim.value == "overtaking" and claim not in self.true:
            patterns = [one for one in patterns if "overtake" in one]
        if claim.kind in (F.APPROACHES, F.RECEDES) and claim not in self.true and claim.object != INVENTED:
            patterns = [one for one in patterns if not one.startswith("The ")]  # these say it of both
        if plainly:
            patterns = [one for one in patterns if one.startswith("{s} *")] or patterns
        if tense in ("denied", "never"):
            patterns = [one for one in patterns if one.count("*") == 2 and "," not in one]
        return patterns

    # --- what is made false -------------------------------------------------------------------------------------------

    def corruptions(self, claim: Claim) -> Iterator[tuple[str, Claim]]:
        """Claims made of a true one that are certainly false of the clip, by what was done."""
        for done, false in self._changed(claim):
            who, whom = self.names(false)
            words = false.model_copy(update={"value": None}) if _says_less(false) else false
            if INVENTED in (false.subject, false.object) or not self.clip.may_hold(words, who.tracks, whom.tracks):
                yield done, false

    def _changed(self, claim: Claim) -> Iterator[tuple[str, Claim]]:
        kind, rng = claim.kind, self.rng
        if kind == F.COUNTS:
            yield "wrong count", changed(claim, amount=claim.amount + rng.choice((1, 2)))
            yield "invented object", changed(claim, value=self.absent[0], amount=float(rng.choice((1, 2))))
            return
        if kind in OPPOSITE:
            yield "flipped", changed(claim, kind=OPPOSITE[kind], amount=None)
        elif kind == F.PASSES:
            yield "flipped", changed(claim, value="overtaking")
        elif claim.value and kind != F.TOUCHES:
            yield "flipped", changed(claim, value=flipped(claim.value))
        if claim.amount is not None:
            yield "wrong count", changed(claim, amount=self._other_number(kind, claim.amount))
        claim = unnumbered(claim)
        others = [track for track in self.clip.labels if self.clip.labels[track] != self.clip.labels[claim.subject]]
        if claim.object is not None:
            yield "swapped actors", changed(claim, subject=claim.object, object=claim.subject)
            yield "invented object", changed(claim, object=INVENTED)
        elif others:
            yield "swapped actors", changed(claim, subject=rng.choice(others))
        yield "invented object", changed(claim, subject=INVENTED)
        if kind in (*EVENTS, F.MOVES, F.STATIONARY, F.OSCILLATES):
            deed, values = rng.choice(DEEDS)
            strange = Claim(kind=deed, subject=claim.subject)
            if not self.clip.may_hold(strange, self.clip.alike(claim.subject)):
                yield "other deed", changed(strange, value=rng.choice(values))

    def _other_number(self, kind: F, true: float) -> float:
        if kind in REPEATED:  # two of them together are so many as well
            return sum(fact.amount for fact in self.clip.facts if fact.kind == kind) + self.rng.choice((1, 2, 3))
        return 5 - true if kind == F.RANK else 2 * true if kind == F.TURNS else self.rng.choice((2, 3)) * true

    # --- sentences ----------------------------------------------------------------------------------------------------

    def sentences(self) -> Iterator[Text]:
        """True and false sentences: with claims that say the same, with others, and with none."""
        truths = self.truths()
        for claim in truths:
            yield from self._of(claim, truths)
        yield from self._orders()

    def _of(self, claim: Claim, truths: Sequence[Claim]) -> Iterator[Text]:
        """Of one claim, sometimes with another that is true beside it."""
        kind, true = claim.kind, self.say(claim, opened=True)
        strange = [one for one in truths if one.kind not in (kind, F.COUNTS, F.SPEED, *AKIN.get(kind, ()))]
        joint, more, beside = "{a}", "", ()
        if strange and kind != F.COUNTS and self.rng.random() < 0.3:
            beside = (self.rng.choice(strange),)
            joint, more = self.rng.choice(wordings.TOGETHER), self.say(*beside)
        yield self._sentence(joint, true, more, (), kind)
        yield self._sentence(joint, true, more, (claim, *beside), kind)
        for done, false in self.corruptions(claim):
            words = self.say(false, opened=True)
            yield self._sentence(joint, words, more, (), kind, done, "words alone")
            yield self._sentence(joint, words, more, (false, *beside), kind, done, "words and claims")
            yield self._sentence(joint, words, more, (claim, *beside), kind, done, "words, claims kept")
            yield self._sentence(joint, true, more, (false, *beside), kind, done, "claims, words kept")
        if strange and kind != F.COUNTS and not beside:
            claims = (self.rng.choice(strange),)
            yield self._sentence("{a}", true, "", claims, kind, "claim of another text", "claims, words kept")
        tense = self.rng.choice(("denied", "never"))
        if kind not in (F.COUNTS, F.SPEED) and self.known(claim.subject) and self._patterns(claim, True, tense):
            words = self.say(unnumbered(claim), tense)
            yield self._sentence("{a}", words, "", (), kind, "denied", "words alone")
            yield self._sentence("{a}", words, "", (claim,), kind, "denied", "words, claims kept")

    def _sentence(
        self, joint: str, one: str, other: str, claims: tuple[Claim, ...], kind: F, done: str = "", to: str = ""
    ) -> Text:
        text = f"{capital(joint.format(a=lower(one), b=lower(other)))}."
        return Text(self.clip, Sentence(text=text, claims=claims), kind, done, to)

    def ordered(self) -> list[tuple[Fact, Fact]]:
        """Pairs of events of which the one is certainly the earlier."""
        events = [fact for fact in self.clip.facts if fact.kind in EVENTS and self.known(fact.subject, fact.object)]
        apart = 0.6 * self.clip.tracks.fps
        pairs = [(one, other) for one in events for other in events if other.start - one.start > apart]
        return [(one, other) for one, other in pairs if not self.clip.may_precede(other, one)]

    def _orders(self) -> Iterator[Text]:
        """The order of two events, told rightly and the wrong way round."""
        for one, other in self.ordered():
            claims = claimed(one, False), claimed(other, False)
            before, after = precedes(one, other), precedes(other, one)
            tense, joint = self.rng.choice(("present", "present", "past")), self.rng.choice(wordings.ORDERS)
            first, second = (self.say(claim, tense) for claim in claims)
            again = one.subject == other.subject and joint.index("{a}") < joint.index("{b}") and self.rng.random() < 0.5
            right = joint, first, self.say(claims[1], tense, who="it") if again else second
            wrong = joint, second, self.say(claims[0], tense, who="it") if again else first
            yield self._sentence(*right, (), F.BEFORE)
            yield self._sentence(*right, (*claims, before), F.BEFORE)
            yield self._sentence(*wrong, (), F.BEFORE, "wrong order", "words alone")
            yield self._sentence(*wrong, (*claims, after), F.BEFORE, "wrong order", "words and claims")
            yield self._sentence(*wrong, (*claims, before), F.BEFORE, "wrong order", "words, claims kept")
            yield self._sentence(*right, (*claims, after), F.BEFORE, "wrong order", "claims, words kept")

    # --- questions ----------------------------------------------------------------------------------------------------

    def questions(self) -> Iterator[Text]:
        """Questions with the right answer, and with a wrong one."""
        for claim in self.truths():
            if claim.kind == F.COUNTS:
                yield from self._how_many(claim)
            elif self.known(claim.subject, claim.object):
                yield from self._how(unnumbered(claim))
                yield from self._who(unnumbered(claim))
                yield from self._what(unnumbered(claim))
                yield from self._how_often(claim)
        yield from self._when()

    def _how(self, claim: Claim) -> Iterator[Text]:
        """``Which way does the car turn?``"""
        if claim.kind not in wordings.ASKED or claim.value is None:
            return
        who, whom = self.names(claim)
        table = wordings.VALUES[claim.kind]
        wrong = [changed(claim, value=value) for value in table if value != claim.value]
        wrong = [one for one in wrong if not self.clip.may_hold(one, who.tracks, whom.tracks)][:3]
        text = self.rng.choice(wordings.ASKED[claim.kind]).format(s=who.words, o=whom.words)
        other = f" {whom.words}" if whom.words else ""
        options = [(one, capital(self.rng.choice(table[one.value]) + other)) for one in (claim, *wrong)]
        options += [(None, words) for words in ("It does not move at all", "Neither", "In no particular way")]
        yield from self._asked(text, options[:4], "wrong answer")

    def _who(self, claim: Claim) -> Iterator[Text]:
        """``Which object turns left?``"""
        if claim.kind in (F.LIES, F.BECOMES, F.OVERLAPS):
            return
        text = f"{capital(self.say(claim, self.rng.choice(('present', 'past')), who='which object'))}?"
        others = [
            track for track in self.clip.labels if track not in (claim.subject, claim.object) and self.known(track)
        ]
        whom = self.names(claim)[1].tracks
        wrong = [changed(claim, subject=track) for track in others]
        wrong = [one for one in wrong if not self.clip.may_hold(one, frozenset({one.subject}), whom)]
        options = [(one, capital(self.name(one.subject).words)) for one in (claim, *wrong)]
        options += [(changed(claim, subject=INVENTED), f"The {label}") for label in self.absent]
        yield from self._asked(text, options[:4], "wrong answer")
        for done, false in self.corruptions(claim):
            if done == "flipped":
                text = f"{capital(self.say(false, 'present', who='which object'))}?"
                made = self._question(text, options[:4], 0, ())
                yield Text(self.clip, made, claim.kind, done, "question alone")
                yield Text(self.clip, with_claims(made, false), claim.kind, done, "question and claims")
                yield Text(self.clip, with_claims(made, claim), claim.kind, done, "question, claims kept")

    def _what(self, claim: Claim) -> Iterator[Text]:
        """``What does the car do?``"""
        if claim.kind in (F.LIES, F.SPEED, F.RANK, F.FASTEST, F.LOCATED) or not self._patterns(claim, True, "present"):
            return
        drawn = [
            false for _ in range(8) for done, false in self.corruptions(claim) if done in ("flipped", "other deed")
        ]
        wrong = list({one.kind: one for one in drawn}.values())[:3]
        who = self.name(claim.subject).words
        text = self.rng.choice(wordings.WHAT).format(s=who)
        subject = self.rng.choice(("it", "it", who))
        options = [(one, capital(self.say(one, "present", who=subject))) for one in (claim, *wrong)]
        yield from self._asked(text, options, "wrong answer")

    def _how_many(self, claim: Claim) -> Iterator[Text]:
        """``How many cars are there?``"""
        text = self.rng.choice(wordings.HOW_MANY).format(n=plural(claim.value))
        yield from self._asked(
            text, [(changed(claim, amount=n), capital(number(int(n)))) for n in around(claim)], "wrong count"
        )

    def _how_often(self, claim: Claim) -> Iterator[Text]:
        """``How often does the ball bounce?``"""
        if claim.kind not in (F.OSCILLATES, F.CIRCLES):
            return
        alike = [fact for fact in self.clip.facts if unnumbered(claimed(fact, True)) == unnumbered(claim)]
        claim = changed(claim, amount=alike[0].amount)
        deed = ("circle " if claim.kind == F.CIRCLES else "move ") + self.rng.choice(
            wordings.VALUES[claim.kind][claim.value]
        )
        text = self.rng.choice(wordings.HOW_OFTEN).format(s=self.name(claim.subject).words, d=deed)
        options = [(changed(claim, amount=n), capital(f"{number(int(n))} times")) for n in around(claim)]
        yield from self._asked(text, options, "wrong count")

    def _when(self) -> Iterator[Text]:
        """``What happens after the car stops?``, and what happens first."""
        for one, other in self.ordered():
            claims = claimed(one, False), claimed(other, False)
            first, second = (self.say(claim, "present") for claim in claims)
            drawn = [false for _ in range(4) for done, false in self.corruptions(claims[0]) if done == "other deed"]
            false = [(None, self.say(claim, "present")) for claim in {claim.kind: claim for claim in drawn}.values()][
                :2
            ]
            right, wrong = (precedes(one, other), first), (precedes(other, one), second)
            yield from self._asked(self.rng.choice(wordings.FIRST), [right, wrong, *false], "wrong order")
            for later in [fact for earlier, fact in self.ordered() if earlier == other]:
                yield from self._then(one, other, later, false)

    def _then(self, one: Fact, other: Fact, later: Fact, false: list[tuple[None, str]]) -> Iterator[Text]:
        """What comes after the second of three events, where the first is a wrong answer."""
        claims = claimed(later, False), claimed(one, False)
        same = one.subject == later.subject and len(false) == 2
        who = self.rng.choice(("it", self.name(one.subject).words)) if same else ""
        told = [self.say(claim, "present", who=who) for claim in claims]
        patterns = wordings.DOES_AFTER if same else wordings.AFTER
        after = lower(self.say(claimed(other, False), "present"))
        text = self.rng.choice(patterns).format(s=self.name(one.subject).words, a=after)
        pairs = (precedes(other, later), precedes(other, one))
        yield from self._asked(text, [*zip(pairs, map(capital, told), strict=True), *false], "wrong order")

    def _asked(self, text: str, options: Sequence[tuple[Claim | None, str]], done: str) -> Iterator[Text]:
        """The question with its right answer, the first of the options, and with a wrong one, the second."""
        if len({words for _, words in options}) < 4 or options[1][0] is None:
            return
        right, wrong = options[0][0], options[1][0]
        yield Text(self.clip, self._question(text, options, 0, ()), right.kind)
        yield Text(self.clip, self._question(text, options, 0, (right,)), right.kind)
        yield Text(self.clip, self._question(text, options, 1, ()), right.kind, done, "answer alone")
        yield Text(self.clip, self._question(text, options, 1, (wrong,)), right.kind, done, "answer and claims")
        yield Text(self.clip, self._question(text, options, 1, (right,)), right.kind, done, "answer, claims kept")

    def _question(self, text: str, options: Sequence[tuple[Claim | None, str]], answer: int, claims: tuple) -> Question:
        shuffled = self.rng.sample(range(4), 4)
        return Question(
            type=QuestionType.MOTION_RECOGNITION,
            text=text,
            options=tuple(options[n][1] for n in shuffled),
            answer="ABCD"[shuffled.index(answer)],
            evidence=(),
            claims=claims,
        )


def claimed(fact: Fact, numbered: bool) -> Claim:
    """A fact as a claim, with its number as it is said or without."""
    said = wordings.amount(fact.kind, fact.amount)[1] if numbered and fact.amount is not None else None
    return Claim(kind=fact.kind, subject=fact.subject, object=fact.object, value=fact.value, amount=said)


def precedes(one: Fact, other: Fact) -> Claim:
    """That the one event is before the other."""
    return Claim(kind=F.BEFORE, subject=one.subject, object=other.subject, value=f"{one.kind}_{other.kind}")


def unnumbered(claim: Claim) -> Claim:
    """Without a number, where it can be said without."""
    return claim if claim.kind in NUMBERED else changed(claim, amount=None)


def changed(claim: Claim, **fields: object) -> Claim:
    """The claim with other fields."""
    return claim.model_copy(update=fields)


def with_claims(question: Question, *claims: Claim) -> Question:
    """The question with claims."""
    return question.model_copy(update={"claims": claims})


def flipped(value: str) -> str:
    """The other way, side, place, axis or pace."""
    return FLIPPED.get(value) or "_".join(FLIPPED.get(word, word) for word in value.split("_"))


def around(claim: Claim) -> tuple[float, float, float, float]:
    """The number of a claim, and three others."""
    return claim.amount, claim.amount + 1, claim.amount + 2, claim.amount + 3


def _says_less(claim: Claim) -> bool:
    """Whether its words leave open what it is that passes."""
    return claim.kind == F.PASSES and claim.value != "overtaking"
