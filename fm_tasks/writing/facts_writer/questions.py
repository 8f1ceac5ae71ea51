"""The questions: five types, each with one option that is right and three that are wrong for sure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import chain, repeat, zip_longest

from fm_tasks.english.words import capital, normalised
from fm_tasks.model import QUESTIONS_PER_CLIP, Question, QuestionType
from fm_tasks.writing.facts_writer import of_one, of_several
from fm_tasks.writing.facts_writer.drafts import Draft, Form
from fm_tasks.writing.facts_writer.fact_index import claim
from fm_tasks.writing.facts_writer.names import declared
from fm_tasks.writing.facts_writer.story import Story

AIM, ENOUGH = 10, QUESTIONS_PER_CLIP[0]
"""How many questions a clip is given where its facts allow, and from how many on it does without the plain ones."""
TURNS = tuple(
    QuestionType(name)
    for name in (
        *("motion_recognition", "location_related_motion", "action_order", "motion_related_object"),
        *("repetition_count", "motion_recognition", "location_related_motion", "motion_recognition"),
        *("action_order", "location_related_motion"),
    )
)
"""Whose turn it is, over and over: near the shares of arXiv 2512.10927, figure 4."""

ASK: dict[QuestionType, Sequence[Form]] = {
    QuestionType.MOTION_RECOGNITION: (
        *(of_one.ask_direction, of_one.ask_manner, of_one.ask_speed, of_one.ask_behaviour, of_one.ask_turn),
        *(of_one.ask_pace, of_one.ask_size, of_several.ask_passing, of_several.ask_distance, of_several.ask_seen),
        of_one.ask_limb,
    ),
    QuestionType.ACTION_ORDER: (of_several.ask_order, of_one.ask_legs, of_one.ask_pauses, of_one.ask_when),
    QuestionType.MOTION_RELATED_OBJECT: (of_several.ask_who, of_several.ask_each, of_several.ask_hand_over),
    QuestionType.LOCATION_RELATED_MOTION: (
        *(of_one.ask_edges, of_one.ask_place, of_one.ask_journey, of_one.ask_view, of_several.ask_side),
    ),
    QuestionType.REPETITION_COUNT: (of_one.ask_times, of_one.ask_count, of_one.ask_rate),
}
"""What asks each type of question: its forms."""


def questions_on(story: Story) -> tuple[Question, ...]:
    """Up to ten questions with different texts, the types in turn; plain ones where six are not found else."""
    drafts = {type: [[*form(story)] for form in story.rng.sample(forms, len(forms))] for type, forms in ASK.items()}
    lively, plain = ({type: _pool(story, type, of, plain) for type, of in drafts.items()} for plain in (False, True))
    found: dict[str, Question] = {}
    for pools, most in ((lively, AIM), (plain, ENOUGH)):
        asked = {question.type for question in found.values()}
        for type in chain.from_iterable(repeat(sorted(TURNS, key=asked.__contains__))):
            if len(found) >= most or not any(pools.values()):
                break
            if pools[type]:
                question = pools[type].popleft()
                found.setdefault(normalised(question.text), question)
    return tuple(found.values())


def _pool(story: Story, type: QuestionType, drafts: Sequence[Sequence[Draft]], plain: bool) -> deque[Question]:
    """Every question of a type, plain or not, in a random order; its forms, of which each has its drafts, alternate."""
    asked = []
    for of_form in drafts:
        chosen = [draft for draft in of_form if draft.plain == plain]
        asked.append([_question(story, type, draft) for draft in story.rng.sample(chosen, len(chosen))])
    return deque(filter(None, chain.from_iterable(zip_longest(*asked))))


def _question(story: Story, type: QuestionType, draft: Draft) -> Question | None:
    """The draft with its options shuffled; None where fewer than four differ."""
    different: dict[str, str] = {}
    for option in filter(None, (draft.right, *draft.wrong)):
        different.setdefault(normalised(option), capital(option))
    options = list(different.values())[:4]
    if len(options) < 4:
        return None
    story.rng.shuffle(options)
    first, second, third, fourth = options
    tracks = (track for fact in draft.facts for track in (fact.subject, fact.object) if track is not None)
    return Question(
        type=type,
        text=capital(draft.text) + "?",
        options=(first, second, third, fourth),
        answer="ABCD"[options.index(capital(draft.right))],
        evidence=tuple(dict.fromkeys(tracks)),
        claims=declared(draft.names, *(claim(fact, draft.amount) for fact in draft.facts)),
    )
