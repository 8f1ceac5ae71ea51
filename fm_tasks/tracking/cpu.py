"""The profile `cpu`: a detector of a few megabytes, what moves before a still camera, and a tracker.

Frames are sampled by timestamp. Each sample is searched by a detector, in tiles too where its objects are small, and,
where the camera is still, for whatever moves. The tracker turns these detections into fragments, fragments become
objects, and what is too short, too sparse or mere flicker is dropped. Between samples, and over gaps, boxes are
interpolated and marked as not observed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from fm_tasks import video
from fm_tasks.backends import backend
from fm_tasks.english.words import CLASSES, noun_of
from fm_tasks.errors import Rejected
from fm_tasks.model import (
    BOX_DECIMALS,
    FIRST_OBJECT,
    HAND_OFFSETS,
    PERSON_STEP,
    UNNAMED,
    ClipFile,
    Document,
    Model,
    Pose,
    RejectionCode,
    Track,
    Trajectories,
)
from fm_tasks.tracking import Detections, Detector, Fragment, Proposals
from fm_tasks.tracking.appearance import looks
from fm_tasks.tracking.bodies import posed
from fm_tasks.tracking.boxes import cover
from fm_tasks.tracking.closeups import name_of
from fm_tasks.tracking.contact import contacts
from fm_tasks.tracking.fragments import joined, of_one_size, uncovered, unmerged
from fm_tasks.tracking.hands import HAND, Hand, HandTrack, followed, hands_in, nearest
from fm_tasks.tracking.held import reaching


class Rules(Document):
    """Which backends track, and every parameter that changes what they find; lengths are in frame diagonals."""

    sample_fps: float
    """Samples per second; a slower video is sampled at every frame."""
    width: int
    """Samples wider than this are shrunk to it, pixels."""
    min_score: float
    """Detections that score less are not used ..."""
    min_tiled_score: float
    """... nor these where tiles are searched too: what is looked at more often is mistaken more often."""
    tiled_below: float
    """The frame is searched in tiles too where the objects of a few samples are smaller than this: the median square
    root of their share of its area."""
    proposer: str
    still_speed: float
    """Moving things are proposed only where the camera is slower than this, diagonals per second."""
    max_cover: float
    """A proposal is dropped where a detection and it share this much of the smaller one."""
    tracker: str
    patience: float
    """Seconds that the tracker waits for an object out of sight."""
    max_gap: float
    """Fragments are joined over at most so many seconds."""
    max_swell: float
    """A detection this much larger or smaller than its neighbours in time is two objects in one, or half of one."""
    min_seconds: float
    """Shortest track."""
    min_share: float
    """Least share of a track's samples in which it was found."""
    min_presence: float
    """Least mean certainty of a track of a hand that it is one."""

    @property
    def models(self) -> tuple[Model, ...]:
        """Those whose weights are needed; none where they lie in a package."""
        return ()


class Profile(Rules):
    """The profile `cpu`, whose detector lies in a package."""

    name: Literal["cpu"]
    detector: str


def trajectories(path: Path, clip: ClipFile, profile: Rules, detector: Detector) -> Trajectories:
    """Track the clip that lies at ``path`` by what ``detector`` finds in its samples. Raises ``Rejected(NO_TRACKS)``,
    saying what was seen."""
    sampled = video.sample(clip.times_us, profile.sample_fps)
    images = [_shrunk(image, profile.width) for _, image in video.frames(path, sampled)]
    seconds = [(clip.times_us[frame] - clip.times_us[0]) / 1e6 for frame in sampled]
    found, seen = detections(images, clip.camera.speed, profile, detector)
    hands = hand_tracks(seen, seconds, clip, profile)
    things = objects(found, seconds, clip, profile)
    things = uncovered(things, [hand.fragment for hand in hands], seconds, (clip.width, clip.height))
    named = [(one, name_of(one, images, detector)) for one in things]
    named = [(one, name) for one, name in named if name != UNNAMED or not any(hand.is_seen_as(one) for hand in hands)]
    tracks, unfollowed = numbered(named, sampled)
    tracks = posed(tracks, images, sampled)
    poses = followed(hands, _between(path, clip, profile), sampled) if hands else []
    tracks += numbered_hands(hands, poses, tracks, sampled, clip, profile)
    if not tracks:
        seen = Counter(label for detected in found for label in detected.labels)
        names = ", ".join(f"{label} {count}" for label, count in seen.most_common(5)) or "nothing"
        raise Rejected(RejectionCode.NO_TRACKS, f"seen in {len(found)} samples: {names}; none long and steady enough")
    return Trajectories(
        width=clip.width,
        height=clip.height,
        times_us=clip.times_us,
        searched=tuple(sampled),
        unfollowed=unfollowed,
        tracks=tuple(tracks),
    )


