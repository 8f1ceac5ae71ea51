"""What is asked of the scenes of `choreography`, each option read back by a reader of its own and held to the facts."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pytest

from benchmarks import choreography
from fm_tasks import motion
from fm_tasks.checking import Cast, claims
from fm_tasks.model import Fact, MotionFacts, Question, QuestionType, Verdict
from fm_tasks.model import FactKind as K
from fm_tasks.motion.vocabulary import OF_PERSONS
from fm_tasks.synthetic import scenes
from fm_tasks.writing.facts_writer import FactsWriter

SEEDS = range(4)


class Staged(NamedTuple):
    """A scene as the writer sees it, and what it asks."""

    facts: Sequence[Fact]
    labels: dict[int, str]
    questions: Sequence[Question]


@cache
def staged(name: str) -> Sequence[Staged]:
    """What is asked of a scene, drawn five times from each seed."""
    found = []
    for seed in SEEDS:
        scene = choreography.scene(name, seed)
        truth = scenes.truth(scene)
        facts, labels = motion.facts(truth), {track.id: track.label for track in truth.tracks}
        for draw in range(5):
            rng = random.Random(10 * seed + draw)
            found.append(
                Staged(
                    facts,
                    labels,
                    FactsWriter().questions(MotionFacts(facts=facts, labels=labels, seconds=scene.seconds), rng),
                )
            )
    return found


# --- a reader of options ----------------------------------------------------------------------------------------------

WAYS = {
    "up and to the right": "up_right", "up and to the left": "up_left", "down and to the right": "down_right",
    "down and to the left": "down_left", "to the right": "right", "to the left": "left", "upwards": "up",
    "downwards": "down",
}  # fmt: skip
WAY, SIDE = f"(?P<value>{'|'.join(WAYS)})", "(?P<value>left|right)"
PACES = {"slowly": "slow", "at a moderate pace": "medium", "quickly": "fast"}
SWINGS = {"back and forth": "horizontal", "up and down": "vertical", "horizontally": "horizontal"}
SWINGS |= {"vertically": "vertical"}
RELATIONS = {"to the left of": "left_of", "to the right of": "right_of", "above": "above", "below": "below"}
NUMBERS = {"once": 1, "twice": 2, "three times": 3, "four times": 4, "five times": 5, "six times": 6}
NUMBERS |= {"seven times": 7, "eight times": 8, "nine times": 9}
PHRASES = {
    K.UTURNS: f"makes a U-turn to its {SIDE}",
    K.TURNS: f"turns {SIDE}",
    K.SHIFTS: f"(?:changes lane|moves over) to its {SIDE}",
    K.CIRCLES: "goes round(?: and round)? (?P<value>clockwise|anticlockwise)",
    K.OSCILLATES: "goes (?P<value>back and forth|up and down)",
    K.TREMBLES: "trembles (?P<value>horizontally|vertically)",
    K.REVERSES: "goes back the way it came",
    K.ACCELERATES: "speeds up",
    K.SLOWS: "slows down",
    K.GROWS: "looks larger and larger",
    K.SHRINKS: "looks smaller and smaller",
    K.ENTERS: f"enters from the {SIDE}",
    K.LEAVES: f"leaves on the {SIDE}",
    K.STOPS: "stops",
    K.STARTS: "starts to move",
    K.GRASPS: "takes hold of",
    K.RELEASES: "lets go of",
    K.LIFTS: "lifts",
    K.PLACES: "puts .*? down",
    K.RAISES: "raises (?:an|(?:the )?(?P<value>left|right|both)) arms?",
    K.LOWERS: "lowers (?:the )?(?P<value>left|right|both) arms?",
    K.KICKS: "kicks(?: with the (?P<value>left|right) leg)?",
    K.JUMPS: "jumps",
    K.TURNS_ROUND: "turns round",
    K.BENDS: "bends down",
    K.STRAIGHTENS: "straightens up",
    K.SITS: "sits down",
    K.STANDS: "stands up",
    K.THROWS: "throws",
    K.SPEED: f"(?P<value>{'|'.join(PACES)})",
    K.MOVES: f"moves (?:slowly |quickly )?{WAY}",
}
MEANS = WAYS | PACES | SWINGS


def deeds(words: str) -> list[tuple[K, str | None]]:
    """Every deed that the words tell, in their order."""
    found = [
        (match.start(), kind, MEANS.get(value := match.groupdict().get("value"), value))
        for kind, phrase in PHRASES.items()
        for match in re.finditer(rf"\b{phrase}\b", words)
    ]
    return [(kind, value) for _, kind, value in sorted(found, key=lambda one: one[0])]


class Reader:
    """Reads a question of one scene and says of an option whether it is so; None of a form that others test."""

    def __init__(self, one: Staged):
        self.facts, self.labels = sorted(one.facts, key=lambda fact: fact.start), one.labels

    def own(self, track: int, *kinds: K) -> list[Fact]:
        return [fact for fact in self.facts if fact.subject == track and fact.kind in kinds]

    def place(self, track: int) -> str:
        """Where it is first seen; nothing where that is no cell clearly."""
        return next((fact.value for fact in self.own(track, K.LOCATED)), "")

    def track(self, name: str) -> int:
        """Whom ``the hand on the left`` means: by noun, and where several have that, by where it is first seen."""
        noun, _, where = name.removeprefix("the ").partition(" ")
        like = [track for track, label in self.labels.items() if label == noun]
        cell = where.removeprefix("on the ").removeprefix("in the ").removeprefix("at the ").replace(" ", "_")
        here = [t for t in like if {*cell.split("_")} <= {*self.place(t).split("_")}]
        (only,) = here if len(like) > 1 else like
        return only

    def holds(self, track: int, words: str) -> bool:
        """Whether all that the words tell of ``track`` is so; what is told with ``finally`` is so of the last."""
        told = deeds(words)
        assert told, words
        for kind, value in told:
            facts = (
                self.own(track, kind)[-1:] if "finally moves" in words and kind == K.MOVES else self.own(track, kind)
            )
            if not any(value in (None, fact.value) for fact in facts):
                return False
        return True

    def option(self, q: Question, words: str) -> bool | None:
        text, words = q.text.rstrip("?"), words[0].lower() + words[1:]
        one = q.evidence[0]
        if re.match("Which of these does|What does", text):
            assert len(deeds(words)) == 2 or deeds(words)[0][0] in OF_PERSONS, words
            return self.holds(one, words)
        if re.match("In what way does .* (how many times|how often)", text):
            return self._counted(one, words)
        if re.match("How does the (pace|size)", text):
            changes = self.own(one, *({K.ACCELERATES, K.SLOWS} if "pace" in text else {K.GROWS, K.SHRINKS}))
            return [kind for kind, _ in deeds(words)] == [fact.kind for fact in changes]
        if "and where in the end" in text:
            legs = [leg.value for leg in self.own(one, K.MOVES)]
            first, last = (WAYS[way] for way in words.removeprefix("first ").split(", finally "))
            return (first, last) == (legs[0], legs[-1])
        if "move and rest" in text:
            return self._paused(one, words)
        if re.match("Which of these is true of", text):
            return all(self.holds(self.track(name), does) for name, does in map(self._split, words.split(", and ")))
        if match := re.match("What happens between (.*) and (the .*)", text):
            return self._between(words)
        if "from hand to hand" in text:
            return self._handed(words)
        if match := re.match("On which side of (.*) is (.*) first and last", text):
            other, one = map(self.track, match.groups())
            lies = [RELATIONS[told] for told in re.findall(rf"(?:first|last) ({'|'.join(RELATIONS)}) the", words)]
            sides = [fact.value for fact in self.own(one, K.LIES) if fact.object == other]
            return lies == [sides[0], sides[-1]]
        if text.startswith("In which order"):
            return self._in_order(words)
        return None

    @staticmethod
    def _split(words: str) -> list[str]:
        """A name and what it does."""
        verbs = (
            "moves|turns|goes|trembles|enters|leaves|stops|starts|takes|lets|makes|changes|speeds|slows|gets|lifts|puts"
            "|raises|lowers|kicks|bends|straightens|sits|stands|throws"
        )
        return re.split(f" (?={verbs})", words, maxsplit=1)

    def _counted(self, track: int, words: str) -> bool:
        (kind, value), *_ = deeds(words)
        if often := re.search(r"about ([\d.]+|once|twice|\w+) (?:times )?a second", words):
            n = NUMBERS.get(often[1], NUMBERS.get(f"{often[1]} times")) or float(often[1])
            facts = self.own(track, K.TREMBLES if kind == K.TREMBLES else K.FREQUENCY)
            return any(fact.value == value and abs(fact.amount - n) <= 0.15 * fact.amount for fact in facts)
        if every := re.search(r"about once every (\w+) seconds", words):
            seconds = NUMBERS.get({"two": "twice"}.get(every[1], f"{every[1]} times"))
            facts = self.own(track, K.FREQUENCY)
            return any(fact.value == value and abs(fact.amount * seconds - 1) <= 0.15 for fact in facts)
        (n,) = (n for said, n in NUMBERS.items() if words.endswith(said))
        return any(fact.value == value and fact.amount == n for fact in self.own(track, kind))

    def _paused(self, track: int, words: str) -> bool:
        order = {
            "it X, then rests": [K.STOPS], "it rests, then X": [K.STARTS], "it X without a pause": [],
            "it X, pauses and moves on": [K.STOPS, K.STARTS], "it rests, X and rests again": [K.STARTS, K.STOPS],
        }  # fmt: skip
        if not self.own(track, K.SPEED) or words == "it stays in one place":
            return not self.own(track, K.SPEED) and words == "it stays in one place"
        how = deeds(words)
        plain = re.sub(rf"moves {WAY}|goes (?:back and forth|up and down)|moves(?! on)", "X", words)
        return order[plain] == [fact.kind for fact in self.own(track, K.STOPS, K.STARTS)] and all(
            any(fact.value == value for fact in self.own(track, kind)) for kind, value in how
        )

    def _between(self, words: str) -> bool:
        who, rest = self._split(words.replace(" overtakes ", " gets past ").replace(" passes ", " gets past "))
        track = self.track(who)
        if match := re.fullmatch("gets past (.*) while it (moves .*)", rest):
            passed = any(fact.object == self.track(match[1]) for fact in self.own(track, K.PASSES))
            return passed and self.holds(track, match[2])
        match = re.fullmatch("gets (?:closer to|farther from) (.*?)(?: and then (?:closer to|farther from) it)?", rest)
        told = [K.APPROACHES if word == "closer" else K.RECEDES for word in re.findall("closer|farther", rest)]
        steps = [f.kind for f in self.own(track, K.APPROACHES, K.RECEDES) if f.object == self.track(match[1])]
        return told == steps

    def _handed(self, words: str) -> bool:
        if match := re.fullmatch("(.*) gives .* to (the hand .*)", words):
            one, other = map(self.track, match.groups())
            return any(fact.object == other for fact in self.own(one, K.GIVES))
        one, other = map(self.track, re.fullmatch("(.*) lets go of .* before (.*) takes hold of it", words).groups())
        released, grasped = self.own(one, K.RELEASES), self.own(other, K.GRASPS)
        return bool(released and grasped) and released[0].start < grasped[0].start

    def _in_order(self, words: str) -> bool:
        begins, track = [], None
        for part in words.split(", then "):
            if part.startswith("the "):
                who, part = self._split(part)
                track = self.track(who)
            ((kind, value),) = deeds(part)
            facts = [fact for fact in self.own(track, kind) if value in (None, fact.value)]
            if not facts:
                return False
            begins.append(facts[0].start)
        return all(earlier < later for earlier, later in pairwise(begins))


# --- tests ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", choreography.SCENES)
def test_of_four_options_the_answer_alone_is_so(name):
    for one in staged(name):
        reader = Reader(one)
        for q in one.questions:
            found = [reader.option(q, option) for option in q.options]
            assert None in found or [letter for letter, so in zip("ABCD", found, strict=True) if so] == [q.answer], q


def test_each_form_is_read():
    texts = Counter(
        re.sub(r"\b[Tt]he (ball|car|crate|cup|hand|person)( (on|at|in) the \w+)?", "X", q.text)
        for ones in map(staged, choreography.SCENES)
        for one in ones
        for q in one.questions
        if Reader(one).option(q, q.options[0]) is not None
    )
    forms = ("Which of these does X do", "In what way does X go round", "In what way does X move to and fro, and how")
    forms += ("How does the pace of X change", "How does the size of X", "Where does X go first, and where in the end")
    forms += ("In what order does X move and rest", "Which of these is true of X and X", "What happens between X and X")
    forms += ("What happens when X gets from hand to hand", "On which side of X is X", "In which order do these happen")
    for form in forms:
        assert any(text.startswith(form) for text in texts), form


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("u_turn", {K.UTURNS}),
        ("lane_change", {K.SHIFTS}),
        ("circling", {K.CIRCLES}),
        ("there_and_back", {K.REVERSES}),
        ("change_of_pace", {K.ACCELERATES, K.SLOWS}),
        ("tremor", {K.TREMBLES}),
        ("bounce", {K.OSCILLATES, K.FREQUENCY}),
        ("approach_to_the_camera", {K.GROWS, K.SHRINKS}),
        ("overtaking", {K.PASSES, K.APPROACHES}),
        ("crossing", {K.LIES}),
        ("pick_and_place", {K.GRASPS, K.RELEASES, K.BEFORE}),
        ("hand_over", {K.REACHES, K.GRASPS, K.RELEASES, K.GIVES}),
        ("bow", {K.BENDS, K.STRAIGHTENS}),
        ("arms_up_and_down", {K.RAISES, K.LOWERS}),
        ("sit_down_and_stand_up", {K.SITS, K.STANDS}),
        ("jumping", {K.JUMPS}),
        ("kicking", {K.KICKS}),
        ("turning_round", {K.TURNS_ROUND}),
        ("throwing", {K.THROWS}),
        ("pouring", {K.TILTS}),
        ("finger_tapping", {K.TAPS}),
        ("fist_that_opens", {K.OPENS}),
    ],
)
def test_what_happens_in_a_scene_is_asked_about(name, kinds):
    asked = {claim.kind for one in staged(name) for q in one.questions for claim in q.claims}
    assert kinds <= asked


@pytest.mark.parametrize("name", choreography.SCENES)
def test_no_verdict_goes_against_what_is_asked(name):
    for one in staged(name)[::5]:
        cast = Cast(one.facts, one.labels)
        for q in one.questions:
            assert all(finding.verdict != Verdict.CONTRADICTED for _, finding in claims.of_question(q, cast)), q


def test_what_repeats_is_counted_where_it_does_and_only_there():
    for name in choreography.SCENES:
        repeats = name in ("bounce", "wave", "zigzag", "circling", "tremor", "finger_tapping")
        if name == "jumping":  # twice in some scenes, so that how many times is no question
            continue
        counted = [any(q.type == QuestionType.REPETITION_COUNT for q in one.questions) for one in staged(name)]
        assert all(counted) if repeats else not any(counted), name


def test_a_name_does_not_tell_how_its_object_moves_where_that_is_asked():
    named = Counter()
    for q in (q for ones in map(staged, choreography.SCENES) for one in ones for q in one.questions):
        told = re.search(
            r"\b(moving|turning|going to and fro|staying in place|entering|last seen)\b(?= (?!\?))", q.text
        )
        if re.match("Which of these does|In which direction|Which way|Where does", q.text):
            assert not told, q.text
        named[bool(told)] += 1
    assert named[True]
