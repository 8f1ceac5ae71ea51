"""The record of one published clip: everything that is said of it and the proof, as one versioned model.

A line of `clips.jsonl` is one record; docs/clip-record.schema.json is its JSON Schema, generated from here. Frames of
the clip count from 0 (``model``), source frames are those of the video, times are microseconds of its own timestamps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer
from sqlalchemy import Connection, Row

from fm_tasks.model import Document
from fm_tasks.store import rows

VERSION = 2
"""Of the record, and of all files of a partition; a reader refuses a number that it does not know."""

CLIPS_AT_ONCE = 200
"""Clips whose rows are read together."""

Number = Annotated[float, PlainSerializer(lambda x: int(x) if x.is_integer() else x, return_type=int | float)]
"""A number that is written without a decimal point where it is whole."""
Span = tuple[int, int]
"""The first and the last of something."""


class Video(Document):
    """The video that the clip is cut from, and where in it the clip lies."""

    source: str
    key: str
    """Its key in the bucket of raw videos."""
    etag: str
    sha256: str | None
    licence: str
    first_frame: int
    last_frame: int
    times_us: tuple[int, ...]
    """Of each frame of the clip."""


class ClipMedia(Document):
    """The clip's file."""

    uri: str
    sha256: str
    width: int
    height: int
    frames: int
    fps: float | None
    """Mean frames per second, to three decimals; times are exact, this is not."""


class Camera(Document):
    """How the camera moved in the clip (``model.CameraMotion``)."""

    speed: Number
    static_share: Number
    scale: Number


class TrackSummary(Document):
    """What was tracked; the boxes are in `trajectories.parquet`. Frames are the clip's."""

    id: int
    label: str
    first_frame: int
    last_frame: int
    points: int
    observed_share: Number
    """Of its points, those that were seen and not filled in, 0..1."""
    longest_gap: int
    """Frames between two detections."""
    score: Number
    """Mean score of its points, 0..1."""
    noise: tuple[Number, ...] | None
    """Standard deviation of its boxes about their way: x and y of the middle, width and height, diagonals."""


class MotionFact(Document):
    """What moved how, over which ``frames`` of the clip; ``model.FactKind`` says what each field is in each kind."""

    kind: str
    subject: int | None
    object: int | None
    value: str | None
    amount: Number | None
    frames: Span
    witnessed: bool
    """Whether the frames were looked at inside the boxes of its tracks, and do not speak against it."""


class ProvenClaim(Document):
    """What a text claims, with the verdict, and the frames that prove it where there are any.

    A text that says nothing of motion has one claim without a kind, which is not checkable.
    """

    kind: str | None
    subject: int | None
    object: int | None
    value: str | None
    amount: Number | None
    negated: bool
    verdict: str
    reason: str | None
    frames: Span | None
    source_frames: Span | None
    times_us: Span | None
    witnessed: bool
    """Whether it is supported, and the frames were looked at inside the boxes of its tracks."""


class CaptionSentence(Document):
    """A sentence of the caption: along one dimension, on the ``scene``, or of the ``paragraph``."""

    dimension: str
    text: str
    writer: str
    claims: tuple[ProvenClaim, ...]


class ClipQuestion(Document):
    """A multiple-choice question: ``answer`` is the letter of the right option, ``evidence`` are the tracks that prove
    it."""

    type: str
    text: str
    options: tuple[str, ...]
    answer: str
    evidence: tuple[int, ...]
    writer: str
    claims: tuple[ProvenClaim, ...]


class ClipRecord(Document):
    """Everything that is published of one clip, but for its points."""

    id: str
    video: Video
    clip: ClipMedia
    camera: Camera
    explained_share: Number | None
    """Of all that moves in its picture, that which moves as one of its tracks does in whose box it lies, 0..1: where it
    is low, most of what moves is not followed. None where nobody looked."""
    tracks: tuple[TrackSummary, ...]
    facts: tuple[MotionFact, ...]
    caption: tuple[CaptionSentence, ...]
    questions: tuple[ClipQuestion, ...]
    keys: dict[str, str]
    """The request that each step answered, by the step's name."""


class Content(NamedTuple):
    """What a partition holds, as every export reads it."""

    clips: Sequence[ClipRecord]
    points: Callable[[], Iterator[Sequence[Row]]]
    """The points of some clips at a time, with columns as in ``exports.parquet.SCHEMA``."""


def records(db: Connection, batch: str) -> Iterator[ClipRecord]:
    """The records of every clip of a batch that may be published, in the order of its source."""
    clips = rows(db, "published_clips", batch=batch)
    for at in range(0, len(clips), CLIPS_AT_ONCE):
        some = clips[at : at + CLIPS_AT_ONCE]
        said = _Rows(db, [clip.id for clip in some])
        yield from (_record(clip, said) for clip in some)


class _Rows:
    """The rows of some clips, by the clip."""

    def __init__(self, db: Connection, clips: list[str]):
        self.tracks = _by_clip(rows(db, "published_tracks", clips=clips))
        self.facts = _by_clip(rows(db, "published_facts", clips=clips))
        self.sentences = _by_clip(rows(db, "published_sentences", clips=clips))
        self.questions = _by_clip(rows(db, "published_questions", clips=clips))
        self.claims = _by_clip(rows(db, "published_claims", clips=clips))
        self.keys = _by_clip(rows(db, "published_keys", clips=clips))


def _by_clip(found: Sequence[Row]) -> dict[str, list[Row]]:
    by_clip: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        by_clip[row.clip_id].append(row)
    return by_clip


def _record(clip: Row, said: _Rows) -> ClipRecord:
    claims: dict[tuple[int, int], list[ProvenClaim]] = defaultdict(list)
    for row in said.claims[clip.id]:
        claims[row.text_run_id, row.text_n].append(_fields(ProvenClaim, row))
    return ClipRecord(
        id=clip.id,
        video=_fields(Video, clip),
        clip=_fields(ClipMedia, clip, sha256=clip.clip_sha256),
        camera=Camera(speed=clip.camera_speed, static_share=clip.camera_static_share, scale=clip.camera_scale),
        explained_share=clip.explained_share,
        tracks=tuple(_fields(TrackSummary, row) for row in said.tracks[clip.id]),
        facts=tuple(_fields(MotionFact, row) for row in said.facts[clip.id]),
        caption=tuple(
            _fields(CaptionSentence, row, claims=tuple(claims[row.step_run_id, row.n]))
            for row in said.sentences[clip.id]
        ),
        questions=tuple(
            _fields(ClipQuestion, row, claims=tuple(claims[row.step_run_id, row.n])) for row in said.questions[clip.id]
        ),
        keys={row.step: row.key for row in said.keys[clip.id]},
    )


def _fields(form: type[Document], row: Row, **given: Any) -> Any:
    """The document whose fields are columns of ``row``, but for those ``given``."""
    return form(**{name: getattr(row, name) for name in form.model_fields.keys() - given.keys()}, **given)
