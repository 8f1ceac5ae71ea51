"""Truth of the picture: what the product says of real films, against what careful eyes saw in them.

`--labels` names a folder of films labelled by eye, with the labels in `clips/` and the scorer `score.py` beside them,
`--videos` the folder of the films; without them nothing is measured. Each film goes through the steps of the profile
`cpu` and the writer `facts`: it is cut, tracked, its facts are found, caption and questions written and checked, and
what is contradicted is dropped, as the gate does.

A statement is false where one of its claims is false of the film, or where it calls a thing by a name that is not its
own. `true_of_motion` are true statements that claim more than places, numbers and rest. What abstaining costs stands
beside it: of the facts of one track that follow from the boxes, how many are true, and how many of the true and of the
false ones the picture bears out.
"""

from __future__ import annotations

import hashlib
import importlib.util
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks import Ratio, main
from fm_tasks import motion, video
from fm_tasks.backends import backend
from fm_tasks.checking import Cast, claims
from fm_tasks.errors import Rejected
from fm_tasks.model import UNNAMED, ClipFile, MotionFacts, Trajectories, Verdict
from fm_tasks.motion.alone import ALONE
from fm_tasks.motion.kinematics import motion_of
from fm_tasks.motion.picture import Picture
from fm_tasks.motion.witness import borne_out
from fm_tasks.steps import cut
from fm_tasks.tracking.profiles import PROFILES, followed
from fm_tasks.video.spans import spans_of
from fm_tasks.writing.facts_writer import FactsWriter

STAGES = {
    "cut": "to survey and cut it",
    "track": "to follow what moves in its clips and look at the pictures again",
    "tell": "to find facts, write and check",
}
"""What the cost is told of, on one core."""
NOISES = (0.0, 2.0, 4.0, 8.0, 16.0)
"""By how many times the noise of its boxes a motion exceeds it, for the curve of precision against recall."""


def measure(labels: Path | None, videos: Path | None) -> list[Ratio]:
    """The shares of false statements, what is told and found, by cause and by kind; and the curves."""
    if labels is None or videos is None:
        print("truth: no --labels and --videos, nothing is measured")
        return []
    scorer = _scorer(labels)
    known = scorer.truths(labels / "clips")
    spent: Counter[str] = Counter()
    seconds, clips, tracked = 0.0, [], []
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        for path in sorted(path for path in videos.rglob("*") if path.stem in known and path.is_file()):
            for clip, trajectories in annotated(path, Path(folder), spent):
                tracked.append((path, trajectories))
                with timed("tell", spent):
                    clips.append(published(scorer, path, clip, trajectories))
                seconds += clips[-1].last - clips[-1].first
    total = Counter(scorer.score(clips, known))
    _by_kind(scorer, clips, known)
    against = f"of {len(clips)} clips; chosen on these films too"
    return [
        _share("sentences_false", total["sentence false"], total["sentence false"] + total["sentence true"], "<= 0.06"),
        _share("questions_false", total["question false"], total["question false"] + total["question true"], "<= 0.06"),
        Ratio("sentences_of_motion", total["sentence true of motion"], ">= 55", f"true ones {against}"),
        Ratio("questions_of_motion", total["question true of motion"], ">= 48", f"true ones {against}"),
        _share("main_motions_told", total["main found"], total["main"], ">= 0.5"),
        _share("things_found", total["things found"], total["things"], ">= 0.67"),
        Ratio("tracks_named_rightly", total["named right"], ">= 30", f"of {total['named']} named"),
        Ratio("tracks_on_nothing", total["tracks on nothing"], "<= 0", f"of {total['tracks']}"),
        *_curve(scorer, known, tracked),
        *(
            Ratio(f"cost_{name}", spent[name] / max(seconds, 1e-9), None, f"processor seconds a second of film, {what}")
            for name, what in STAGES.items()
        ),
    ]


def _share(name: str, part: int, whole: int, target: str) -> Ratio:
    return Ratio(name, part / max(whole, 1), target, f"{part} of {whole}")


def _scorer(labels: Path) -> ModuleType:
    """The scorer that lies beside the labels."""
    spec = importlib.util.spec_from_file_location("labelled_films", labels / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"truth: there is no scorer at {labels / 'score.py'}")
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def timed(stage: str, spent: Counter[str]) -> Iterator[None]:
    """Add the processor time of what is done within."""
    began = time.process_time()
    try:
        yield
    finally:
        spent[stage] += time.process_time() - began


def annotated(path: Path, folder: Path, spent: Counter[str]) -> Iterator[tuple[ClipFile, Trajectories]]:
    """Each clip of a film that is kept and in which something can be followed, with its tracks; what a stage has
    ``spent`` is added."""
    rules = cut.Request(key=path.name, etag="", policy="shots")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with timed("cut", spent):
        found = video.survey(path, rules.min_shot, rules.max_video, backend(rules.shot_detector)())
        spans = [span for span in spans_of(found, rules, sha256) if not span.refusal]
        made = list(video.cut(path, found, [(span.first, span.last) for span in spans], folder))
    for span, clip in zip(spans, made, strict=True):
        file = ClipFile(
            uri=str(clip.path),
            sha256=clip.sha256,
            width=clip.width,
            height=clip.height,
            times_us=span.times_us,
            camera=span.camera,
        )
        try:
            with timed("track", spent):
                tracked = followed(clip.path, file, PROFILES["cpu"], folder)
            yield file, tracked
        except Rejected as rejected:
            print(f"{path.name} {span.first}..{span.last}: {rejected}")
        clip.path.unlink()


