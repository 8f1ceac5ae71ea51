"""The words of the product: records and closed vocabularies, units stated once.

Conventions, everywhere:

* Boxes are ``(x1, y1, x2, y2)`` in 0..1 of the frame, origin top left, ``x1 < x2``, ``y1 < y2``.
* Frames are clip-local and start at 0; spans of frames include both ends.
* Times are integer microseconds of the source video's own timestamps.
* Lengths are in frame diagonals, speeds in frame diagonals per second; nothing is metric.
* Directions are as the viewer sees them.
* Track ids follow the paper (``PERSON_STEP``); they are unique within a clip.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Box = tuple[float, float, float, float]


class Document(BaseModel):
    """A frozen record that is written as JSON; an unknown field is an error, and a number that JSON does not have."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def digest_of(value: object) -> str:
    """First 20 hexadecimal digits of the SHA-256 of ``value`` as canonical JSON (sorted keys, no blanks)."""
    body = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:20]


# --- closed vocabularies; Postgres check constraints hold the same values, and a test keeps them equal ----------------


class RejectionCode(StrEnum):
    """Why an item is refused for good under its present request: the code, the step that gives it, what it means."""

    step: str
    meaning: str

    def __new__(cls, code: str, step: str, meaning: str) -> RejectionCode:
        member = str.__new__(cls, code)
        member._value_, member.step, member.meaning = code, step, meaning
        return member

    UNREADABLE = "unreadable", "cut", "the file does not open as a video, or no frame of it decodes"
    NO_VIDEO_STREAM = "no_video_stream", "cut", "the file has no moving pictures, as a sound file with a cover"
    TOO_SHORT = "too_short", "cut", "the video is too short, or has too few frames, for one clip"
    TOO_LONG = "too_long", "cut", "the video is longer than one request may decode"
    TOO_HEAVY = "too_heavy", "cut", "the video takes more processor time, memory or disk than one item is given"
    UNDECODABLE = "undecodable", "cut", "the decoder crashes on the video"
    SHOT_TOO_SHORT = "shot_too_short", "cut", "the span between two shot boundaries is too short for a clip"
    DUPLICATE = "duplicate", "cut", "another video with the same bytes was kept before"
    NEAR_DUPLICATE = "near_duplicate", "cut", "most of what moves in it is seen in a clip that was kept before"
    CAMERA_MOTION = "camera_motion", "cut", "the camera moves, so that motion in the picture is not the objects'"
    BLACK_OR_FROZEN = "black_or_frozen", "cut", "too much of the span is black or stands still as one frozen frame"
    TRANSITION = "transition", "cut", "a dissolve or fade: the frames show two shots at once"
    NO_TRACKS = "no_tracks", "track", "no object was seen long and steadily enough to be followed"
    TOO_FEW_OBJECTS = "too_few_objects", "track", "fewer things were named in the first frame than the profile asks for"


class Outcome(StrEnum):
    """How a batch ended; ``incomplete`` is a batch some of whose items have neither result nor rejection."""

    PUBLISHED = "published"
    HELD = "held"
    BLOCKED = "blocked"
    ALL_REJECTED = "all_rejected"
    EMPTY = "empty"


class Severity(StrEnum):
    """What a failed check does to its batch: critical blocks, warning holds."""

    CRITICAL = "critical"
    WARNING = "warning"


class Answer(StrEnum):
    """What came of asking a person about a held batch."""

    APPROVED = "approved"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"


