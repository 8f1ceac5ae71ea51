"""Questions that cannot be guessed: how far options, letters and lengths give the answer away, and how they are judged.

The `facts` writer asks of 400 clips with one to five movers each, made by formula (they go straight, stop and go, turn,
swing, rest), and of the scenes of `choreography`, each staged by twenty seeds. A naive Bayes over the words of question
and option learns from one half of the clips which option is right and guesses in the other half (`guessed`, and of the
scenes `guessed_staged`); it has never seen a clip. Chance is 0.25. A scene has one plot by every seed: what moves in it
has one pace, and its end is known from its beginning, so who knows all plots guesses more.

What asks again what was asked is sought among the questions on the scenes, each by six seeds, as one corpus: `reworded`
ask what another of their clip asks, which none should; `too_often` were asked so often that they are dropped. `nearest`
are the two questions on one clip, of any, that have one answer and most words in common.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

import numpy as np

from benchmarks import Ratio, choreography, main, timed
from fm_tasks import motion
from fm_tasks.checking import Cast, claims, repeats
from fm_tasks.model import Fact, MotionFacts, Question, Track, Trajectories, Verdict
from fm_tasks.synthetic import scenes
from fm_tasks.writing.facts_writer import FactsWriter

CLIPS, SECONDS, RATE = 400, 8, 15
CASTINGS = 20
"""How often each scene is staged for the guesser."""
SEEDS = range(6)
SIZE = (1280, 720)
LABELS = ("person", "car", "dog", "ball", "object", "bicycle")


def clip(rng: np.random.Generator) -> Trajectories:
    """One to five movers, in a clip of 8 s."""
    t = np.arange(SECONDS * RATE) / RATE
    tracks = [track for n in range(rng.integers(1, 6)) if (track := _mover(1000 + n, t, rng))]
    return Trajectories(
        width=SIZE[0], height=SIZE[1], times_us=tuple((t * 1e6).round().astype(int).tolist()), tracks=tuple(tracks)
    )


def _mover(track: int, t: np.ndarray, rng: np.random.Generator) -> Track | None:
    """A box that takes one of six kinds of path; None where it is hardly in the frame."""
    start, way = rng.uniform(0.1, 0.9, 2), rng.normal(0, 1, 2)
    step = way / np.hypot(*way) * rng.uniform(0.05, 0.25)
    begin, end = np.sort(rng.uniform(0, t[-1], 2))
    match rng.integers(6):
        case 0:
            path = start + np.outer(t - t[-1] / 2, step)
        case 1:
            path = start + np.outer(np.clip(t, begin, end) - begin, step)
        case 2:
            path = start + np.outer(np.minimum(t, begin) + np.maximum(t - end, 0), step)
        case 3:
            turned = step[::-1] * rng.permutation([1, -1])
            path = start + np.outer(np.minimum(t, begin), step) + np.outer(np.maximum(t - begin, 0), turned)
        case 4:
            axis = rng.permutation([0.15, 0.0])
            path = start + np.outer(np.sin(2 * np.pi * t * rng.uniform(0.3, 0.8)), axis)
        case _:
            path = np.tile(start, (len(t), 1))
    half = np.array([rng.uniform(0.02, 0.06)] * 2)
    boxes = np.clip(np.hstack([path - half, path + half]), 0, 1)
    seen = np.flatnonzero(((boxes[:, 2:] - boxes[:, :2]) > 0.02).all(axis=1))
    if len(seen) < 2 * RATE:
        return None
    boxes = boxes[seen[0] : seen[-1] + 1]
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 0.001)
    rows = range(seen[0], seen[-1] + 1)
    label = str(rng.choice(LABELS))
    return Track(id=track, label=label, seen=tuple(rows), sides=boxes.T.tolist(), scores=(1.0,) * len(rows))


@dataclass(frozen=True)
class Clip:
    """What the writer knows of a clip of ``seconds``, and what it asks of it."""

    facts: Sequence[Fact]
    labels: dict[int, str]
    seconds: float
    seed: int

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The writer's, as ``seed`` has them."""
        return FactsWriter().questions(
            MotionFacts(facts=self.facts, labels=self.labels, seconds=self.seconds), random.Random(self.seed)
        )


def random_clips() -> list[Clip]:
    """Those made by formula, in which anything is seen."""
    rng = np.random.default_rng(1)
    made = (trajectories for _ in range(CLIPS) if (trajectories := clip(rng)).tracks)
    return [Clip(motion.facts(one), {t.id: t.label for t in one.tracks}, SECONDS, n) for n, one in enumerate(made)]


def staged_clips(seeds: Iterable[int]) -> list[Clip]:
    """Each scene by each seed; what is no hand is called something else each time, as scenes have but three nouns."""
    clips = []
    for seed, name in product(seeds, choreography.SCENES):
        scene = choreography.scene(name, seed)
        known = scenes.truth(scene)
        nouns = sorted({track.label for track in known.tracks} - {"hand"})
        called = dict(zip(nouns, random.Random(f"{name} {seed}").sample(LABELS, len(nouns)), strict=True))
        tracks = tuple(t.model_copy(update={"label": called.get(t.label, t.label)}) for t in known.tracks)
        facts = motion.facts(known.model_copy(update={"tracks": tracks}))
        clips.append(Clip(facts, {track.id: track.label for track in tracks}, scene.seconds, seed))
    return clips


# --- the guesser ------------------------------------------------------------------------------------------------------


