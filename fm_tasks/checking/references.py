"""The cast of a clip: names that tracks may have, tracks that words mean, and facts that prove a reading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fm_tasks.english.lexicon import SIDED, lemmas, number
from fm_tasks.english.words import NUMBERS, ORDINALS, SOMETHING, noun_of, plural
from fm_tasks.model import UNNAMED, Fact
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion import begins

Tracks = frozenset[int]
NOBODY: Tracks = frozenset()


@dataclass(frozen=True)
class Reading:
    """One thing that a text says, of one of ``subjects``; of each of them where ``each``, that it is not so where
    ``denied``. Without subjects it is said of ``called``, and nothing in the clip is called so.

    ``which`` is the first or last of its kind; ``amount`` is in the unit of the kind, and ``times`` how often it is
    done where the kind has none. ``exactly`` is how many of the subjects do it, and no more. ``extent`` is ``end``
    where it lasts as long as they are there, and ``whole`` where it does so from the beginning.
    """

    kind: Kind
    subjects: Tracks = NOBODY
    objects: Tracks | None = None
    value: str | None = None
    amount: float | None = None
    times: float | None = None
    exactly: float | None = None
    extent: str | None = None
    denied: bool = False
    each: bool = False
    which: str | None = None
    called: str = ""


@dataclass(frozen=True)
class Mention:
    """Words that name objects: the tracks that they may mean, and what they say of them by the way."""

    tracks: Tracks
    each: bool = False
    words: str = ""
    none: bool = False
    number: float | None = None
    said: tuple[Reading, ...] = ()
    noun: str = ""
    exactly: bool = False
    """Whether so many of them are meant, and no more: ``two cars``, but not ``the two cars``."""


TRAITS = {"at": Kind.LOCATED, "way": Kind.MOVES, "swing": Kind.OSCILLATES, "from": Kind.ENTERS, "turn": Kind.TURNS}
"""What a token after a noun says of it."""

KIN = {
    "person": "man woman boy girl child kid pedestrian human figure cyclist player walker runner driver actor lady guy "
    "fellow athlete dancer performer jumper worker",
    "truck": "vehicle lorry", "car": "vehicle automobile sedan", "bus": "vehicle coach",
    "motorcycle": "vehicle motorbike", "train": "vehicle", "van": "vehicle", "bicycle": "bike vehicle",
    "boat": "ship vessel", "airplane": "plane aircraft aeroplane", "dog": "animal puppy", "kite": "",
    "cat": "animal kitten", "horse": "animal pony", "cow": "animal", "sheep": "animal", "bird": "animal",
    "hand": "fist palm finger", "ball": "sphere", "sports ball": "ball", "crate": "box", "skateboard": "",
    "elephant": "animal", "bear": "animal",
    "zebra": "animal", "giraffe": "animal", "frisbee": "disc", "suitcase": "", "left hand": "hand",
    "right hand": "hand", "drone": "", "scooter": "vehicle", "tram": "vehicle",
}  # fmt: skip
"""Labels of what moves, and what else that is called."""
ANYTHING = (SOMETHING, "object", "thing", "item", "mover")
ADJECTIVES = (
    "still|stay~|small|large|big|young|old|red|green|blue|yellow|white|black|purple|orange|grey|gray|dark|same|visible"
)


BORNE_OUT = {
    Kind.STATIONARY: (Kind.STOPS,),
    Kind.MOVES: (Kind.VEERS,),
    Kind.LIES: (Kind.BECOMES,),
    Kind.VEERS: (Kind.TURNS, Kind.UTURNS, Kind.CIRCLES, Kind.REVERSES, Kind.OSCILLATES),
    Kind.TURNS: (Kind.UTURNS,),
    Kind.REVERSES: (Kind.UTURNS,),
    Kind.TOUCHES: (Kind.GRASPS, Kind.LIFTS, Kind.CARRIES),
    Kind.CARRIES: (Kind.LIFTS,),
    Kind.RELEASES: (Kind.PLACES,),
    Kind.TURNS_ROUND: (Kind.UTURNS,),
}
"""Kinds that say of a fact of another kind no more than is true."""
BESIDE = ("left_of", "right_of")
"""Sides along the horizontal: what is first or last to a side is so among the sides along the same axis."""


class Cast:
    """The tracks of a clip and what each may be called; ``complete`` as in ``MotionFacts``."""

    def __init__(self, facts: Sequence[Fact], labels: Mapping[int, str], complete: bool = True):
        self.facts = facts
        self.labels = labels
        self.complete = complete
        self._called: dict[str, set[int]] = {}
        for label, kin in {**KIN, **{noun_of(label): KIN.get(noun_of(label), "") for label in labels.values()}}.items():
            for noun in (label, *kin.split()):
                own = {track for track, of in labels.items() if noun_of(of) == label}
                self._called.setdefault(noun, set()).update(own)
        unnamed = {track for track, label in labels.items() if label == UNNAMED}
        for own in self._called.values():
            own.update(unnamed if not own else ())
        self._called |= {noun: set(labels) for noun in ANYTHING} | {SOMETHING: unnamed or set(labels)}
        for noun in ("person", *KIN["person"].split()):
            self._called[noun] = self._called[noun] or self._called["hand"]  # of who is not seen, the hands are
        for side in ("left hand", "right hand"):
            self._called[side] = self._called[side] or self._called["hand"]
        forms = [(form, noun) for noun in self._called for form in (plural(noun), noun)]
        self._nouns = {_form(form): noun for form, noun in forms} | {"someone": "person", "somebody": "person"}
        self._several = {_form(plural(noun)) for noun in self._called} - {_form(noun) for noun in self._called}
        nouns = "|".join(sorted(map(re.escape, self._nouns), key=len, reverse=True))
        counts = "|".join((*NUMBERS, r"\d+"))
        self._phrase = re.compile(
            rf"(?:\b(?P<one>one of|any of|each of|both of|all of|both|all|each|(?:exactly )?(?:{counts}) of) )?"
            rf"(?:\b(?P<the>the|a|an|another|this|that|some|no) )?(?:\b(?P<rank>{'|'.join(ORDINALS)}|last"
            rf"|fastest|other) )?"
            rf"(?:\b(?P<n>{counts}|several|many|few|single) )?(?:\b(?:{ADJECTIVES}) )*\b(?P<noun>{nouns})\b"
            rf"(?: (?:to (?:appear|enter)|that appear (?P<appears>first|last)))?"
            rf"(?P<traits>(?: (?:(?:first|last) see |see |locate )?<at:\w+>| (?:go|enter|leave"
            rf"|stay)~ (?:<\w+:\w*>|in place)"
            r"| <turn:\w+>~)*)"
        )

    def alone(self) -> Tracks:
        """Whom ``he`` or ``she`` means where nobody has been named: the only person; nobody where there are several."""
        persons = self._called["person"]
        return frozenset(persons) if len(persons) == 1 else NOBODY

    def mentions(self, words: str, before: Tracks) -> tuple[str, list[Mention]]:
        """``words`` with a token for whatever names an object, and those; ``before`` is what was spoken of last."""
        found: list[Mention] = []

        def name(phrase: re.Match) -> str:
            found.append(self._mention(phrase, before if not found else found[-1].tracks))
            return f"<obj:{len(found) - 1}>"

        return self._phrase.sub(name, words), found

    def _mention(self, phrase: re.Match, before: Tracks) -> Mention:
        noun = self._nouns[phrase["noun"]]
        several = phrase["noun"] in self._several or phrase["one"] in ("both", "all", "both of", "all of", "each of")
        tracks, said = frozenset(self._called[noun]), []
        if phrase["rank"] == "other" or phrase["the"] == "another":
            tracks = tracks - before or tracks
        elif phrase["rank"] == "fastest":
            said.append(Reading(Kind.FASTEST, tracks))
        elif rank := phrase["rank"] or phrase["appears"]:
            tracks = self._ranked(tracks, rank)
        for which, token, value in re.findall(r" *(first|last)?[^<]*?(?:<(\w+):(\w*)>|in place)", phrase["traits"]):
            kind = TRAITS.get(token, Kind.STATIONARY)
            said.append(Reading(kind, tracks, value=value or None, which=which or ("first" if token == "at" else None)))
        for reading in said:
            holding = frozenset(t for t in tracks if self.matches(replace(reading, subjects=frozenset({t}))))
            tracks = holding or tracks
        some = phrase["one"] and re.fullmatch(rf"(?:exactly )?({'|'.join(NUMBERS[1:])}|\d+) of", phrase["one"])
        some = None if phrase["one"] in ("one of", "any of") else some
        number_of = None if phrase["one"] in ("one of", "any of") else self._number(phrase, several)
        number_of = number(some[1]) if some else number_of
        exactly = bool(some) or (phrase["n"] is not None and phrase["the"] != "the" and (number_of or 0) > 1)
        each = several and phrase["one"] not in ("one of", "any of")
        return Mention(
            tracks,
            each,
            phrase["noun"],
            phrase["the"] == "no" and not phrase["rank"],
            number_of,
            tuple(said),
            noun,
            exactly,
        )

    def _number(self, phrase: re.Match, several: bool) -> float | None:
        if phrase["n"] in ("several", "many", "few"):
            return None
        if phrase["n"] or phrase["one"] in ("both", "both of"):
            return number(phrase["n"] or "two")
        return 1.0 if phrase["the"] in ("a", "an") and not several else None

    def _ranked(self, tracks: Tracks, rank: str) -> Tracks:
        """Which of ``tracks`` appears as the ``second``, or the ``last``: all that appear with it."""
        starts = begins(fact for fact in self.facts if fact.subject in tracks)
        order = sorted(starts, key=starts.get)
        place = len(order) - 1 if rank == "last" else ORDINALS.index(rank)
        return frozenset(order[place : place + 1])

    def labelled(self, label: str) -> Tracks:
        """The tracks with a label."""
        return frozenset(track for track, of in self.labels.items() if of == label)

    def count(self, noun: str) -> int | None:
        """How many tracks are called ``noun`` by their label; None where they may be so only because they have none."""
        own = {track for track in self._called[noun] if self.labels[track] != UNNAMED}
        if noun == SOMETHING:
            own = {track for track, label in self.labels.items() if label == UNNAMED}
        return len(self._called[noun]) if noun in ANYTHING[1:] else None if not own and self._called[noun] else len(own)

    def matches(self, reading: Reading) -> list[Fact]:
        """The facts that bear ``reading`` out, whether or not it is denied; its words may say less than they do."""
        if reading.objects is not None and reading.kind == Kind.FASTEST:
            return self._faster(reading)
        found = [
            fact
            for fact in self.facts
            if fact.kind in (reading.kind, *BORNE_OUT.get(reading.kind, ()))
            and (fact.subject in reading.subjects or fact.subject is None)
            and (reading.objects is None or fact.object in reading.objects)
        ]
        if reading.kind == Kind.LIES:
            found = [fact for fact in found if (fact.value in BESIDE) == (reading.value in BESIDE)]
        if reading.which and found:
            pick, key = (min, lambda fact: fact.start) if reading.which == "first" else (max, lambda fact: fact.end)
            found = [pick((f for f in found if f.subject == track), key=key) for track in {f.subject for f in found}]
        found = [fact for fact in found if reading.value is None or says(reading.value, fact.value)]
        if reading.kind == Kind.RANK and reading.amount == 0:
            slowest = max((fact.amount for fact in self.facts if fact.kind == Kind.RANK), default=0)
            found = [fact for fact in found if fact.amount == slowest]
        return found + self._beside(reading) if reading.kind == Kind.LIES and not found else found

    def _faster(self, reading: Reading) -> list[Fact]:
        """The speeds of the subjects that are above that of one of the objects."""
        speeds = [fact for fact in self.facts if fact.kind == Kind.SPEED]
        least = min((fact.amount for fact in speeds if fact.subject in reading.objects), default=0.0)
        return [fact for fact in speeds if fact.subject in reading.subjects and fact.amount > least]

    def _beside(self, reading: Reading) -> list[Fact]:
        """Where a subject is while it lies ``left_of`` an object, by cells; ``which``: where first or last seen."""
        stays = sorted((fact for fact in self.facts if fact.kind == Kind.LOCATED), key=lambda fact: fact.start)
        if reading.which:
            ends = {fact.subject: fact for fact in (reversed(stays) if reading.which == "first" else stays)}
            stays = list(ends.values())
        near, far = ("left", "right") if reading.value in BESIDE else ("top", "bottom")
        sign = 1 if reading.value in ("left_of", "above") else -1
        along = {fact: (far in fact.value) - (near in fact.value) for fact in stays}
        return [
            one
            for one in stays
            for other in stays
            if one.subject in reading.subjects and other.subject in reading.objects
            if (reading.which or (one.start <= other.end and other.start <= one.end))
            if sign * (along[other] - along[one]) > 0
        ]


def _form(noun: str) -> str:
    """A noun as it stands among plain words."""
    return re.sub(SIDED, r"\1_hand\2", lemmas(noun))


def says(value: str, whole: str | None) -> bool:
    """Whether ``left`` is part of ``up_left``, or all of ``left``; both arms are the left one, too."""
    if whole == "both" and value in ("left", "right"):
        return True
    return whole is not None and {*value.split("_")} <= {*whole.split("_")}
