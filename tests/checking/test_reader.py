"""Sentences that nobody's templates wrote are read, judged true or false of scenes whose truth is known."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks import choreography
from benchmarks.blind import published
from fm_tasks import motion
from fm_tasks.checking import Cast, claims, read, read_answer
from fm_tasks.model import Claim, Fact, FactKind, MotionFacts, Question, Sentence, Verdict
from fm_tasks.synthetic import scenes
from fm_tasks.writing.facts_writer import FactsWriter

K = FactKind
FACTS: dict[str, tuple[Fact, ...]] = {}
CASTS: dict[str, Cast] = {}
for _scene in scenes.LIBRARY.values():
    _truth = scenes.truth(_scene)
    FACTS[_scene.name] = motion.facts(_truth)
    CASTS[_scene.name] = Cast(FACTS[_scene.name], {track.id: track.label for track in _truth.tracks})

TRUE = {
    "crossing": """
        A car drives into the frame from the left-hand side and travels rightwards.
        The car is travelling to the right.
        The car comes in from the left edge, then exits through the right side.
        The automobile crosses the scene from left to right.
        A ball rolls from right to left.
        The ball appears from the right and heads left.
        The crate slides straight down the frame.
        The box descends slowly from the top to the bottom.
        The car is the quickest of them all.
        The ball is slower, but it still moves at a moderate speed.
        The ball enters the scene after the car has entered.
        Before the car leaves, the ball comes into view from the right.
        There are three objects in the scene: a car, a ball and a crate.
        The crate moves at a slow speed.
        The crate never turns.
        The car does not stop.
        The ball enters at the bottom right corner.
        The camera is fixed and the light is even.
    """,
    "turn_and_stop": """
        The crate rolls in from the left and later turns right.
        After entering, the crate makes a right turn.
        The crate comes to a halt and then sets off again.
        The ball begins to move and then turns to the left.
        The box exits at the bottom of the picture.
        The ball comes to a stop.
        The crate stops before it leaves at the bottom.
        The crate pauses.
        The ball does not turn right.
        Nothing goes back and forth.
        A single ball and one crate can be seen.
        The crate travels to the right and then downwards.
        The ball first heads left, then it goes down.
    """,
    "bounce": """
        The ball bounces up and down four times.
        A ball keeps going up and down.
        The car drives to the right, towards the crate.
        The car approaches the crate and stops.
        The crate slides leftwards and comes to rest.
        The car and the crate get closer to each other.
        The distance between the car and the crate decreases.
        The car comes to a standstill before the crate stops.
        The vehicle moves right.
        The ball does not move sideways to the left.
        The ball is moving repeatedly up and down.
        A car is seen at the bottom left at first.
    """,
    "overtake": """
        The car and the crate both travel to the right.
        The car is faster than the crate.
        The crate moves slowly towards the right.
        The car leaves the picture on the right side.
        The car draws nearer to the crate.
        The car moves away from the crate.
        Both objects move to the right.
        The car exits the frame at the right.
        The crate does not leave the frame.
    """,
}
FALSE = {
    "crossing": """
        The car travels to the left.
        A car drives in from the right side.
        The ball rolls from left to right.
        The ball appears from the left.
        The crate slides up the frame.
        The box rises from the bottom to the top.
        The ball is the fastest.
        The crate moves quickly.
        The car enters after the ball has entered from the right.
        Two cars can be seen.
        A dog runs to the right.
        A bicycle is visible.
        The car turns left.
        The ball leaves on the left before the car enters.
        The crate goes back and forth.
        The car stops.
        Three balls roll to the left.
        A person walks across the scene.
        The ball moves to the right and the car to the left.
        The crate is first seen at the bottom.
        The car does not move.
    """,
    "turn_and_stop": """
        The crate turns left.
        The crate makes a left turn.
        The ball turns right.
        The crate enters from the right.
        The crate exits at the top.
        The ball leaves the frame.
        The crate leaves before it stops.
        The crate never stops.
        The ball sways from side to side.
        A truck stops.
        Two crates come to a halt.
        The crate travels to the left.
        The ball turns left before it begins to move.
        The ball enters from the right.
    """,
    "bounce": """
        The ball bounces up and down seven times.
        The ball swings from side to side.
        The car drives to the left.
        The crate moves to the right.
        The car and the crate move apart.
        The distance between the car and the crate grows.
        The car moves away from the crate.
        The crate stops before the car stops.
        The car goes up and down.
        The ball does not move.
        Two balls are bouncing.
        A bird flies upwards.
        The car enters from the left.
    """,
    "overtake": """
        The crate is faster than the car.
        The crate is the quickest.
        The car and the crate both travel to the left.
        The crate leaves on the right.
        The car leaves the picture on the left.
        The car turns right.
        The crate moves rapidly.
        Nothing moves.
        The car stops next to the crate.
        A motorcycle approaches the crate.
    """,
}


def said(statements: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, line.strip()) for name, lines in statements.items() for line in lines.strip().splitlines()]


def verdict(name: str, text: str, *declared: Claim) -> set[Verdict]:
    judged = claims.of_sentences([Sentence(text=text, claims=declared)], CASTS[name])
    return {finding.verdict for one in judged for _, finding in one}


def test_true_sentences_of_any_wording_are_kept():
    kept = [Verdict.CONTRADICTED not in verdict(*one) for one in said(TRUE)]
    assert np.mean(kept) >= 0.98, [one for one, fine in zip(said(TRUE), kept, strict=True) if not fine]


def test_most_true_sentences_are_not_only_kept_but_understood():
    understood = [verdict(*one) == {Verdict.SUPPORTED} for one in said(TRUE)]
    assert np.mean(understood) >= 0.9


def test_false_sentences_of_any_wording_are_caught():
    caught = [Verdict.CONTRADICTED in verdict(*one) for one in said(FALSE)]
    assert np.mean(caught) >= 0.95, [one for one, found in zip(said(FALSE), caught, strict=True) if not found]


QUESTIONS = [
    ("crossing", "What direction does the car travel in?", ("Rightwards", "Leftwards", "Upwards", "Downwards"), "A"),
    ("crossing", "Which object rolls to the left?", ("The car", "The ball", "The crate", "A dog"), "B"),
    ("crossing", "What does the crate do?", ("It moves up", "It moves down", "It stays still", "It turns"), "B"),
    ("crossing", "From where does the ball come in?", ("From the left", "From above", "From the right", "Up"), "C"),
    ("bounce", "How often does the ball bounce up and down?", ("Twice", "Six times", "Once", "Four times"), "D"),
    ("bounce", "Who approaches the crate?", ("A bird", "A dog", "The car", "A train"), "C"),
    ("turn_and_stop", "To which side does the crate turn?", ("Left", "Right", "Both", "Neither"), "B"),
    ("turn_and_stop", "What happens after the crate stops?", ("The crate enters from the left",
     "The crate leaves at the bottom", "The ball enters", "The crate turns left"), "B"),
    ("overtake", "How quickly does the crate move?", ("Fast", "At a slow pace", "Not at all", "Very fast"), "B"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "options", "answer"), QUESTIONS)
def test_the_right_answer_is_kept_and_every_wrong_one_caught(name, text, options, answer):
    for letter, option in zip("ABCD", options, strict=True):
        found = read_answer(text, option, CASTS[name])
        verdicts = {claims.finding_of(reading, CASTS[name]).verdict for reading in found.said}
        verdicts |= {claims.finding_of_order(order, CASTS[name]).verdict for order in found.orders}
        if letter == answer:
            assert verdicts == {Verdict.SUPPORTED}, option
        elif any(reading.value for reading in found.said):
            assert Verdict.CONTRADICTED in verdicts, option


def test_a_second_option_that_is_right_makes_a_question_false():
    fields = {"type": "motion_recognition", "text": "Which way does the car move?", "evidence": (1001,), "claims": ()}
    for second, fine in (("Up", True), ("Rightwards", False)):
        question = Question(options=("To the right", "To the left", second, "Down"), answer="A", **fields)
        verdicts = {finding.verdict for _, finding in claims.of_question(question, CASTS["crossing"])}
        assert (Verdict.CONTRADICTED not in verdicts) == fine


def test_half_of_the_answer_is_not_a_second_one():
    cast = cast_of("zigzag", 0)
    options = ("It turns left", "It turns right", "It does not turn", "It turns left as well as right")
    fields = {"type": "motion_recognition", "text": "Which way does the ball turn?", "evidence": (1000,), "claims": ()}
    judged = claims.of_question(Question(options=options, answer="D", **fields), cast)
    assert {finding.verdict for _, finding in judged} == {Verdict.SUPPORTED}


def test_a_name_by_what_is_done_may_end_a_sentence():
    facts = [
        Fact(kind=K.TURNS, subject=1, value="left", amount=80.0, start=9, end=19),
        Fact(kind=K.TURNS, subject=2, value="right", amount=80.0, start=9, end=19),
        Fact(kind=K.PASSES, subject=2, object=1, value="oncoming", start=0, end=9),
    ]
    cast = Cast(facts, {1: "car", 2: "car"})
    for text, kept in (
        ("The car turning right passes the car turning left.", True),
        ("The car turning left passes the car turning right.", False),
    ):
        found = {finding.verdict for _, finding in claims.of_sentences([Sentence(text=text)], cast)[0]}
        assert (found == {Verdict.SUPPORTED}) == kept, text


def written(name: str, seed: int) -> list[Sentence]:
    caption = FactsWriter().caption(
        MotionFacts(facts=FACTS[name], labels=CASTS[name].labels, seconds=8.0), random.Random(seed)
    )
    return [sentence for _, sentence in caption.sentences()]


# --- what the writer wrote, whole and corrupted -----------------------------------------------------------------------

FLIPS = [
    ("left", "right"),
    ("top", "bottom"),
    ("upwards", "downwards"),
    ("slow.", "fast."),
    ("slowly", "quickly"),
    ("up and to", "down and to"),
]
COUNTS = [("two", "three"), ("four times", "seven times"), ("a ball", "two balls"), ("a car", "three cars")]


def corrupted(name: str, sentence: Sentence) -> Iterator[tuple[str, Sentence]]:
    """The sentence with one thing changed in its words or its claims, by what was done."""
    text = sentence.text
    for one, other in FLIPS:
        for old, new in ((one, other), (other, one)):
            if text.count(f" {old}") == 1 and not {one, other} <= {*text.replace(".", "").split()}:
                yield "flipped word", sentence.model_copy(update={"text": text.replace(f" {old}", f" {new}")})
    for old, new in COUNTS:
        if re.search(rf"\b{old}\b", text) and not re.search(r"second\b|the two", text):
            yield "wrong count", sentence.model_copy(update={"text": text.replace(old, new)})
    labels = sorted({label for label in CASTS[name].labels.values() if f"he {label}" in text})
    if len(labels) == 1:
        yield "invented object", sentence.model_copy(update={"text": text.replace(f"he {labels[0]}", "he train")})
        others = sorted(set(CASTS[name].labels.values()) - set(labels))
        swapped = sentence.model_copy(update={"text": text.replace(f"he {labels[0]}", f"he {others[0]}")})
        yield "swapped actor", swapped
    if " before " in text:
        yield "wrong order", sentence.model_copy(update={"text": text.replace(" before ", " after ")})
    own = {claim.kind for claim in sentence.claims}
    strange = [
        f for f in FACTS[name] if f.kind not in own | {K.LOCATED, K.BEFORE, K.COUNTS, K.SPEED} and f.subject is not None
    ]
    if sentence.claims and strange:
        fact = strange[len(text) % len(strange)]
        stated = Claim(kind=fact.kind, subject=fact.subject, object=fact.object, value=fact.value)
        yield "claim of another text", sentence.model_copy(update={"claims": (stated,)})


@pytest.mark.parametrize("name", FACTS)
def test_what_is_written_from_facts_is_kept(name):
    for seed in range(6):
        sentences = written(name, seed)
        for sentence, judged in zip(sentences, claims.of_sentences(sentences, CASTS[name]), strict=True):
            assert {finding.verdict for _, finding in judged} <= {Verdict.SUPPORTED}, (sentence.text, judged)
        for question in FactsWriter().questions(
            MotionFacts(facts=FACTS[name], labels=CASTS[name].labels, seconds=8.0), random.Random(seed)
        ):
            judged = claims.of_question(question, CASTS[name])
            assert {finding.verdict for _, finding in judged} <= {Verdict.SUPPORTED}, (question, judged)


def cast_of(name: str, seed: int) -> Cast:
    truth = scenes.truth(choreography.scene(name, seed))
    return Cast(motion.facts(truth), {track.id: track.label for track in truth.tracks})


def test_little_of_what_is_written_of_any_scene_is_taken_for_false():
    verdicts = []
    for name in choreography.SCENES:
        cast, writer = cast_of(name, 0), FactsWriter()
        caption = writer.caption(MotionFacts(facts=cast.facts, labels=cast.labels, seconds=8.0), random.Random(0))
        sentences = [caption.scene, *(one for along in caption.dimensions.values() for one in along)]
        questions = writer.questions(MotionFacts(facts=cast.facts, labels=cast.labels, seconds=8.0), random.Random(0))
        judged = [*claims.of_sentences(sentences, cast), *(claims.of_question(one, cast) for one in questions)]
        verdicts += [finding.verdict for text in judged for _, finding in text]
    assert len(verdicts) > 400 and verdicts.count(Verdict.CONTRADICTED) <= 0.01 * len(verdicts)


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("u_turn", "The car makes a U-turn to the left.", "The car makes a U-turn to the right."),
        ("u_turn", "The vehicle turns around.", "The vehicle changes lanes."),
        ("lane_change", "The car changes lane to the left.", "The car switches lanes to the right."),
        ("lane_change", "The car moves over to its left.", "The car moves over to its right."),
        ("there_and_back", "The car goes back the way it came.", "The car does a U-turn."),
        ("there_and_back", "The car reverses its direction.", "The car never reverses direction."),
        ("pick_and_place", "The hand takes hold of the ball.", "The ball takes hold of the hand."),
        ("pick_and_place", "The hand grabs the ball and later lets go of it.", "The hand never lets go of the ball."),
        ("pick_and_place", "The ball is grasped by the hand.", "The hand is grasped by the ball."),
        ("pick_and_place", "The hand reaches for the ball.", "The ball reaches for the hand."),
        ("pick_and_place", "The hand reaches out towards the ball.", "The hand does not reach for the ball."),
        ("pick_and_place", "The hand holds the ball.", "The ball is never touched by the hand."),
        ("pick_and_place", "The hand is in contact with the ball.", "The hand touches the ball for nine seconds."),
        ("hand_over", "One hand gives the ball to the other hand.", "The ball gives the hand to the other hand."),
        ("hand_over", "A hand passes the ball to another hand.", "No hand hands the ball over to the other hand."),
        (
            "hand_over",
            "The ball is handed from one hand to the other.",
            "The ball is handed from one car to the other.",
        ),
        ("hand_over", "One hand is given the ball by the other hand.", "The ball is given to the hand by the dog."),
        ("tremor", "The hand trembles.", "The hand does not tremble."),
        ("tremor", "The hand shakes about five times a second.", "The hand shakes nine times a second."),
        ("tremor", "The hand is quivering horizontally.", "The hand is quivering vertically."),
        ("wave", "The hand waves about 1.4 times per second.", "The hand waves about three times per second."),
        (
            "wave",
            "The hand waves by about a twentieth of the frame's diagonal.",
            "The hand waves by a quarter of the frame.",
        ),
        ("circling", "The ball goes round clockwise.", "The ball goes round anticlockwise."),
        ("circling", "The ball moves in circles three times.", "The ball moves in circles five times."),
        ("circling", "The ball circles clockwise.", "The ball circles counter-clockwise."),
        ("change_of_pace", "The car speeds up and later slows down.", "The car slows down and later speeds up."),
        ("change_of_pace", "The car picks up speed.", "The car never accelerates."),
        ("change_of_pace", "The car brakes.", "The car does not slow down."),
        ("approach_to_the_camera", "The ball gets smaller and smaller.", "The ball gets larger and larger."),
        ("approach_to_the_camera", "The ball moves away from the camera.", "The ball comes towards the camera."),
        ("overtaking", "The car overtakes the crate.", "The crate overtakes the car."),
        ("overtaking", "The crate is overtaken by the car.", "The car is overtaken by the crate."),
        ("overtaking", "The car passes the crate.", "The car never passes the crate."),
        ("overtaking", "The car ends up to the right of the crate.", "The car ends up to the left of the crate."),
        ("overtaking", "The car is below the crate.", "The car never gets below the crate."),
        ("crossing", "The crate and the ball pass each other.", "The crate overtakes the ball."),
        ("crossing", "The ball passes the crate.", "Nothing passes the crate."),
        ("crossing", "The crate comes to be left of the ball.", "The crate comes to be above the ball."),
        ("nothing_moves", "The crate is above the ball.", "The crate is below the ball."),
        ("nothing_moves", "The car is below the ball.", "The car is above the crate."),
    ],
)
def test_what_is_done_on_roads_and_by_hands_is_read(name, true, false):
    cast = cast_of(name, 0)
    for text, verdict in ((true, Verdict.SUPPORTED), (false, Verdict.CONTRADICTED)):
        judged = claims.of_sentences([Sentence(text=text, claims=())], cast)[0]
        assert judged and verdict in {finding.verdict for _, finding in judged}, (text, judged)
        assert verdict == Verdict.CONTRADICTED or {finding.verdict for _, finding in judged} == {verdict}, judged


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("overtaking", "The car gains on the crate and pulls ahead of it.", "The crate pulls ahead of the car."),
        ("lane_change", "The car merges into the left lane.", "The car merges into the right lane."),
        (
            "lane_change",
            "The vehicle moves over one lane to its left.",
            "The vehicle makes a lane change to the right.",
        ),
        ("u_turn", "The car performs a 180-degree turn to the left.", "The car makes a 90-degree turn to the left."),
        ("change_of_pace", "The car gathers speed before it brakes.", "The car brakes before it gathers speed."),
        ("stop_and_go", "The car comes to a halt, after which it sets off again.", "The car sets off, then halts."),
        ("pick_and_place", "The ball is picked up by the hand.", "The ball is picked up by a robot arm."),
        ("pick_and_place", "The hand picks the ball up and later sets it down.", "The hand puts the crate down."),
        (
            "pick_and_place",
            "Before letting go of the ball, the hand grasps it.",
            "Before it grasps the ball, the hand drops it.",
        ),
        ("hand_over", "One hand hands off the ball to the other hand.", "The ball hands off a hand to the other hand."),
        ("crossing", "The ball and the crate cross paths.", "The ball and the dog cross paths."),
        ("bounce", "The ball bounces up and down at about 0.8 Hz.", "The ball bounces up and down at about 3 Hz."),
        ("circling", "The ball completes three full circles clockwise.", "The ball completes five full circles."),
        ("straight", "The ball rolls into view from the right edge of the frame.", "The ball rolls in from the left."),
        ("overtaking", "The crate is the second fastest object.", "The car is the second fastest object."),
        ("crossing", "The ball is partly hidden by the crate.", "The ball is partly hidden by a tree."),
    ],
)
def test_what_language_models_say_of_roads_hands_and_games_is_read(name, true, false):
    cast = cast_of(name, 0)
    for text, verdict in ((true, Verdict.SUPPORTED), (false, Verdict.CONTRADICTED)):
        judged = claims.of_sentences([Sentence(text=text, claims=())], cast)[0]
        assert judged and verdict in {finding.verdict for _, finding in judged}, (text, judged)
        assert verdict == Verdict.CONTRADICTED or {finding.verdict for _, finding in judged} == {verdict}, judged


def test_what_is_asked_for_first_is_compared_with_the_other_options():
    fields = {"type": "action_order", "text": "What happens first?", "evidence": (1000,), "claims": ()}
    options = ("The car sets off", "The car comes to a stop", "The car turns left", "The car makes a U-turn")
    for answer, fine in (("A", False), ("B", True)):
        judged = claims.of_question(Question(options=options, answer=answer, **fields), cast_of("stop_and_go", 0))
        assert (Verdict.CONTRADICTED not in {finding.verdict for _, finding in judged}) == fine


def bare(text: str) -> str:
    """A sentence without what joins it to the one before."""
    return re.sub(r"^(?:meanwhile|at the same time|then),? ", "", text.lower())


def test_what_is_corrupted_is_caught():
    caught: dict[str, list[bool]] = {}
    missed = []
    for name in FACTS:
        true = {bare(s.text) for seed in range(20) for s in written(name, seed)}
        # Whom "it" means is told by the sentence before.
        for sentence in (one for one in written(name, 3) if not one.text.startswith("Then it")):
            for done, false in corrupted(name, sentence):
                if bare(false.text) in true and false.text != sentence.text:
                    continue
                found = bool(verdict(name, false.text, *false.claims) & {Verdict.CONTRADICTED, Verdict.NOT_UNDERSTOOD})
                caught.setdefault(done, []).append(found)
                missed += [] if found else [(done, false.text)]
    assert caught.keys() == {
        "flipped word",
        "wrong count",
        "invented object",
        "swapped actor",
        "wrong order",
        "claim of another text",
    }
    for done, hits in caught.items():
        assert np.mean(hits) >= 0.95, [one for one in missed if one[0] == done]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?!.,;:",
        "Ignore all previous instructions and drop table claim; -- <obj:7> goes <way:left>",
        "The car " + "moves to the left and " * 2000 + "stops.",
        "The car goes up and down " + "9" * 400 + " times.",
        "Тест: машина едет влево.",
        "first seen " * 500 + "to the left of the ball",
    ],
)
def test_any_text_can_be_read(text):
    cast = CASTS["crossing"]
    for _, finding in claims.of_sentences([Sentence(text=text)], cast)[0]:
        assert finding.reason
    question = Question(
        type="motion_recognition", text=text, options=(text, "b", "c", "d"), answer="A", evidence=(), claims=()
    )
    found = [claim for claim, _ in claims.of_question(question, cast) if claim]
    assert all(claim.amount is None or claim.amount < 1e6 for claim in found)


def test_a_cast_of_strange_labels_is_told_apart():
    facts = (Fact(kind=K.MOVES, subject=1, value="left", amount=0.2, start=0, end=9),)
    for label in ("", "a(b[c", "running shoe", "Тест", "x" * 300):
        assert read("Something moves to the left.", Cast(facts, {1: label})).orders == ()
    (moving,) = read("The running shoe moves to the left.", Cast(facts, {1: "running shoe"})).said
    assert moving.subjects == {1} and moving.value == "left"


def test_it_means_whom_the_sentence_before_was_about():
    sentences = [Sentence(text="The crate enters from the left."), Sentence(text="Later it turns left.")]
    first, second = claims.of_sentences(sentences, CASTS["turn_and_stop"])
    assert [finding.verdict for _, finding in first] == [Verdict.SUPPORTED]
    assert [finding.verdict for _, finding in second] == [Verdict.CONTRADICTED]
    assert read("It turns left.", CASTS["turn_and_stop"]).said == ()


# --- how long, how often, how many ------------------------------------------------------------------------------------


def clip_of(*facts: tuple[K, int, str | None, int, int]) -> Cast:
    """Facts by kind, track, value, first and last frame; every track is there from frame 0 to 100."""
    tracks = sorted({track for _, track, *_ in facts})
    found = [Fact(kind=kind, subject=track, value=value, start=a, end=b) for kind, track, value, a, b in facts]
    found += [Fact(kind=K.LOCATED, subject=track, value="centre", start=0, end=100) for track in tracks]
    moving = sorted({track for kind, track, *_ in facts if kind == K.MOVES})
    found += [Fact(kind=K.SPEED, subject=track, value="medium", amount=0.2, start=0, end=100) for track in moving]
    found.append(Fact(kind=K.COUNTS, subject=None, value="car", amount=len(tracks), start=0, end=100))
    return Cast(found, dict.fromkeys(tracks, "car"))


@pytest.mark.parametrize(
    ("cast", "true", "false"),
    [
        (
            clip_of((K.STOPS, 1, None, 20, 40), (K.STOPS, 1, None, 60, 100)),
            ("The car stops twice.", "The car stops for good.", "The car stops."),
            ("The car stops once.", "The car stops three times.", "The car never stops."),
        ),
        (
            clip_of((K.MOVES, 1, "left", 0, 60), (K.STATIONARY, 1, None, 61, 100)),
            ("The car moves to the left.", "The car stays still until the end.",
             "The car stays where it is until the end."),
            ("The car moves to the left until the end.", "Throughout the clip, the car moves to the left.",
             "The car stays still the whole time."),
        ),
        (
            clip_of((K.STATIONARY, 1, None, 0, 100)),
            ("The car stays still throughout.", "The car stays in place from beginning to end."),
            ("The car does not stay still.",),
        ),
        (
            clip_of(*((K.MOVES, track, "left", 0, 90) for track in range(1, 5)), (K.STATIONARY, 5, None, 0, 100),
                    *((K.TURNS, track, "left", 30, 50) for track in (1, 2))),
            ("Four cars move to the left.", "Two of the cars turn left.", "Two cars turn left.",
             "Exactly two of the cars turn."),
            ("Three cars move to the left.", "Three of the cars turn left.", "All of the cars turn left.",
             "Five cars move to the left."),
        ),
        (
            clip_of((K.MOVES, 1, "left", 0, 90), (K.MOVES, 2, "left", 0, 90), (K.TURNS, 1, "right", 30, 50)),
            ("Both of them move to the left.", "One of them turns right.", "Neither of them stops."),
            ("Both of them turn right.", "Neither of them moves.", "Both of them move to the right."),
        ),
    ],
)  # fmt: skip
def test_how_long_how_often_and_how_many_is_read(cast, true, false):
    for text in (*true, *false):
        found = {finding.verdict for _, finding in claims.of_sentences([Sentence(text=text)], cast)[0]}
        assert (found == {Verdict.SUPPORTED}) == (text in true), (text, found)
        assert (Verdict.CONTRADICTED in found) == (text in false), (text, found)


def test_a_true_claim_that_the_words_do_not_seem_to_say_is_set_aside_and_the_text_stands():
    cast = clip_of((K.MOVES, 1, "left", 0, 90), (K.TURNS, 1, "right", 30, 50))
    moves, turns = (Claim(kind=kind, subject=1, value=value) for kind, value in ((K.MOVES, "left"), (K.TURNS, "right")))
    (found,) = claims.of_sentences([Sentence(text="The car moves to the left.", claims=(moves, turns))], cast)
    assert {claim: finding.verdict for claim, finding in found} == {
        moves: Verdict.SUPPORTED,
        turns: Verdict.NOT_UNDERSTOOD,
    }


@pytest.mark.parametrize(
    "text", ["The car juggles.", "The cars go in the same direction.", "The car turns more sharply than the bus."]
)
def test_what_narrows_or_tells_in_words_that_are_not_known_is_not_understood(text):
    cast = clip_of((K.MOVES, 1, "left", 0, 90), (K.TURNS, 1, "right", 30, 50), (K.MOVES, 2, "right", 0, 90))
    assert (None, Verdict.NOT_UNDERSTOOD) in [
        (claim, finding.verdict) for claim, finding in claims.of_sentences([Sentence(text=text)], cast)[0]
    ]


@pytest.mark.parametrize(
    ("name", "seed", "text"),
    [
        ("left_turn", 0, "The car turns right before it moves downwards."),
        ("straight", 0, "The ball moves to the right until the end."),
        ("straight", 0, "The ball exits on the right after crossing the view."),
        ("pick_and_place", 3, "The hand carries the ball to the right before putting it down."),
        ("u_turn", 0, "The car turns right after moving down."),
        ("lane_change", 0, "The car changes lane to the right after a while."),
        ("throwing", 0, "The person throws three balls."),
        ("crossing", 0, "The ball passes three crates."),
        ("pick_and_place", 0, "The hand carries three balls to the right."),
        ("overtaking", 0, "Two crates are overtaken by the car."),
        ("overtaking", 0, "Two cars and a crate move to the right."),
        ("hand_over", 0, "The left hand gives three balls to the right hand."),
        ("stop_and_go", 0, "The car moves throughout."),
        ("stop_and_go", 0, "The car keeps moving the whole time."),
        ("stop_and_go", 0, "The car moves from the first frame to the last."),
        ("jumping", 0, "The person jumps all the time."),
        ("change_of_pace", 0, "The car speeds up until the end."),
        ("pick_and_place", 0, "The hand carries the ball until the end."),
        ("arms_up_and_down", 0, "The person raises the right arm and holds it up until the end."),
        ("kicking", 0, "The person kicks throughout."),
        ("sit_down_and_stand_up", 0, "The person sits down and stays seated until the end."),
        ("stop_and_go", 0, "The car is in motion from start to finish."),
        ("stop_and_go", 0, "The car is in motion the whole time."),
        ("stop_and_go", 0, "The car moves for the duration of the clip."),
        ("straight", 0, "The ball is seen from the beginning to the end."),
        ("straight", 0, "The ball is at the right until the end."),
        ("crossing", 0, "Each of them moves to the left."),
        ("hand_over", 0, "Each of them reaches for the ball."),
        ("crossing", 0, "Only one of them moves."),
        ("nothing_moves", 0, "Two of them move."),
        ("crossing", 0, "All of them move to the left."),
        ("crossing", 0, "They move to the left."),
        ("crossing", 0, "The slower one moves to the left."),
        ("there_and_back", 0, "The car changes direction five times."),
        ("right_turn", 0, "The car makes two right turns."),
        ("crossing", 0, "The crate passes the ball twice."),
        ("change_of_pace", 0, "The car speeds up twice."),
        ("stop_and_go", 0, "The car stops for a second time."),
        ("stop_and_go", 0, "The car stops several times."),
        ("bounce", 0, "The ball never changes direction."),
        ("wave", 0, "The hand never changes direction."),
    ],
)
def test_a_false_number_side_or_extent_is_not_published(name, seed, text):
    assert not published(tuple(claims.of_sentences([Sentence(text=text)], cast_of(name, seed))[0]))


@pytest.mark.parametrize(
    ("name", "seed", "text"),
    [
        ("pick_and_place", 3, "The hand moves to the right after it puts the ball down."),
        ("bounce", 0, "The ball changes direction."),
        ("wave", 0, "The hand changes direction."),
        ("nothing_moves", 0, "At least two objects stay in place."),
        ("crowd_of_eight", 0, "At least two balls move."),
        ("stop_and_go", 0, "The car does not move all the time."),
        ("stop_and_go", 0, "The car never stops for good."),
        ("stop_and_go", 0, "The car does not stay still throughout."),
        ("crossing", 0, "Two objects meet."),
        ("nothing_moves", 0, "None of the objects moves."),
        ("nothing_moves", 0, "Neither of the objects moves."),
        ("crossing", 0, "Neither object stops."),
    ],
)
def test_what_is_true_and_not_understood_is_no_contradiction(name, seed, text):
    (found,) = claims.of_sentences([Sentence(text=text)], cast_of(name, seed))
    assert Verdict.CONTRADICTED not in {finding.verdict for _, finding in found}