class Verdict(StrEnum):
    """What the checker found when it recomputed a claim from the trajectories."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_CHECKABLE = "not_checkable"
    NOT_UNDERSTOOD = "not_understood"


class Truth(StrEnum):
    """What an auditor finds of a statement by the frames."""

    TRUE = "true"
    FALSE = "false"
    UNCLEAR = "unclear"


class Dimension(StrEnum):
    """The seven motion dimensions of a caption (arXiv 2512.10927, section 3.3)."""

    ACTION = "action"
    SEQUENCE = "sequence"
    OBJECT_ACTION = "object_action"
    LOCATION = "location"
    REPETITION = "repetition"
    DYNAMICS = "dynamics"
    SPATIAL = "spatial"


class Criterion(StrEnum):
    """What a judge scores a caption by, 0 to 10 each: the four of the paper (arXiv 2512.10927, table 2)."""

    ACTION_ACCURACY = "action_accuracy"
    MOTION_DETAIL = "motion_detail"
    TEMPORAL_COHERENCE = "temporal_coherence"
    QUESTION_RELEVANCE = "question_relevance"


class QuestionType(StrEnum):
    """The five question types (arXiv 2512.10927, section 3.4)."""

    MOTION_RECOGNITION = "motion_recognition"
    ACTION_ORDER = "action_order"
    MOTION_RELATED_OBJECT = "motion_related_object"
    LOCATION_RELATED_MOTION = "location_related_motion"
    REPETITION_COUNT = "repetition_count"


class Repeat(StrEnum):
    """Why a question is not handed on: it asks in other words what another of its clip asks, was asked of a clip with
    the same content, or was asked too often of all clips."""

    REWORDED = "reworded"
    SAME_CONTENT = "same_content"
    TOO_OFTEN = "too_often"


class Direction(StrEnum):
    """Eight directions of the image plane, as the viewer sees them."""

    RIGHT = "right"
    UP_RIGHT = "up_right"
    UP = "up"
    UP_LEFT = "up_left"
    LEFT = "left"
    DOWN_LEFT = "down_left"
    DOWN = "down"
    DOWN_RIGHT = "down_right"


class Side(StrEnum):
    """Which hand of its person."""

    LEFT = "left"
    RIGHT = "right"


class ContactState(StrEnum):
    """What a hand touches; the four states of Hands23 (Cheng et al., NeurIPS 2023)."""

    NO_CONTACT = "no_contact"
    OTHER_PERSON_CONTACT = "other_person_contact"
    SELF_CONTACT = "self_contact"
    OBJECT_CONTACT = "object_contact"


class FactKind(StrEnum):
    """What may be said of a motion: the kind, and what ``Fact.value``, ``Fact.amount`` and ``Fact.object`` are in it.

    ``motion`` says when each holds. ``before`` is told of neighbouring events only; a chain of it proves the order of
    events further apart. Where ``object`` is empty the kind is about one track.
    """

    values: str
    amount: str
    object: str
    meaning: str

    def __new__(cls, kind: str, values: str, amount: str, object: str, meaning: str) -> FactKind:
        member = str.__new__(cls, kind)
        member._value_, member.values, member.amount, member.object = kind, values, amount, object
        member.meaning = meaning
        return member

    MOVES = "moves", "a `Direction`", "net displacement, diagonals", "", "goes one way"
    STATIONARY = "stationary", "", "seconds", "", "stays in its place"
    ENTERS = "enters", "an edge", "", "", "comes into the frame"
    LEAVES = "leaves", "an edge", "", "", "goes out of the frame"
    STOPS = "stops", "", "", "", "pauses after a movement; the span is the pause"
    STARTS = "starts", "", "", "", "begins to move after a pause"
    TURNS = "turns", "left, right", "change of heading, degrees", "", "turns to a side that is its own, as it goes"
    VEERS = "veers", "a `Direction`", "change of heading, degrees", "", "turns; the way that it takes then, as seen"
    UTURNS = "uturns", "left, right", "change of heading, degrees", "", "turns around and goes back beside its way"
    CIRCLES = "circles", "clockwise, anticlockwise", "full rounds", "", "goes round"
    SHIFTS = "shifts", "left, right", "lateral offset, diagonals", "", "changes lane; the side is its own"
    REVERSES = "reverses", "", "", "", "goes back on the spot"
    ACCELERATES = "accelerates", "", "gain of speed, diagonals per second", "", "speeds up while it moves"
    SLOWS = "slows", "", "loss of speed, diagonals per second", "", "slows down and moves on"
    OSCILLATES = "oscillates", "horizontal, vertical", "full cycles", "", "goes to and fro"
    FREQUENCY = "frequency", "horizontal, vertical", "hertz", "", "how often it goes to and fro"
    AMPLITUDE = "amplitude", "horizontal, vertical", "diagonals", "", "how far it swings to either side of the middle"
    TREMBLES = "trembles", "horizontal, vertical", "hertz", "", "shakes 4 to 6 times a second"
    GROWS = "grows", "", "last size over first", "", "looks larger and larger, as what comes to the camera"
    SHRINKS = "shrinks", "", "first size over last", "", "looks smaller and smaller, as what goes from the camera"
    SPEED = "speed", "slow, medium, fast", "mean speed, diagonals per second", "", "how fast it is while it moves"
    RANK = "rank", "", "1 for the fastest", "", "its place among all that move, by mean speed"
    FASTEST = "fastest", "", "mean speed, diagonals per second", "", "no other track is as fast"
    LOCATED = "located", "a cell such as `top_left`", "", "", "where in the frame it is"
    APPROACHES = "approaches", "", "fall of the distance, diagonals", "the other track", "nears by its own motion"
    RECEDES = "recedes", "", "rise of the distance, diagonals", "the other track", "goes away by its own motion"
    PASSES = (
        *("passes", "overtaking, oncoming, crossing, standing", "least distance, diagonals", "the other track"),
        "goes past something; the value is what that does",
    )
    OVERLAPS = "overlaps", "", "largest share of the smaller box, 0..1", "the other track", "is before or behind it"
    LIES = "lies", "left_of, right_of, above, below", "", "the other track", "where it is to another, as seen"
    BECOMES = "becomes", "left_of, right_of, above, below", "", "the other track", "comes to be on another side of it"
    REACHES = "reaches", "", "way of the hand, diagonals", "what is reached for", "a hand goes to what it touches then"
    TOUCHES = "touches", "a `ContactState`", "seconds", "what is touched", "a hand is in contact"
    GRASPS = "grasps", "", "", "the thing", "a hand begins to hold a thing"
    RELEASES = "releases", "", "", "the thing", "a hand lets go of a thing"
    LIFTS = "lifts", "", "way up, diagonals", "the thing", "a hand takes what it holds upwards"
    CARRIES = "carries", "a `Direction`", "way, diagonals", "the thing", "a hand takes what it holds with it"
    PLACES = "places", "", "", "the thing", "a hand takes a thing somewhere and lets go of it there"
    TILTS = "tilts", "", "degrees", "the thing", "a hand turns what it holds, as who pours"
    WAVES = "waves", "", "how many times", "", "an open hand goes to and fro"
    TAPS = "taps", "", "how many times", "", "thumb and index finger tap each other"
    OPENS = "opens", "", "", "", "a closed hand opens"
    GIVES = "gives", "", "", "the hand that takes it", "a hand lets go of what another has grasped"
    BENDS = "bends", "", "", "", "a person bends the trunk down"
    STRAIGHTENS = "straightens", "", "", "", "a person holds the trunk upright again"
    RAISES = "raises", "left, right, both", "", "", "a person raises an arm; the side is the person's own"
    LOWERS = "lowers", "left, right, both", "", "", "a person lowers an arm; the side is the person's own"
    SITS = "sits", "", "", "", "a person sits down"
    STANDS = "stands", "", "", "", "a person stands up"
    JUMPS = "jumps", "", "how many times", "", "a person jumps up and comes down"
    KICKS = "kicks", "left, right", "", "", "a person kicks with a leg; the side is the person's own"
    TURNS_ROUND = "turns_round", "", "", "", "a person turns the back to where the face was"
    THROWS = "throws", "", "", "the thing", "a person's arm swings, and a thing leaves the hand"
    BEFORE = (
        *("before", "`<kind>_<kind>`, e.g. enters_stops", "seconds from the one to the other", "the later one's track"),
        "one event is earlier than another",
    )
    COUNTS = "counts", "a label, e.g. car", "how many tracks carry it", "", "how many there are"


# --- records that pass between steps ----------------------------------------------------------------------------------


class Rejection(Document):
    """Why an item is refused for good under its present request."""

    code: RejectionCode
    detail: str


STILL_SHARE = 0.3
"""Least share of tracked corners that do not move where the camera does not: the others are on what moves."""


class CameraMotion(Document):
    """How the camera moved in a clip: tracked corners and RANSAC, sampled at about 5 frames per second."""

    speed: float
    """Median motion of the four frame corners, diagonals per second."""
    static_share: float
    """Share of tracked corners that do not move, 0..1."""
    scale: float
    """Accumulated zoom over the clip; 1.0 is none."""


class ClipFile(Document):
    """A cut clip as later steps see it. ``times_us[k]`` is the source timestamp of clip frame k."""

    uri: str
    sha256: str
    width: int
    height: int
    times_us: tuple[int, ...]
    camera: CameraMotion


Column = tuple[float, ...]


class Model(Document):
    """A model by its published name, and the revision of its weights."""

    name: str
    revision: str


class Contact(Document):
    """What a hand touches over frames ``start..end``; ``object`` is the track that it touches."""

    state: ContactState
    object: int | None = None
    inferred: bool
    """Concluded from how boxes overlap, and not seen by a model of contact."""
    start: int
    end: int


LONGEST_UNSEEN = 1.5
"""Seconds out of sight after which what is seen again is not taken for the same: the profile `cpu` joins nothing over
more, and the gate holds a track that was."""


UNNAMED = "object"
"""The label of something that moves and that no detector names."""


PERSON_STEP = 10
HAND_OFFSETS = {1: Side.LEFT, 4: Side.RIGHT}
FIRST_OBJECT = 1000
"""Track ids: person p is 10p, its hands are 1 and 4 more, what a hand holds is one more than the hand; every other
object is from 1000."""

BOX_DECIMALS = 5
"""Of boxes and scores: a step is a twenty-fifth of a pixel at a width of 4096."""


HAND_POINTS = 21
"""How many points the pose of a hand has."""
JOINTS = (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
"""The points of a person's pose, in their order: left and right are the person's own."""


class Pose(Document):
    """Where the points of a hand or of a person are, in some of the frames of its track: a row for each of them."""

    frames: tuple[int, ...] = Field(min_length=1)
    points: tuple[tuple[float | None, ...], ...]
    """x and y of each point in turn, as shares of the frame; a point may lie beyond its edges, and is None where it is
    not in sight."""

    @model_validator(mode="after")
    def _points_of_each_frame(self) -> Self:
        if (
            len(self.points) != len(self.frames)
            or len({len(row) for row in self.points}) > 1
            or len(self.points[0]) % 2
        ):
            raise ValueError("the points are not those of each frame: pairs, as many in one as in the other")
        return self


class Track(Document):
    """One object's trajectory: columns with a value for every clip frame from the first to the last that it is seen in.

    ``seen`` are the frames of its detections, ascending; in those between, sides and scores are interpolated.
    """

    id: int
    label: str
    parent: int | None = None
    """The person of a hand, the hand of a held object."""
    side: Side | None = None
    """Of a hand."""
    inferred: bool = False
    """That it is held was concluded from how boxes overlap."""
    contacts: tuple[Contact, ...] = ()
    """Of a hand, in the order of time; between them nothing is known."""
    pose: Pose | None = None
    """Of a hand, its 21 points as MediaPipe has them: the wrist, then each finger from its root, the thumb first. Of a
    person, its ``JOINTS``."""
    seen: tuple[int, ...] = Field(min_length=1)
    sides: tuple[Column, Column, Column, Column]
    """The columns x1, y1, x2 and y2 of its boxes."""
    scores: Column

    @property
    def frames(self) -> range:
        """The clip frame of each row."""
        return range(self.seen[0], self.seen[-1] + 1)

    @property
    def is_hand(self) -> bool:
        """Whether it is a person's hand, by its id."""
        return self.id < FIRST_OBJECT and self.id % PERSON_STEP in HAND_OFFSETS

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The box of each row."""
        return tuple(zip(*self.sides, strict=True))

    @model_validator(mode="after")
    def _one_row_a_frame(self) -> Self:
        if {*map(len, (*self.sides, self.scores))} != {len(self.frames)}:
            raise ValueError(f"the columns of track {self.id} are not all of {len(self.frames)} rows")
        if self.pose and len(self.pose.points[0]) != 2 * (HAND_POINTS if self.is_hand else len(JOINTS)):
            raise ValueError(f"the points of track {self.id} are not those of a {'hand' if self.is_hand else 'person'}")
        if self.pose and not set(self.pose.frames) <= set(self.frames):
            raise ValueError(f"the points of track {self.id} are of frames in which it is not there")
        return self


def frame_rate(times_us: Sequence[int]) -> float:
    """Mean frames per second, 0 for a single frame."""
    return round((len(times_us) - 1) / max(times_us[-1] - times_us[0], 1) * 1e6, 3)


class Flow(Document):
    """How a part of the picture moves, as seen: a value for each step from one sampled frame to the next."""

    dx: Column
    """Way of its middle to the right, as a share of the frame's width ..."""
    dy: Column
    """... and down, as a share of its height."""
    scale: Column
    """Growth about its middle; 1.0 is none."""
    turn: Column
    """Rotation about its middle, degrees, positive to the left."""
    corners: tuple[int, ...]
    """How many corners tell it: 0 where nothing is known, and the values are those of no motion."""


