"""The verdict on a text that a language model has read, too: what both say and the facts bear out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from benchmarks.blind import CORPUS, _cast, understood
from fm_tasks.checking import Cast, Order, Read, claims, read
from fm_tasks.checking.second_reading import TextRead, understood_as
from fm_tasks.model import Claim, Fact, Question, QuestionType, Sentence, Verdict
from fm_tasks.model import FactKind as F

LEFT, RIGHT, WALKER = 1000, 1001, 10
FACTS = (
    Fact(kind=F.LOCATED, subject=LEFT, value="left", start=0, end=30),
    Fact(kind=F.LOCATED, subject=RIGHT, value="right", start=0, end=90),
    Fact(kind=F.LOCATED, subject=WALKER, value="top", start=0, end=90),
    Fact(kind=F.MOVES, subject=LEFT, value="right", amount=0.4, start=0, end=40),
    Fact(kind=F.STOPS, subject=LEFT, start=41, end=60),
    Fact(kind=F.TURNS, subject=LEFT, value="left", amount=90.0, start=61, end=80),
    Fact(kind=F.STATIONARY, subject=RIGHT, amount=4.0, start=0, end=90),
    Fact(kind=F.JUMPS, subject=WALKER, amount=3, start=0, end=90),
    Fact(kind=F.APPROACHES, subject=LEFT, object=RIGHT, amount=0.2, start=0, end=40),
    Fact(kind=F.BEFORE, subject=LEFT, object=LEFT, value="stops_turns", amount=0.8, start=41, end=61),
    Fact(kind=F.COUNTS, subject=None, value="car", amount=2, start=0, end=90),
    Fact(kind=F.COUNTS, subject=None, value="person", amount=1, start=0, end=90),
)
CAST = Cast(FACTS, {LEFT: "car", RIGHT: "car", WALKER: "person"})
LOST = "The car on the left gambols along."
"""A text whose words the reader does not know."""
THIS = "the car on the left"
GOES, STOPS = Claim(kind=F.MOVES, subject=LEFT, value="right"), Claim(kind=F.STOPS, subject=LEFT)
PLACED = Claim(kind=F.LOCATED, subject=LEFT, value="left")


def again(*said: dict, unclear: bool = False) -> Read:
    """A second reading of one text."""
    empty = {"subject": THIS, "object": None, "value": None, "amount": None, "negated": False}
    return understood_as(TextRead(n=1, unclear=unclear, claims=[{**empty, **one} for one in said]), CAST)


def judged(text: str, declared: tuple[Claim, ...], second: Read | None) -> list[claims.ClaimFinding]:
    return claims.of_sentences([Sentence(text=text, claims=declared)], CAST, [second])[0]


def verdicts(found: list[claims.ClaimFinding]) -> dict[str | None, Verdict]:
    return {claim and claim.kind.value: finding.verdict for claim, finding in found}


def why(found: list[claims.ClaimFinding]) -> str:
    """Why the text is not understood."""
    (reason,) = (its.reason for claim, its in found if claim is None and its.verdict == Verdict.NOT_UNDERSTOOD)
    return reason


def is_published(found: list[claims.ClaimFinding]) -> bool:
    stopping = (Verdict.CONTRADICTED, Verdict.NOT_CHECKABLE)
    return understood(tuple(found)) and not any(its.verdict in stopping for claim, its in found if claim)


def corpus() -> Iterator[tuple[str, str, tuple[Claim, ...]]]:
    """Scene, text and claims of each text."""
    fields = ("kind", "subject", "object", "value", "amount", "negated")
    for one in map(json.loads, CORPUS.read_text().splitlines()):
        yield one["scene"], one["text"], tuple(Claim(**dict(zip(fields, c, strict=True))) for c in one["claims"])


MOVES = {"kind": "moves", "value": "right"}


def test_lost_words_are_understood_where_both_say_the_same_and_it_is_true():
    assert read(LOST, CAST).lost and not is_published(judged(LOST, (GOES,), None))
    found = judged(LOST, (GOES,), again(MOVES))
    assert is_published(found) and verdicts(found)["moves"] == Verdict.SUPPORTED
    assert is_published(judged(LOST, (GOES,), again({"kind": "moves"}))), "what is left open may be anything"
    assert is_published(judged(LOST, (GOES,), again({**MOVES, "subject": "one of the cars"}))), "one of several"


@pytest.mark.parametrize(
    ("declared", "second", "reason"),
    [
        ((GOES,), again(), "it says nothing that is declared and true"),
        ((GOES,), again(MOVES, unclear=True), "the reader does not understand: car gambols along"),
        ((GOES,), again(MOVES, {"kind": "stops"}), "it says more than is declared: car stops"),
        ((), again(MOVES), "it says more than is declared: car moves right"),
        ((STOPS,), again(MOVES), "it says more than is declared"),
        ((GOES,), again({**MOVES, "subject": "both cars"}), None),
        ((PLACED,), again({"kind": "located", "subject": "both cars"}), "says more than is declared: cars is located"),
        ((GOES,), again({**MOVES, "subject": "the unicorn"}), "the reader does not understand"),
        ((GOES,), again({**MOVES, "subject": "the car at the bottom"}), "the reader does not understand"),
        ((GOES,), again(MOVES, {"kind": "before", "value": "stops_turns", "object": THIS}), "car stops before car"),
    ],
)  # fmt: skip
def test_lost_words_stay_lost_where_the_two_differ(declared, second, reason):
    found = judged(LOST, declared, second)
    assert not is_published(found)
    if reason:
        assert reason in why(found)


@pytest.mark.parametrize("text", [LOST, "The car on the left moves to the right.", "The light is even."])
@pytest.mark.parametrize("unclear", [False, True])
def test_what_the_second_reading_says_is_true_or_the_text_is_contradicted(text, unclear):
    found = judged(text, (GOES,), again({**MOVES, "value": "left"}, unclear=unclear))
    wrong = [its.reason for _, its in found if its.verdict == Verdict.CONTRADICTED]
    assert wrong and wrong[0].startswith("read again: nothing shows that car moves left")


def test_a_declared_claim_that_is_not_read_again_is_set_aside():
    found = judged(LOST, (GOES, STOPS), again(MOVES))
    assert verdicts(found)["stops"] == Verdict.NOT_UNDERSTOOD and is_published(found)
    assert verdicts(judged(LOST, (GOES,), again()))["moves"] == Verdict.NOT_UNDERSTOOD
    nothing = judged("The light is even.", (GOES,), again())
    assert verdicts(nothing) == {"moves": Verdict.NOT_UNDERSTOOD, None: Verdict.NOT_CHECKABLE}
    read_once = judged("The car on the left moves to the right.", (GOES,), again())
    assert Verdict.SUPPORTED in [its.verdict for claim, its in read_once if claim == GOES], "the reader reads it"


def test_the_second_reading_decides_what_the_words_say_and_not_the_reader():
    text = "The car on the left moves to the right."
    alone = judged(text, (GOES, STOPS), None)
    assert verdicts(alone)["stops"] == Verdict.NOT_UNDERSTOOD and "the words say nothing of" in alone[1][1].reason
    both = judged(text, (GOES, STOPS), again(MOVES, {"kind": "stops"}))
    assert verdicts(both)["stops"] == Verdict.SUPPORTED


def test_what_both_say_outvotes_the_reader_but_in_what_no_claim_can_say():
    said = "The car on the left moves to the left."
    assert not is_published(judged(said, (GOES,), None)), "the reader says so"
    assert is_published(judged(said, (GOES,), again(MOVES))), "two say that the reader is wrong"
    assert not is_published(judged(said, (GOES,), again())), "and one does not"
    assert not is_published(judged(said, (), again(MOVES))) and not is_published(judged(said, (), again()))
    lasting = "The car on the left moves to the right all the time."
    assert read(lasting, CAST).said[-1].extent == "whole"
    assert not is_published(judged(lasting, (GOES,), again(MOVES)))
    twice = "The car on the left stops twice."
    assert not is_published(judged(twice, (STOPS,), again({"kind": "stops"})))
    assert not is_published(judged(LOST, (STOPS,), again({"kind": "stops", "amount": 2}))), "how often is told by both"
    assert is_published(judged(LOST, (STOPS,), again({"kind": "stops", "amount": 1})))


def test_a_claim_of_nothing_is_not_said_by_one_of_something():
    nothing = Claim(kind=F.LEAVES, subject=None, negated=True)
    assert is_published(judged(LOST, (nothing,), again({"kind": "leaves", "subject": None, "negated": True})))
    assert is_published(judged(LOST, (nothing,), again({"kind": "leaves", "subject": "nobody", "negated": True})))
    assert not is_published(judged(LOST, (nothing,), again({"kind": "leaves", "negated": True})))


def test_orders_and_numbers_are_read_again_too():
    order = Claim(kind=F.BEFORE, subject=LEFT, object=LEFT, value="stops_turns")
    second = again({"kind": "before", "value": "stops_turns", "object": THIS})
    assert second.orders and isinstance(second.orders[0], Order)
    found = judged(LOST, (order, STOPS), second)
    assert is_published(found) and verdicts(found)["stops"] == Verdict.SUPPORTED, "who tells the order tells both"
    turned = again({"kind": "before", "value": "turns_stops", "object": THIS})
    assert Verdict.CONTRADICTED in [its.verdict for _, its in judged(LOST, (order,), turned)]
    cars = Claim(kind=F.COUNTS, subject=None, value="car", amount=2)
    counts = {"kind": "counts", "subject": None, "value": "cars"}
    assert is_published(judged(LOST, (cars,), again({**counts, "amount": 2})))
    assert not is_published(judged(LOST, (cars,), again({**counts, "amount": 3})))
    none = Claim(kind=F.COUNTS, subject=None, value="dog", amount=0)
    assert is_published(judged(LOST, (none,), again({**counts, "value": "dog", "negated": True})))


@pytest.mark.parametrize(
    "claim",
    [
        {"kind": "moves", "value": "sideways"},
        {"kind": "lies", "value": "above", "object": "the person", "amount": 2},
        {"kind": "stops", "object": "the person"},
        {"kind": "moves", "subject": None},
        {"kind": "moves", "subject": "it"},
        {"kind": "before", "value": "stops_turns"},
        {"kind": "before", "value": None, "object": THIS},
        {"kind": "counts", "value": "car", "amount": 2, "negated": True},
        {"kind": "counts", "value": "unicorns", "amount": 2},
    ],
)
def test_a_claim_that_is_none_of_the_vocabulary_is_not_clear_and_says_nothing_against_the_text(claim):
    second = again(MOVES, claim)
    assert second.lost and len(second.said) == 1 and not second.orders
    assert is_published(judged("The car on the left moves to the right.", (GOES,), second))
    assert not is_published(judged(LOST, (GOES,), second))


def test_words_mean_whom_the_reader_takes_them_for():
    def subjects(words: str) -> set[int]:
        return set(again({"kind": "moves", "subject": words}).said[0].subjects)

    assert subjects("the car on the left") == {LEFT} and subjects("the car") == {LEFT, RIGHT}
    assert subjects("the man") == {WALKER} and subjects("the car and the person") == {LEFT, RIGHT, WALKER}
    assert subjects("the dog") == set(), "which is not there"
    assert again({"kind": "moves", "subject": "both cars"}).said[0].each
    assert again({"kind": "moves", "subject": "no car"}).said[0].denied
    mutual = again({"kind": "approaches", "subject": "the cars"}).said[0]
    assert mutual.objects == {LEFT, RIGHT} and not mutual.each


def question(text: str, answer: str, *others: str, declared: tuple[Claim, ...]) -> Question:
    return Question(
        type=QuestionType.MOTION_RECOGNITION, text=text, options=(answer, *others), answer="A", evidence=(LEFT,),
        claims=declared,
    )  # fmt: skip


def test_of_a_question_the_right_answer_is_read_twice():
    others = ("The car on the right", "The person", "A bird")
    asked = question("Which is livelier?", "The car on the left", *others, declared=(GOES, STOPS))
    assert not is_published(claims.of_question(asked, CAST))
    found = claims.of_question(asked, CAST, again(MOVES))
    assert is_published(found) and verdicts(found)["stops"] == Verdict.SUPPORTED, "a question may leave some to proof"
    assert not is_published(claims.of_question(asked, CAST, again({**MOVES, "value": "up"})))
    assert not is_published(claims.of_question(asked, CAST, again()))


def test_another_option_that_is_right_is_found_by_the_reader_as_before():
    ways = ("It turns left.", "It moves right.", "It moves up.", "It moves down.")
    asked = question("What does the car on the left do?", *ways, declared=(Claim(kind=F.TURNS, subject=LEFT),))
    for second in (None, again({"kind": "turns", "value": "left"})):
        reasons = [its.reason for _, its in claims.of_question(asked, CAST, second)]
        assert any(reason.startswith("option B is right as well as A") for reason in reasons), reasons


def test_without_a_second_reading_no_verdict_is_another():
    """Of every text of the corpus: what the reader alone finds, and at most one row on what is lost, or on nothing."""
    texts = 0
    for scene, text, declared in corpus():
        cast, sentence = _cast(scene), Sentence(text=text, claims=declared)
        found = claims.of_sentences([sentence], cast)[0]
        assert found == claims.of_sentences([sentence], cast, [None])[0]
        by_reader = claims.verdicts(declared, read(text, cast), cast)
        besides = [its.verdict for _, its in found[len(by_reader) :]]
        assert found[: len(by_reader)] == by_reader
        assert besides in ([], [Verdict.NOT_UNDERSTOOD], [Verdict.NOT_CHECKABLE])
        texts += 1
    assert texts > 400


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": "lies", "value": None},
        {"kind": "lies", "negated": True},
        {"kind": "becomes"},
        {"kind": "counts", "subject": None, "value": "nothing"},
        {"kind": "counts", "subject": "nobody"},
    ],
    ids=str,
)
def test_a_claim_that_names_too_little_is_not_clear(odd):
    second = again(odd)
    assert second.lost and not second.said
    assert is_published(judged("The car on the left moves to the right.", (GOES,), second))


def test_a_claim_of_one_does_not_cover_what_is_said_of_both():
    assert not is_published(judged("Both cars move to the right.", (GOES,), None))


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("The person jumps five times.", Claim(kind=F.JUMPS, subject=WALKER)),
        ("The car on the right stays still for nine seconds.", Claim(kind=F.STATIONARY, subject=RIGHT)),
        ("The car on the left moves to the left.", Claim(kind=F.MOVES, subject=LEFT)),
    ],
)
def test_a_number_or_value_that_the_claims_leave_out_is_the_readers(text, declared):
    who = {LEFT: THIS, RIGHT: "the car on the right", WALKER: "the person"}[declared.subject]
    assert not is_published(judged(text, (declared,), again({"kind": declared.kind.value, "subject": who})))


@pytest.mark.parametrize(("text", "true"), [("The car on the left turns right.", False), (f"{THIS} turns left.", True)])
def test_a_place_before_the_verb_is_no_turn(text, true):
    assert is_published(judged(text.capitalize(), (), None)) == true