def published(scorer: ModuleType, path: Path, file: ClipFile, trajectories: Trajectories):
    """What would be published of a clip, in the form of the scorer."""
    thresholds = motion.thresholds_for(file.camera.speed, file.camera.static_share)
    times = np.array(trajectories.times_us) / 1e6
    found = MotionFacts(
        facts=motion.facts(trajectories, thresholds),
        labels={track.id: track.label for track in trajectories.tracks},
        seconds=float(times[-1] - times[0]),
        complete=motion.complete(trajectories, thresholds),
    )
    cast, writer, seed = Cast(found.facts, found.labels, found.complete), FactsWriter(), int(file.sha256[:8], 16)
    tracks = {track.id: np.column_stack([times[list(track.frames)], *track.sides]) for track in trajectories.tracks}
    clip = scorer.Clip(file.sha256[:8], path.name, times[0], times[-1], tracks, found.labels)
    sentences = [sentence for _, sentence in writer.caption(found, random.Random(seed)).sentences()]
    questions = writer.questions(found, random.Random(seed))
    said = [
        ("sentence", one.text, checked)
        for one, checked in zip(sentences, claims.of_sentences(sentences, cast), strict=True)
    ]
    said += [
        ("question", f"{one.text} — {one.options['ABCD'.index(one.answer)]}", claims.of_question(one, cast))
        for one in questions
    ]
    for what, text, checked in said:
        if not any(finding.verdict == Verdict.CONTRADICTED for _, finding in checked):
            made = [_claim(scorer, claim, finding, times) for claim, finding in checked if claim]
            clip.statements.append(scorer.Statement(what, text, made))
    return clip


def _claim(scorer: ModuleType, claim, finding: claims.Finding, times: np.ndarray):
    shown = (finding.start, finding.end) if finding.start is not None and finding.end is not None else (0, -1)
    span = (times[frame] for frame in shown)
    return scorer.Claim(claim.kind.value, claim.subject, claim.object, claim.value, claim.amount, claim.negated, *span)


def _by_kind(scorer: ModuleType, clips: list, known: dict) -> None:
    """Print, for each kind of claim, how many are judged and how many of them are false."""
    judged, false = Counter(), Counter()
    for clip in clips:
        judge = scorer.Judge(clip, known[Path(clip.video).stem])
        for statement in clip.statements:
            for claim in statement.claims:
                verdict, _ = judge.claim(claim)
                judged[claim.kind] += verdict is not None
                false[claim.kind] += verdict is False
    print("claims, false of judged: " + ", ".join(f"{kind} {false[kind]}/{n}" for kind, n in judged.most_common()))


def _curve(scorer: ModuleType, known: dict, tracked: list[tuple[Path, Trajectories]]) -> Iterator[Ratio]:
    """Of the facts of one track that follow from the boxes: precision, and the share of the true ones that is told, by
    the boxes alone, and with the picture for several bounds of noise."""
    chosen = motion.DEFAULTS.noise
    true, false = _judged(scorer, known, tracked, motion.DEFAULTS, False)
    yield Ratio("boxes_precision", true / max(true + false, 1), None, f"{true} true facts, {false} false, of the boxes")
    for noise in NOISES:
        told, wrong = _judged(scorer, known, tracked, motion.DEFAULTS.model_copy(update={"noise": noise}), True)
        what = f"{told} true facts and {wrong} false that the picture bears out, over {noise:g} times the noise"
        name = f"noise_{noise:g}" + ("_chosen" if noise == chosen else "")
        yield Ratio(f"{name}_precision", told / max(told + wrong, 1), None, what)
        yield Ratio(f"{name}_recall", told / max(true, 1), None, "the true facts that follow from the boxes")


def _judged(
    scorer: ModuleType, known: dict, tracked: list[tuple[Path, Trajectories]], of: motion.Thresholds, looked: bool
) -> tuple[int, int]:
    """How many facts of one track, places left out, are true and false of the films; with what is not borne out left
    out where the picture is ``looked`` at."""
    verdicts: Counter[bool | None] = Counter()
    for path, trajectories in tracked:
        picture, times = Picture(trajectories), np.array(trajectories.times_us) / 1e6
        tracks = {track.id: np.column_stack([times[list(track.frames)], *track.sides]) for track in trajectories.tracks}
        clip = scorer.Clip("", path.name, times[0], times[-1], tracks, dict.fromkeys(tracks, UNNAMED))
        judge = scorer.Judge(clip, known[path.stem])
        for track in trajectories.tracks:
            moving = motion_of(track, picture, of)
            for kind, find in ALONE.items():
                for fact in find(moving) if kind != "located" else ():
                    if not looked or borne_out(fact, moving):
                        claim = scorer.Claim(
                            kind.value, fact.subject, None, fact.value, None, False, times[fact.start], times[fact.end]
                        )
                        verdicts[judge.claim(claim)[0]] += 1
    return verdicts[True], verdicts[False]


if __name__ == "__main__":
    main(
        measure,
        "Measure how much of what is said of real films is false of the picture.",
        labels="a folder of labels",
        videos="a folder of films",
    )