class Evidence(Document):
    """What the picture shows of motion between sampled ``frames``, ascending: n frames, n - 1 steps."""

    frames: tuple[int, ...]
    camera: Flow
    """Of the background, as the camera moves it."""
    inside: dict[int, Flow]
    """Of what lies inside the box of each track; nothing is known in a step that it is not there for."""
    moving: Column
    """Share of the picture that moves otherwise than the background, 0..1."""
    explained: Column
    """Share of that, by way, that moves as a track does in whose box it lies, 0..1; 1 where nothing moves."""

    @model_validator(mode="after")
    def _one_value_a_step(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.frames)):
            raise ValueError("the frames of the evidence do not ascend")
        flows = (self.camera, *self.inside.values())
        columns = [self.moving, self.explained, *(column for flow in flows for _, column in flow)]
        steps = len(self.frames) - 1
        if {*map(len, columns)} != {steps}:
            raise ValueError(f"the columns of the evidence are not all of {steps} steps")
        return self


class Trajectories(Document):
    """Every track of one clip, with what is needed to place it: the size of the frame and the time of each frame."""

    schema_version: Literal[2] = 2
    width: int
    height: int
    times_us: tuple[int, ...] = Field(min_length=1)
    """The source's own timestamp of each clip frame: the map from clip frames to source frames."""
    fps: float = Field(default_factory=lambda known: frame_rate(known["times_us"]))
    """Mean frames per second; times are exact, this is not."""
    searched: tuple[int, ...] | None = None
    """The clip frames that were searched for objects, ascending; None: every one."""
    models: tuple[Model, ...] = ()
    """Whose weights the tracks come from; none where they lie in a package of the platform's lock."""
    names: tuple[str, ...] = ()
    """What was named in the first frame, whether or not it was found."""
    unfollowed: dict[str, int] = {}
    """By label, how many more were seen than the profile follows: what is said of all is said of those followed."""
    tracks: tuple[Track, ...]
    evidence: Evidence | None = None
    """None where nobody looked: ground truth, and results of an earlier version."""

    @model_validator(mode="after")
    def _evidence_is_of_its_tracks(self) -> Self:
        if self.evidence is None:
            return self
        if unknown := self.evidence.inside.keys() - {track.id for track in self.tracks}:
            raise ValueError(f"there is evidence of tracks that are not there: {sorted(unknown)}")
        if not set(self.evidence.frames) <= set(range(len(self.times_us))):
            raise ValueError(f"there is evidence of frames beyond the {len(self.times_us)} of the clip")
        return self


