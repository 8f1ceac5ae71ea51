"""The ``openai`` writer: captions and questions by a language model behind the OpenAI API, from facts and frames.

The answer of a model is checked here for its form alone; ``verify`` finds out whether it is true. A sentence or
question that breaks a rule of the prompt is dropped, with the reason.

File names, object keys and names of sources never reach a prompt. Labels, and what is written in the pictures, do so as
data: an answer is JSON of a fixed schema, of which only sentences, options and claims are taken.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, WithJsonSchema, create_model

from fm_tasks import llm, video
from fm_tasks.english.words import FORBIDDEN, normalised
from fm_tasks.llm import Endpoint, Problem, parsed, prompt
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.llm.frames import pictures
from fm_tasks.model import (
    FIRST_OBJECT,
    QUESTIONS_PER_CLIP,
    Caption,
    Claim,
    ClipFile,
    Dimension,
    Document,
    Doubt,
    Dropped,
    FactKind,
    MotionFacts,
    Question,
    QuestionType,
    Sentence,
    Trajectories,
    Writer,
)
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.writing import Text, Written

AIMED = {
    QuestionType.MOTION_RECOGNITION: 3,
    QuestionType.LOCATION_RELATED_MOTION: 3,
    QuestionType.ACTION_ORDER: 2,
    QuestionType.MOTION_RELATED_OBJECT: 1,
    QuestionType.REPETITION_COUNT: 1,
}
"""Of ten questions; the paper has 34.9, 25.0, 18.2, 11.6 and 10.3 of a hundred (arXiv 2512.10927, figure 4)."""
MIN_QUESTIONS, MAX_QUESTIONS = QUESTIONS_PER_CLIP
"""Questions of a clip."""
MAX_CHARACTERS, MAX_CHARACTERS_ASKED = 200, 120
"""Characters of a sentence, and those that a model can put into a question or option."""
MAX_CLAIMS, MAX_EVIDENCE = 6, 8
"""Of a sentence or question."""
MAX_SECONDS = 3600.0
"""Latest moment of which a model may speak."""
TOKENS_IN, TOKENS_OUT = 2500, {"caption": 1500, "ask": 1700}
"""Of one call without its pictures, about a clip of two or three objects; what calls turn out to cost corrects it."""
UNFIT = {
    "has characters that do not print": re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]"),
    f"has more than {MAX_CHARACTERS} characters": re.compile(rf".{{{MAX_CHARACTERS + 1}}}", re.DOTALL),
    "is empty": re.compile(r"\A\W*\Z"),
}
"""What is wrong with any text in which the pattern is found."""
FAULTS = {
    "names a metric unit, a box or an id": re.compile(FORBIDDEN.replace(r"\y", r"\b")),
    "speaks of what is drawn over the frames": re.compile(
        r"\b(bounding|bbox|overlay|annotat\w+|outlined?|highlighted|labell?ed"
        r"|(red|orange|yellow|green|cyan|blue|purple|magenta|pink|colou?red) (box|rectangle|line|trail|border))\b",
        re.IGNORECASE,
    ),
    **UNFIT,
}
"""What is wrong with a text that may be published, in which the pattern is found."""
SHOWN = {
    "none": "There are no pictures.",
    "clean": "Its frames are below, each with its time.",
    "overlay": "Its frames are below, each with its time; what was followed is outlined, with label and id.",
    "both": "Its frames are below, each with its time: plain, then with what was followed outlined, with label and id.",
}
REPEATED = (FactKind.OSCILLATES, FactKind.CIRCLES, FactKind.TREMBLES)
"""What has a number of times."""
CATCH_ALL = re.compile(r"\b(all|none|both|neither) of (the above|these|them)\b", re.IGNORECASE)


class ModelOptions(Document):
    """What a model is asked with: everything that changes its answer, beside the facts and the seed."""

    model: str
    prompt: str
    """The digest of the prompt's files and of the form of the answer."""
    clip: ClipFile
    tracks_key: str
    frames: Literal["overlay", "clean", "both", "none"]
    fps: float = 2.0
    side: int = 512
    """Pixels of the longer side of a frame."""
    max_tokens: int = 8000


def words(most: int) -> type:
    """A text. Where the form is enforced, a model that repeats itself comes to an end after so many characters; where
    not, one text that is too long is dropped, and not the answer."""
    return Annotated[str, WithJsonSchema({"type": "string", "pattern": rf'^[^\\"\n]{{1,{most}}}$'})]


Asking = words(MAX_CHARACTERS_ASKED)
Claims = Annotated[list[Claim], Field(max_length=MAX_CLAIMS)]


class SentenceSaid(Document):
    """The form of a sentence."""

    text: words(MAX_CHARACTERS)
    claims: Claims


class DoubtSaid(Document):
    """The form of a doubt."""

    subject: int
    seconds: float = Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)
    text: words(MAX_CHARACTERS)