HAND_FPS = 30.0
"""How often a second the points of a hand are looked for: fingers tap, and hands tremble, several times a second."""


def _between(path: Path, clip: ClipFile, profile: Rules) -> Iterator[tuple[int, np.ndarray]]:
    """The frames of a clip in which hands are looked for, with their numbers."""
    images = video.frames(path, video.sample(clip.times_us, HAND_FPS))
    return ((frame, _shrunk(image, profile.width)) for frame, image in images)


def _shrunk(image: np.ndarray, width: int) -> np.ndarray:
    height, full = image.shape[:2]
    if full <= width:
        return image
    return cv2.resize(image, (width, round(height * width / full)), interpolation=cv2.INTER_AREA)


QUARTER_TILES = tuple((x, y, x + 4 / 7, y + 4 / 7) for y in (0, 3 / 7) for x in (0, 3 / 7))
"""Four tiles that overlap by a quarter of their side."""

PROBE_SAMPLES, PROBE_SCORE = 3, 0.45
"""How many samples tell how large the objects of a clip are, and of which scores."""


def detections(
    images: Sequence[np.ndarray], camera_speed: float, profile: Rules, detector: Detector
) -> tuple[list[Detections], list[list[Hand]]]:
    """What is seen in each sample, and how it looks, and the hands there. A thing that the detector and the proposer
    both find is the detector's, by name and box: a proposal may hold two people. Hands are looked for where there is a
    person, or what moves has no name."""
    probes = [detector.detect(image, QUARTER_TILES) for image in images[:: -(-len(images) // PROBE_SAMPLES)]]
    boxes = np.concatenate([found.boxes[found.scores >= PROBE_SCORE] for found in probes])
    sizes = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    tiles = QUARTER_TILES if len(sizes) and np.median(sizes) < profile.tiled_below else ()
    found = [detector.detect(image, tiles) for image in images]
    if tiles:
        found = [_scoring(one, profile.min_tiled_score) for one in found]
    proposer = backend(profile.proposer)(images) if camera_speed < profile.still_speed else None
    moving = [proposer.propose(image) for image in images] if proposer else []
    worth = any(len(one.seen.labels) for one in moving) or any("person" in one.labels for one in found)
    hands = hands_in(images) if worth else [[] for _ in images]
    if proposer:
        moving = [
            proposer.propose(image, [reaching(image, hand) for hand in there]) if there else proposed
            for image, there, proposed in zip(images, hands, moving, strict=True)
        ]
        found = [_merged(*both, profile.max_cover) for both in zip(found, moving, strict=True)]
    return [one._replace(looks=looks(image, one.boxes)) for one, image in zip(found, images, strict=True)], hands


def _scoring(found: Detections, least: float) -> Detections:
    kept = found.scores >= least
    labels = [label for label, is_kept in zip(found.labels, kept, strict=True) if is_kept]
    return Detections(found.boxes[kept], found.scores[kept], labels)


def _merged(named: Detections, moving: Proposals, max_cover: float) -> Detections:
    """What lies in a hand is another thing than the person about it."""
    covered = cover(moving.seen.boxes, named.boxes)
    covered[np.ix_(moving.held, [label == "person" for label in named.labels])] = 0
    new = covered.max(axis=1, initial=0) < max_cover
    return Detections(
        np.vstack([named.boxes, moving.seen.boxes[new]]),
        np.concatenate([named.scores, moving.seen.scores[new]]),
        named.labels + [label for label, is_new in zip(moving.seen.labels, new, strict=True) if is_new],
    )


def objects(found: Sequence[Detections], seconds: Sequence[float], clip: ClipFile, profile: Rules) -> list[Fragment]:
    """The objects of a clip from what was seen in its samples, ``seconds`` from the first, that last. What is no box or
    has no score is passed over, and of a box only what lies in the frame is used."""
    size = clip.width, clip.height
    tracker = backend(profile.tracker)(profile.patience)
    fragments = tracker.track([_sound(detected) for detected in found], seconds, size)
    fragments = [of_one_size(fragment, profile.max_swell) for fragment in fragments]
    whole = joined([fragment for fragment in fragments if len(fragment.samples)], seconds, size, profile.max_gap)
    # What was sighted once or twice has its size told by what it is joined to.
    whole = [of_one_size(one, profile.max_swell) for one in whole]
    return unmerged([one for one in whole if _lasts(one, seconds, profile)])


def hand_tracks(
    seen: Sequence[Sequence[Hand]], seconds: Sequence[float], clip: ClipFile, profile: Rules
) -> list[HandTrack]:
    """The hands of a clip that last, from those that were ``seen`` in each sample."""
    boxed = [
        Detections(
            np.reshape([hand.box for hand in hands], (-1, 4)),
            np.array([hand.presence for hand in hands]),
            [HAND] * len(hands),
        )
        for hands in seen
    ]
    lasting = objects(boxed, seconds, clip, profile)
    tracks = [
        HandTrack(one, [nearest(seen[k], box) for k, box in zip(one.samples, one.boxes, strict=True)])
        for one in lasting
    ]
    return [track for track in tracks if track.fragment.scores.mean() >= profile.min_presence]


def _sound(found: Detections) -> Detections:
    boxes = np.clip(found.boxes, 0, 1)
    sound = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & np.isfinite(found.scores)
    return Detections(
        boxes[sound],
        found.scores[sound],
        [label for label, is_sound in zip(found.labels, sound, strict=True) if is_sound],
        np.zeros((sound.sum(), 0)) if found.looks is None else found.looks[sound],
    )


def _lasts(fragment: Fragment, seconds: Sequence[float], profile: Rules) -> bool:
    """Whether a fragment is long and dense enough to be a track."""
    first, last = fragment.samples[0], fragment.samples[-1]
    share = len(fragment.samples) / (last - first + 1)
    return seconds[last] - seconds[first] >= profile.min_seconds and share >= profile.min_share


MAX_PERSONS = 100
"""Ids of persons, ten apart, must stay below the first id of other objects."""


def numbered(kept: Sequence[tuple[Fragment, str]], sampled: Sequence[int]) -> tuple[list[Track], dict[str, int]]:
    """The tracks with the paper's ids, in the order in which they are first seen; of persons only the longest
    ``MAX_PERSONS``, and how many more there were."""
    kept = sorted(kept, key=lambda one: (one[0].samples[0], one[0].boxes[0].tolist()))
    persons = [fragment for fragment, label in kept if label == "person"]
    unfollowed = max(len(persons) - MAX_PERSONS, 0)
    if unfollowed:
        shortest = sorted(len(fragment.samples) for fragment in persons)[-MAX_PERSONS]
        persons = [fragment for fragment in persons if len(fragment.samples) >= shortest][:MAX_PERSONS]
    others = [(fragment, label) for fragment, label in kept if label != "person"]
    tracks = [_track(PERSON_STEP * n, "person", fragment, sampled) for n, fragment in enumerate(persons)]
    tracks += [_track(FIRST_OBJECT + n, label, fragment, sampled) for n, (fragment, label) in enumerate(others)]
    return tracks, {"person": unfollowed} if unfollowed else {}


def numbered_hands(
    hands: Sequence[HandTrack],
    poses: Sequence[Pose],
    tracks: Sequence[Track],
    sampled: Sequence[int],
    clip: ClipFile,
    profile: Rules,
) -> list[Track]:
    """The tracks of hands, whose points are ``poses``, with the paper's ids: of its person where there is one that has
    no other such hand, else of one that is not there. The longest comes first; more than fit into the ids of persons
    are left out. What they touch is concluded where the camera is still: where it moves, everything goes with
    everything. No vehicle and no animal is carried."""
    things = [track for track in tracks if track.id >= FIRST_OBJECT and noun_of(track.label) not in CLASSES]
    things = things if clip.camera.speed < profile.still_speed else []
    persons = [track for track in tracks if track.label == "person"]
    taken: set[int] = set()
    numbered = []
    for hand, pose in sorted(
        zip(hands, poses, strict=True), key=lambda one: (-len(one[0].fragment.samples), one[0].fragment.samples[0])
    ):
        parent = hand.person(persons, sampled)
        nobodys = range(PERSON_STEP * len(persons), FIRST_OBJECT, PERSON_STEP)
        homes = [*((parent.id,) if parent else ()), *nobodys]
        offsets = [offset for offset, side in HAND_OFFSETS.items() if hand.side in (None, side)]
        free = (home + offset for home in homes for offset in offsets if home + offset not in taken)
        if (number := next(free, None)) is not None:
            taken.add(number)
            numbered.append(
                _track(number, HAND, hand.fragment, sampled).model_copy(
                    update={
                        "parent": parent.id if parent else None,
                        "side": hand.side,
                        "contacts": contacts(hand, things, sampled, clip),
                        "pose": pose,
                    }
                )
            )
    return sorted(numbered, key=lambda track: track.id)


def _track(number: int, label: str, fragment: Fragment, sampled: Sequence[int]) -> Track:
    """A box and a score for every clip frame from first to last seen, interpolated between detections and rounded here,
    before anything reads them: whatever is made of a track is made of what its document says."""
    seen = np.asarray(sampled)[fragment.samples]
    frames = np.arange(seen[0], seen[-1] + 1)
    columns = [np.interp(frames, seen, column) for column in (*fragment.boxes.T, fragment.scores)]
    *sides, scores = np.round(np.clip(columns, 0, 1), BOX_DECIMALS).tolist()
    return Track(id=number, label=label, seen=seen.tolist(), sides=sides, scores=scores)