class Fact(Document):
    """Something that holds of one track (or of ``subject`` towards ``object``) over frames ``start..end``."""

    kind: FactKind
    subject: int | None
    object: int | None = None
    value: str | None = None
    amount: float | None = None
    start: int
    end: int
    witnessed: bool = False
    """Whether the picture was looked at inside the boxes of its tracks and does not speak against it; False where it
    follows from boxes alone."""

    @property
    def size(self) -> float:
        """The amount, of a kind that has one. Raises ``ValueError`` where there is none."""
        if self.amount is None:
            raise ValueError(f"a fact of kind {self.kind} has no amount")
        return self.amount


class MotionFacts(Document):
    """Every fact of one clip, with what it takes to speak of them."""

    facts: tuple[Fact, ...]
    labels: dict[int, str]
    """What each track is, by its id."""
    seconds: float
    """From the clip's first frame to its last."""
    complete: bool = True
    """Whether the tracks explain what moves in the picture, so that something may be said of all that is there."""


class Claim(Document):
    """What a sentence asserts, in the vocabulary of the facts. ``amount`` is only set where the text names a number.

    ``negated``: that it is not so; without a subject, of anything in the clip.
    """

    kind: FactKind
    subject: int | None
    object: int | None = None
    value: str | None = None
    amount: float | None = None
    negated: bool = False