def features(question: Question, option: str) -> Iterator[str]:
    """Words of the option, the whole option, and both beside the question with its objects left out."""
    form = re.sub(
        r"\bthe .*?(?= (?:move|turn|first|last|enter|go|behave|leave|in view|start|stop)|$)", "", question.text
    )
    words = re.findall(r"[a-z]+", option.lower())
    yield from (*words, option, f"{form}|{option}", *(f"{form}|{word}" for word in words), f"{form}|{len(words)}")


class NaiveBayes:
    """Scores an option by how much more often its features were those of right options than of wrong ones."""

    def __init__(self, questions: Sequence[Question]):
        self.right, self.wrong = Counter(), Counter()
        for question in questions:
            for letter, option in zip("ABCD", question.options, strict=True):
                (self.right if letter == question.answer else self.wrong).update(set(features(question, option)))

    def guess(self, question: Question) -> str:
        """The letter of the likeliest option."""
        odds = [
            sum(np.log((self.right[one] + 1) / (self.wrong[one] / 3 + 1)) for one in set(features(question, option)))
            for option in question.options
        ]
        return "ABCD"[int(np.argmax(odds))]


def measure() -> list[Ratio]:
    """Every ratio."""
    drawn, staged = random_clips(), staged_clips(range(CASTINGS))
    clips = [*drawn, *staged]
    with timed(f"questions on {len(clips)} clips"):
        every = [question for one in clips for question in one.questions]
    plots = len(choreography.SCENES) * CASTINGS // 2
    guesser = NaiveBayes([question for one in (*drawn[::2], *staged[:plots]) for question in one.questions])
    unknown = {"drawn": drawn[1::2], "staged": staged[plots:]}
    guessed = {
        name: [(q, guesser.guess(q) == q.answer) for one in part for q in one.questions]
        for name, part in unknown.items()
    }
    for kind, number in Counter(q.type.value for q in every).most_common():
        shares = [np.mean([right for q, right in part if q.type == kind]) for part in guessed.values()]
        print(f"{kind:26} {number / len(every):5.1%} of all, guessed {shares[0]:5.1%}, of scenes {shares[1]:5.1%}")
    with timed(f"verdicts on {len(every)} questions"):
        judged = [
            finding
            for cast, one in ((Cast(one.facts, one.labels), one) for one in clips)
            for question in one.questions
            for _, finding in claims.of_question(question, cast)
        ]
    moving = [one for one in clips if any(fact.kind == "speed" for fact in one.facts)]
    right = [q.options["ABCD".index(q.answer)] for q in every]
    longest = [len(one) == max(map(len, q.options)) for one, q in zip(right, every, strict=True)]
    ties = [sum(len(o) == max(map(len, q.options)) for o in q.options) / 4 for q in every]
    letters = Counter(q.answer for q in every)
    enough = [6 <= len(one.questions) <= 14 for one in moving]
    kept = [finding.verdict != Verdict.CONTRADICTED for finding in judged]
    return [
        *(
            Ratio(name, float(np.mean([right for _, right in part])), target, f"{len(part)} questions")
            for name, target, part in zip(
                ("guessed", "guessed_staged"), ("<= 0.33", "<= 0.55"), guessed.values(), strict=True
            )
        ),
        Ratio("longest_right", float(np.mean(longest) / np.mean(ties)), "<= 1.15", "the share of longest options"),
        Ratio("commonest_letter", max(letters.values()) / len(every), "<= 0.27", "all questions"),
        Ratio("enough_questions", float(np.mean(enough)), ">= 0.95", "clips that move"),
        Ratio("kept", float(np.mean(kept)), ">= 0.98", "claims of the writer's questions"),
        *_repeated(drawn),
    ]


# --- what is asked again ----------------------------------------------------------------------------------------------


def _repeated(others: Sequence[Clip]) -> Iterator[Ratio]:
    """Of the scenes; the nearest two questions also of ``others``."""
    corpus, asked = Counter(), []
    for seed, name in product(SEEDS, choreography.SCENES):
        scene = choreography.scene(name, seed)
        known = scenes.truth(scene)
        labels = {track.id: track.label for track in known.tracks}
        asked.append(Clip(motion.facts(known), labels, scene.seconds, seed).questions)
        corpus.update(repeats.meaning(question, labels) for question in asked[-1])
    number, what = corpus.total(), f"questions on {len(asked)} scenes"
    print(f"{number} questions with {len(corpus)} meanings, the commonest {corpus.most_common(1)[0][1]} times")
    dropped = {
        most: sum(max(n - most, 0) for n in corpus.values()) / number
        for most in (5, 10, repeats.MAX_QUESTIONS_PER_MEANING)
    }
    print("dropped if kept", ", ".join(f"{most} times: {share:.1%}" for most, share in dropped.items()))
    yield Ratio("reworded", sum(map(len, map(repeats.reworded, asked))) / number, "<= 0", what)
    everything = [*asked, *(one.questions for one in others)]
    senses = [[repeats.Sense.of(question) for question in questions] for questions in everything]
    pairs = (pair for of_clip in senses for pair in combinations(of_clip, 2) if pair[0].like(pair[1]))
    nearest = max(one.overlap(other) for one, other in pairs)
    yield Ratio("nearest", nearest, f"<= {repeats.MIN_OVERLAP - 0.01:.2f}", "words that two statements share")
    yield Ratio("too_often", dropped[repeats.MAX_QUESTIONS_PER_MEANING], None, what)


if __name__ == "__main__":
    main(measure, "How guessable the writer's questions are, and what is kept of them.")
