"""What asks the same is known again in other words, and what asks for something else is not taken for it."""

from __future__ import annotations

import random

import pytest

from benchmarks import choreography
from fm_tasks import motion
from fm_tasks.checking import repeats
from fm_tasks.checking.repeats import meaning, reworded
from fm_tasks.model import Claim, MotionFacts, Question, QuestionType
from fm_tasks.model import FactKind as Kind
from fm_tasks.synthetic import scenes
from fm_tasks.writing.facts_writer import FactsWriter

RIGHT = Claim(kind=Kind.MOVES, subject=1000, value="right")
LEFT = Claim(kind=Kind.MOVES, subject=1001, value="left")
WRONG = ("To the left", "Upwards", "Downwards")


def asked(text: str, right: str, *claims: Claim, wrong=WRONG, answer: str = "A", evidence=()) -> Question:
    options = list(wrong)
    options.insert("ABCD".index(answer), right)
    kind = QuestionType.MOTION_RECOGNITION
    return Question(type=kind, text=text, options=tuple(options), answer=answer, evidence=evidence, claims=claims)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Which way does the red car move?", "To the right"), ("In which direction is the red car moving?", "Right.")),
        (("How many times does the hand wave?", "Three times"), ("How often does the hand wave?", "3 times")),
        (
            ("Where is the ball first seen?", "In the top left corner"),
            ("Where in the frame is the ball at the beginning?", "At the top left"),
        ),
        (("Which object moves to the left?", "The car"), ("What is moving left?", "the car")),
        (
            ("How does the person move?", "It goes back and forth"),
            ("Which of these describes the motion of the person?", "It moves back and forth"),
        ),
    ],
)
def test_other_words_are_known_to_ask_the_same(one, other):
    first, second = asked(*one), asked(*other, answer="C")
    assert reworded([first, second]) == {1: 0}
    assert meaning(first, {}) == meaning(second, {})


def test_what_is_asked_of_other_tracks_is_not_the_same_however_alike_the_words():
    text, right = "On which side of the crate is the {} first and last?", "First below the crate, last below the crate"
    one, other = (asked(text.format(noun), right, evidence=(track, 1002)) for noun, track in (("car", 1), ("van", 2)))
    assert reworded([one, other]) == {}
    assert reworded([one, asked(text.format("car"), right, evidence=(1,))]) == {1: 0}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Which way does the car move first?", "To the right"), ("Which way does the car move last?", "To the right")),
        (("On which side does the car enter?", "The left"), ("On which side does the car leave?", "The left")),
        (("Which way does the red car move?", "Right"), ("Which way does the blue car move?", "Right")),
        (("How many times does the car stop?", "Once"), ("How many times does the car turn?", "Once")),
        (("Does the car move?", "It does"), ("Does the car never move?", "It does")),
        (("What approaches the dog?", "The car"), ("What does the dog approach?", "The car")),
        (
            ("Which way does the long red car by the old tree turn before it stops?", "Left"),
            ("Which way does the long red car by the old tree turn after it stops?", "Left"),
        ),
    ],
)
def test_another_question_in_nearly_the_same_words_is_kept(one, other):
    first, second = asked(*one), asked(*other)
    assert reworded([first, second]) == {}
    assert meaning(first, {}) != meaning(second, {})


def test_equal_claims_with_one_answer_ask_the_same_whatever_the_words():
    first = asked("Which way does the car go?", "To the right", RIGHT)
    second = asked("Towards where is the vehicle heading?", "right", RIGHT, answer="D")
    assert reworded([first, second]) == {1: 0}
    assert meaning(first, {1000: "car"}) == meaning(second, {1000: "car"})
    assert reworded([first, asked("How does the car behave?", "It keeps its way", RIGHT)]) == {}


def test_claims_that_differ_part_equal_words():
    words = ("Which way does the car move?", "To the right")
    assert reworded([asked(*words, RIGHT), asked(*words, LEFT)]) == {}
    assert reworded([asked(*words, RIGHT), asked(*words, RIGHT, LEFT)]) == {1: 0}


def test_the_first_of_several_is_kept_and_named():
    words = ("Which way does the car move?", "To the right")
    other = asked("How fast does the car move?", "Slowly")
    assert reworded([other, asked(*words), asked(*words, answer="B"), other, asked(*words)]) == {2: 1, 3: 0, 4: 1}


def test_the_meaning_is_of_labels_and_options_not_of_tracks_and_letters():
    known = meaning(asked("Where to?", "Right", RIGHT), {1000: "car"})
    moved = RIGHT.model_copy(update={"subject": 7, "amount": 0.3})
    assert known == meaning(asked("Where to?", "Right", moved, wrong=WRONG[::-1], answer="C"), {7: "car"})
    assert known != meaning(asked("Where to?", "Right", RIGHT), {1000: "dog"})
    assert known != meaning(asked("Where to?", "Right", RIGHT, wrong=(*WRONG[:2], "Nowhere")), {1000: "car"})
    assert known != meaning(asked("Where to?", "To the left", RIGHT, wrong=("Right", *WRONG[1:])), {1000: "car"})


def test_a_question_of_fillers_alone_is_told_from_others():
    assert repeats.telling("What is it?") and repeats.telling("What is it?") != repeats.telling("Who can it be?")


@pytest.mark.parametrize("name", ["crossing", "crowd_of_eight", "hand_over", "nothing_moves", "zigzag"])
def test_of_what_the_facts_writer_asks_nothing_is_taken_for_a_repetition(name):
    scene = choreography.scene(name, seed=1)
    known = scenes.truth(scene)
    labels = {track.id: track.label for track in known.tracks}
    questions = FactsWriter().questions(
        MotionFacts(facts=motion.facts(known), labels=labels, seconds=scene.seconds), random.Random(1)
    )
    assert questions and reworded(questions) == {}
    bare = [question.model_copy(update={"claims": ()}) for question in questions]
    assert reworded(bare) == {}