class Sentence(Document):
    """One sentence of a caption and what it asserts; no claims means nothing about motion is said."""

    text: str
    claims: tuple[Claim, ...] = ()


QUESTIONS_PER_CLIP = (6, 14)
"""How many questions are asked of a clip, none in other words twice; the paper has 10 on average (arXiv 2512.10927,
table 3)."""


class Question(Document):
    """A multiple-choice question: four distinct options, ``answer`` is the letter of the right one.

    ``claims`` hold if the answer is right; ``evidence`` names the tracks that prove it.
    """

    type: QuestionType
    text: str
    options: tuple[str, str, str, str]
    answer: str
    evidence: tuple[int, ...]
    claims: tuple[Claim, ...]


class Writer(Document):
    """Who wrote a text: the ``facts`` writer, or a model behind an endpoint, with the digest of its prompt."""

    name: str
    version: str


class CallOutcome(StrEnum):
    """What came of one call of a language model."""

    ANSWERED = "answered"
    INVALID = "invalid"
    CUT_SHORT = "cut_short"
    REFUSED = "refused"


class Call(Document):
    """One call of a language model, as it is accounted for. A call whose answer never arrived is none."""

    digest: str
    """Of all that was asked: the address of the raw answer, and what tells whether it was bought before."""
    model: str
    snapshot: str
    """The model that answered, by its own account."""
    prompt: str
    """The digest of the prompt and of the form of the answer."""
    at: datetime
    seconds: float
    """From the request that was answered to the end of the answer."""
    tries: int
    """Requests until then: those before were turned away, timed out or broken off."""
    tokens_in: int
    tokens_out: int
    outcome: CallOutcome