CaptionSaid = create_model(
    "CaptionSaid",
    __base__=Document,
    __doc__="The form of a caption: a scene, a paragraph, a list of sentences for each dimension, and doubts.",
    scene=(SentenceSaid, ...),
    paragraph=(list[SentenceSaid], Field(max_length=6)),
    **{d.value: (list[SentenceSaid], Field(max_length=4)) for d in Dimension},
    doubts=(list[DoubtSaid], Field(max_length=8)),
)


class QuestionSaid(Document):
    """The form of a question."""

    category: QuestionType
    question: Asking
    answer: Asking
    distractors: list[Asking] = Field(min_length=3, max_length=3)
    evidence: list[int] = Field(max_length=MAX_EVIDENCE)
    claims: Claims


class QuestionsSaid(Document):
    """The form of all questions of a clip."""

    questions: list[QuestionSaid] = Field(min_length=MIN_QUESTIONS, max_length=MAX_QUESTIONS)


FORMS: Mapping[str, type[BaseModel]] = {"caption": CaptionSaid, "ask": QuestionsSaid}


@cache
def instructions(step: str) -> str:
    """What the model is told to do: the system's message."""
    aimed = ", ".join(f"{n} of `{type}`" for type, n in AIMED.items())
    return prompt(
        step,
        **{"fewest": MIN_QUESTIONS, "most": MAX_QUESTIONS, "aim": sum(AIMED.values()), "aimed": aimed},
        categories=", ".join(f"`{type}`" for type in QuestionType),
    )


@cache
def prompt_digest(step: str) -> str:
    """Of everything that the model is told, whatever the clip, and of the form of its answer."""
    return llm.prompt_digest(instructions(step), "evidence", FORMS[step])


def options_for(step: str, clip: ClipFile, tracks_key: str, source: Source) -> ModelOptions | None:
    """With what a model is asked about a clip of ``source``, None where no model writes for it."""
    if source.writer != "openai":
        return None
    told = {"model": source.model, "prompt": prompt_digest(step), "frames": source.frames}
    return ModelOptions(clip=clip, tracks_key=tracks_key, **told)


def writer_of(asked: ModelOptions) -> Writer:
    """Who writes where this is asked."""
    return Writer(name="openai", version=f"{asked.model}, prompt {asked.prompt[:8]}")


def cost(step: str, asked: ModelOptions, budget: Budget) -> Cost:
    """What asking once may cost. Raises ``BadConfig`` for a model without a price."""
    price = budget.price_of(asked.model)
    shown = len(sampled(asked)) * (2 if asked.frames == "both" else 1)
    return Cost(asked.model, price.of(TOKENS_IN + shown * price.picture, TOKENS_OUT[step]))


def evidence(found: MotionFacts, asked: ModelOptions) -> str:
    """What the model is told of a clip: the user's message, but for the pictures."""
    times = asked.clip.times_us
    seconds = [round((us - times[0]) / 1e6, 2) for us in times]
    facts = [
        {
            **fact.model_dump(mode="json", include={"kind", "subject", "object", "value"}),
            "amount": None if fact.amount is None else round(fact.amount, 3),
            "from": seconds[fact.start],
            "to": seconds[fact.end],
        }
        for fact in found.facts
    ]
    spoken_of = {track for fact in found.facts for track in (fact.subject, fact.object)}
    objects = [{"id": id, "label": label} for id, label in sorted(found.labels.items()) if id in spoken_of]
    lines = [
        f'"seconds": {round(found.seconds, 2)}',
        f'"complete": {json.dumps(found.complete)}',
        f'"objects": {json.dumps(objects, ensure_ascii=False)}',
        '"facts": [\n' + ",\n".join(json.dumps(fact, ensure_ascii=False) for fact in facts) + "\n]",
    ]
    return prompt(
        "evidence", seconds=round(found.seconds, 2), pictures=SHOWN[asked.frames], facts="{" + ",\n".join(lines) + "}"
    )


def sampled(asked: ModelOptions) -> list[int]:
    """The frames that the model sees."""
    return [] if asked.frames == "none" else video.sample(asked.clip.times_us, asked.fps)