class Dropped(Document):
    """A sentence or question of a model that is not kept, and why."""

    text: str
    reason: str


class Doubt(Document):
    """What a model saw in the pictures that does not go with what was measured of the track ``subject``, ``seconds``
    after the clip's first frame."""

    subject: int
    seconds: float
    text: str


class Caption(Document):
    """A caption: one sentence on the scene, a paragraph that tells of the clip as a person would, and sentences along
    each of the seven dimensions along which there is something to tell."""

    scene: Sentence
    paragraph: tuple[Sentence, ...] = ()
    dimensions: dict[Dimension, tuple[Sentence, ...]]
    doubts: tuple[Doubt, ...] = ()
    """Of the writer, where it saw the pictures."""

    def sentences(self) -> tuple[tuple[str, Sentence], ...]:
        """Every sentence with its dimension, ``scene`` or ``paragraph``, in the one order that numbers them: these two
        first, then the dimensions as ``Dimension`` lists them. The position is ``caption.n``."""
        paragraph = (("paragraph", sentence) for sentence in self.paragraph)
        along = ((d.value, sentence) for d in Dimension for sentence in self.dimensions.get(d, ()))
        return (("scene", self.scene), *paragraph, *along)


# --- the batch --------------------------------------------------------------------------------------------------------


class Window(Document):
    """A half-open window of time ``[start, end)``, both aware."""

    start: datetime
    end: datetime


class Batch(Document):
    """One source and one window: one DAG run. The same window is the same batch."""

    id: str
    source: str
    window: Window


def window_name(window: Window) -> str:
    """``<start>--<end>`` in UTC, to the second."""
    return "--".join(at.astimezone(UTC).strftime("%Y%m%dT%H%M%S") for at in (window.start, window.end))


def batch_id(source: str, window: Window) -> str:
    """The name of a batch, ``<source>--<start>--<end>``: the same window is the same batch."""
    return f"{source}--{window_name(window)}"


def dag_id(source: str) -> str:
    """The name of the DAG whose runs work on the batches of a source."""
    return f"annotate__{source}"