class OpenAIWriter:
    """Asks about one clip. ``scratch`` is a folder for its file, which is fetched only if something must be asked."""

    def __init__(self, asked: ModelOptions, found: MotionFacts, server: Endpoint, objects: Objects, scratch: Path):
        self._asked, self._found = asked, found
        self._server, self._objects, self._scratch = server, objects, scratch

    def caption(self, seed: int) -> Written[Caption]:
        """The caption. Raises ``Unusable`` where the model gives none."""
        return self._written("caption", seed, self._read_caption)

    def questions(self, seed: int) -> Written[tuple[Question, ...]]:
        """The questions, their options shuffled by ``seed``. Raises ``Unusable`` where the model gives too few."""
        return self._written("ask", seed, lambda text: self._read_questions(text, random.Random(seed)))

    def _written(self, step: str, seed: int, read: Callable[[str], tuple[Text, list[Dropped]]]) -> Written[Text]:
        asked = self._asked
        shown = {"clip": asked.clip.sha256, "tracks": asked.tracks_key, "frames": asked.frames, "side": asked.side}
        inquiry = llm.Inquiry(
            step=step,
            model=asked.model,
            prompt=asked.prompt,
            max_tokens=asked.max_tokens,
            form=FORMS[step],
            instructions=instructions(step),
            template="evidence",
            told=evidence(self._found, asked),
            shown=(shown, sampled(asked)),
            pictures=self._pictures,
        )
        (text, dropped), calls = llm.inquire(self._server, self._objects, inquiry, read, seed)
        return Written(writer_of(asked), text, tuple(dropped), calls)

    def _read_caption(self, text: str) -> tuple[Caption, list[Dropped]]:
        said, dropped, seen = parsed(CaptionSaid, text), [], set()

        def kept(sentences: list[SentenceSaid]) -> tuple[Sentence, ...]:
            good = []
            for sentence in sentences:
                reason = self._fault(sentence.text) or ("is said twice" if sentence.text in seen else None)
                seen.add(sentence.text)
                if reason:
                    dropped.append(Dropped(text=sentence.text, reason=reason))
                else:
                    good.append(Sentence(text=sentence.text, claims=tuple(sentence.claims)))
            return tuple(good)

        scene, paragraph = kept([said.scene]), kept(said.paragraph)
        along = {dimension: good for dimension in Dimension if (good := kept(getattr(said, dimension)))}
        if not scene or not along:
            raise Problem(f"nothing usable is left of {'the dimensions' if scene else 'scene'}: {_told(dropped)}")
        whole = paragraph if len(paragraph) == len(said.paragraph) else ()
        doubts = []
        for doubt in said.doubts:
            if reason := self._unfounded(doubt):
                dropped.append(Dropped(text=doubt.text, reason=reason))
            else:
                doubts.append(Doubt(subject=doubt.subject, seconds=doubt.seconds, text=doubt.text))
        return Caption(scene=scene[0], paragraph=whole, dimensions=along, doubts=tuple(doubts)), dropped

    def _unfounded(self, doubt: DoubtSaid) -> str | None:
        """Why a doubt is none."""
        if self._asked.frames == "none":
            return "doubts what was measured, and saw no pictures"
        if doubt.subject not in self._found.labels:
            return "doubts an object that is not there"
        return next((fault for fault, pattern in UNFIT.items() if pattern.search(doubt.text)), None)

    def _read_questions(self, text: str, rng: random.Random) -> tuple[tuple[Question, ...], list[Dropped]]:
        found: dict[str, Question] = {}
        dropped = []
        for said in parsed(QuestionsSaid, text).questions:
            same = normalised(said.question)
            reason = "is asked twice" if same in found else self._question_fault(said)
            if reason:
                dropped.append(Dropped(text=said.question, reason=reason))
                continue
            options = [said.answer, *said.distractors]
            rng.shuffle(options)
            found[same] = Question(
                type=said.category,
                text=said.question,
                options=tuple(options),
                answer="ABCD"[options.index(said.answer)],
                evidence=tuple(dict.fromkeys(said.evidence)),
                claims=tuple(said.claims),
            )
        if len(found) < MIN_QUESTIONS:
            raise Problem(
                f"only {len(found)} of its questions can be used, {MIN_QUESTIONS} are needed: {_told(dropped)}"
            )
        return tuple(found.values()), dropped

    def _question_fault(self, said: QuestionSaid) -> str | None:
        options = [said.answer, *said.distractors]
        for words in (said.question, *options):
            if fault := self._fault(words):
                return fault
        if len({*map(normalised, options)}) < len(options):
            return "has two options that are the same"
        if any(map(CATCH_ALL.search, options)):
            return "has an option that speaks of the others"
        if unknown := set(said.evidence) - self._found.labels.keys():
            return f"names evidence that is not there: {sorted(unknown)}"
        repeats = any(fact.kind in REPEATED for fact in self._found.facts)
        if said.category == QuestionType.REPETITION_COUNT and not repeats:
            return "asks how often, and nothing repeats"
        return None

    def _fault(self, text: str) -> str | None:
        """What is wrong with the words of a sentence, question or option."""
        for fault, pattern in FAULTS.items():
            if pattern.search(text):
                return fault
        called = "|".join(map(re.escape, sorted({"id", "object", *self._found.labels.values()})))
        known = "|".join(str(id) for id in self._found.labels if id >= FIRST_OBJECT)
        if re.search(rf"\b({called})[ _#]*\d+\b" + (rf"|\b({known})\b" if known else ""), text, re.IGNORECASE):
            return "names an object by its id"
        return None

    def _pictures(self) -> list[dict]:
        asked, drawn = self._asked, []
        if asked.frames in ("clean", "both"):
            drawn.append(None)
        if asked.frames in ("overlay", "both"):
            drawn.append(Trajectories.model_validate(self._objects.result("track", asked.tracks_key)))
        return pictures(asked.clip, sampled(asked), asked.side, drawn, self._objects, self._scratch)


def _told(dropped: list[Dropped]) -> str:
    return "; ".join(f"{one.text[:80]!r} {one.reason}" for one in dropped[:10])
