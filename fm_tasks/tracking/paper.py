"""The stack of FoundationMotion (arXiv 2512.10927): name, box, follow, look for hands, follow again.

1. A vision-language model names the things in the first frame; Grounding DINO is asked for each name by itself, RF-DETR
   for persons.
2. SAM 2.1 follows persons and things from their boxes in the first frame; what enters later is found where the profile
   says how often to look again.
3. On key frames, a sixth of a second apart, ViTPose+ tells where each person's hands are, and Grounding DINO, asked for
   hands, confirms them. What a hand touches is inferred from boxes, and said to be.
4. SAM 2.1 follows everything anew: things from where they were found; persons, hands and what is held prompted again at
   each key frame.

Hands23, by which the paper sees contact, is replaced by the third step: its weights have no licence.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from fm_tasks import video
from fm_tasks.errors import Rejected
from fm_tasks.model import (
    FIRST_OBJECT,
    HAND_OFFSETS,
    PERSON_STEP,
    ClipFile,
    Contact,
    ContactState,
    Document,
    Model,
    RejectionCode,
    Track,
    Trajectories,
)
from fm_tasks.tracking import boxes
from fm_tasks.tracking.boxes import Boxes, ObjectRules, Size, Touching
from fm_tasks.tracking.detectors import Classes, Grounding
from fm_tasks.tracking.gpu import Place, spared
from fm_tasks.tracking.naming import Namer
from fm_tasks.tracking.sam2_video import Prompts, Sam2Video
from fm_tasks.tracking.vitpose import WholeBody
from fm_tasks.weights import loadable

log = logging.getLogger(__name__)


class Profile(Document):
    """The models, and every parameter that changes what they find; the defaults are the paper's and its code's."""

    name: Literal["paper"] = "paper"
    place: Place = Place()
    namer: Model = Model(name="Qwen/Qwen2.5-VL-7B-Instruct", revision="cc594898137f460bfe9f0759e9844b3ce807cfb5")
    picture_side: int = 512
    """Longest side of the picture in which things are named, pixels."""
    most_tokens: int = 64
    min_names: int = 3
    """A clip with fewer things named is refused."""
    grounding: Model = Model(
        name="IDEA-Research/grounding-dino-tiny", revision="a2bb814dd30d776dcf7e30523b00659f4f141c71"
    )
    rules: ObjectRules = ObjectRules()
    detector: Model = Model(name="Roboflow/rf-detr-base", revision="7b95b089788e6c7db56d5ea9b0a07ca08ea6ac0a")
    min_person_score: float = 0.8
    most_persons: int = 6
    most_objects: int = 50
    """Of more, the surest are followed; the method has no such limit for objects, memory has."""
    redetect_seconds: float | None = None
    """How often to look for what was not there before; None is never, as in the paper."""
    pose: Model = Model(name="JunkyByte/easy_ViTPose", revision="2757e82adcccda02f9f7fef66e5a115b7be439fe")
    pose_file: str = "torch/wholebody/vitpose-h-wholebody.pth"
    key_fps: float = 6
    """Key frames per second, by time."""
    min_point_score: float = 0.5
    min_points: int = 3
    """A hand has more keypoints than this of a higher score than that."""
    hand_scale: float = 1.5
    hand_query: str = "hand"
    min_hand_score: float = 0.3
    min_hand_iou: float = 0.3
    """A hand by its keypoints is one that is also detected, with a box that overlaps more than this."""
    min_contact_iou: float = 0.1
    min_held_share: float = 0.5
    """What a hand touches in this share of the key frames in which it is seen is held by it."""
    tracker: Model = Model(name="facebook/sam2.1-hiera-small", revision="ee5bba1d82bb8749febdf90f45e84b687142ba03")
    tracker_file: str = "sam2.1_hiera_small.pt"
    tracker_config: str = "configs/sam2.1/sam2.1_hiera_s.yaml"
    tracker_overrides: tuple[str, ...] = ("++model.max_cond_frames_in_attn=8",)
    """Of the prompted frames, the eight latest are looked back at: all of them would fill memory and cost the most."""
    min_person_area: float = 100
    min_hand_area: float = 20
    min_object_area: float = 50
    """Smallest box of a person, of a hand or what it holds, and of another object, square pixels."""

    @property
    def models(self) -> tuple[Model, ...]:
        """Those whose weights are needed."""
        return self.namer, self.grounding, self.detector, self.pose, self.tracker

    def min_area(self, number: int) -> float:
        """The smallest box of the track ``number``, square pixels."""
        if number >= FIRST_OBJECT:
            return self.min_object_area
        return self.min_hand_area if number % PERSON_STEP else self.min_person_area


class Load(NamedTuple):
    """How much is computed together; it decides on memory and speed, not on what is found."""

    objects: int
    pictures: int


FULL, LEAN = Load(32, 8), Load(4, 1)


class Thing(NamedTuple):
    """A person or an object: its name, and the frame and the box in which it was found."""

    label: str
    frame: int
    box: np.ndarray


class Paper:
    """The models of one process, with weights under ``root``; nothing of a clip stays in it.

    Raises ``BadConfig`` where there is no such device, or weights are missing or changed.
    """

    def __init__(self, profile: Profile, root: Path):
        profile.place.require()
        namer, grounding, detector, pose, tracker = (loadable(root, model) for model in profile.models)
        self._profile, place = profile, profile.place
        self.namer = Namer(namer, profile.picture_side, profile.most_tokens, place)
        self.grounding = Grounding(grounding, place)
        self.detector = Classes(detector, place)
        self.pose = WholeBody(pose / profile.pose_file, place)
        checkpoint = tracker / profile.tracker_file
        self.tracker = Sam2Video(checkpoint, profile.tracker_config, profile.tracker_overrides, place)

    def trajectories(self, path: Path, clip: ClipFile) -> Trajectories:
        """Every track of the clip at ``path``. Raises ``Rejected``: ``too_few_objects`` or ``no_tracks``;
        ``ItemFailed`` where the memory does not do."""
        return spared(lambda lean: self._followed(path, clip, LEAN if lean else FULL), log.warning)

    def _followed(self, path: Path, clip: ClipFile, load: Load) -> Trajectories:
        profile, size = self._profile, (clip.width, clip.height)
        follow = partial(
            self.tracker.follow, partial(video.pictures, path), len(clip.times_us), size, at_once=load.objects
        )
        first = next(video.pictures(path))
        names = self.namer.names(first)
        if len(names) < profile.min_names:
            told = ", ".join(names) or "nothing"
            raise Rejected(RejectionCode.TOO_FEW_OBJECTS, f"named in the first frame: {told}")
        things, unfollowed = self._things(first, 0, names, size, {}, {})
        seen = follow(beginnings(things))
        for frame, picture in self._later(path, clip):
            new, more = self._things(picture, frame, names, size, things, seen)
            things, unfollowed = things | new, unfollowed | more  # of what is passed over again, the most at once
            seen |= follow(beginnings(new))
        key_frames = video.sample(clip.times_us, profile.key_fps)
        hands = dict(self._hands(path, key_frames, size, seen, load.pictures))
        touching = {
            frame: boxes.touches(there, _objects(seen, frame), profile.min_contact_iou)
            for frame, there in hands.items()
        }
        times_seen = {number: len(at.keys() & key_frames) for number, at in seen.items()}
        owners = boxes.held(touching, times_seen, profile.min_held_share)
        # Without a person nothing is prompted anew, and the second pass would be the first again.
        found = follow(prompts(things, seen, hands, touching, owners)) if hands else seen
        tracks = labelled(found, things, touching, owners, key_frames, clip, profile)
        if not tracks:
            raise Rejected(RejectionCode.NO_TRACKS, f"named: {', '.join(names)}; none could be boxed and followed")
        return Trajectories(
            width=clip.width,
            height=clip.height,
            times_us=clip.times_us,
            models=profile.models,
            names=names,
            unfollowed=unfollowed,
            tracks=tracks,
        )

    def _things(
        self, picture: np.ndarray, frame: int, names: Sequence[str], size: Size, known: Mapping[int, Thing], seen: Boxes
    ) -> tuple[dict[int, Thing], Counter[str]]:
        """What is found in ``picture`` and was not ``seen`` there, the surest while there are not as many as are
        followed, and the labels of the others; ids go on from those that are ``known``."""
        profile, rules = self._profile, self._profile.rules
        persons = self.detector.find(picture, "person", profile.min_person_score)
        objects = boxes.together(
            found for name in names for found in self.grounding.find([picture], name, rules.query_score)
        )
        there = np.reshape([at[frame][0] for at in seen.values() if frame in at], (-1, 4))
        before = sum(number < FIRST_OBJECT for number in known)
        persons = boxes.persons(persons, size, profile.min_person_score, profile.min_person_area, rules.max_iou)
        objects = boxes.objects(objects, size, rules)
        persons, objects = (boxes.entrants(found, there, rules.max_iou) for found in (persons, objects))
        persons, crowd = boxes.surest(persons, profile.most_persons - before)
        objects, heap = boxes.surest(objects, profile.most_objects - (len(known) - before))
        numbers = [*(PERSON_STEP * (before + n) for n in range(len(persons.labels)))]
        numbers += [FIRST_OBJECT + len(known) - before + n for n in range(len(objects.labels))]
        found = boxes.together([persons, objects])
        things = {
            number: Thing(label, frame, box)
            for number, label, box in zip(numbers, found.labels, found.boxes, strict=True)
        }
        return things, crowd + heap

    def _later(self, path: Path, clip: ClipFile) -> Iterator[tuple[int, np.ndarray]]:
        """The frames in which to look again, but for the first."""
        if self._profile.redetect_seconds is not None:
            at = video.sample(clip.times_us, 1 / self._profile.redetect_seconds)[1:]
            yield from zip(at, video.pictures(path, at), strict=True)

    def _hands(
        self, path: Path, key_frames: Sequence[int], size: Size, seen: Boxes, together: int
    ) -> Iterator[tuple[int, dict[int, np.ndarray]]]:
        """By key frame, the boxes of the hands of the persons that are ``seen`` there."""
        profile = self._profile
        persons = {
            frame: {n: at[frame][0] for n, at in seen.items() if n < FIRST_OBJECT and frame in at}
            for frame in key_frames
        }
        frames = [frame for frame in key_frames if persons[frame]]
        pictures = video.pictures(path, frames)
        for start in range(0, len(frames), together):
            some = frames[start : start + together]
            shown = [next(pictures) for _ in some]
            detected = self.grounding.find(shown, profile.hand_query, profile.min_hand_score)
            for frame, picture, hands in zip(some, shown, detected, strict=True):
                points = self.pose.keypoints(picture, persons[frame])
                regions = boxes.hand_regions(
                    points, size, profile.min_point_score, profile.min_points, profile.hand_scale
                )
                yield frame, boxes.matched(regions, boxes.sound(hands, size), profile.min_hand_iou)


def _objects(seen: Boxes, frame: int) -> dict[int, np.ndarray]:
    """The boxes of the objects that are seen in ``frame``, persons apart."""
    return {number: at[frame][0] for number, at in seen.items() if number >= FIRST_OBJECT and frame in at}


def beginnings(things: Mapping[int, Thing]) -> dict[int, dict[int, np.ndarray]]:
    """The prompts of the first pass: each thing where it was found."""
    given: dict[int, dict[int, np.ndarray]] = {}
    for number, thing in things.items():
        given.setdefault(thing.frame, {})[number] = thing.box
    return given


def prompts(
    things: Mapping[int, Thing],
    seen: Boxes,
    hands: Mapping[int, Mapping[int, np.ndarray]],
    touching: Touching,
    owners: Mapping[int, int],
) -> Prompts:
    """The prompts of the second pass: each thing where it was found and, by key frame, every hand, every person where
    the first pass has ``seen`` it, and what is held, while it is touched."""
    given = beginnings({held_as(number, owners): thing for number, thing in things.items()})
    for frame, there in hands.items():
        again = given.setdefault(frame, {})
        again |= there
        again |= {n: at[frame][0] for n, at in seen.items() if n < FIRST_OBJECT and frame in at}
        for thing, hand in owners.items():
            if touching[frame].get(hand) == (ContactState.OBJECT_CONTACT, thing):
                again[held_as(thing, owners)] = seen[thing][frame][0]
    return given


def held_as(number: int, owners: Mapping[int, int]) -> int:
    """The id of an object: where a hand holds it, the one after the hand's."""
    return owners[number] + 1 if number in owners else number


def labelled(
    found: Boxes,
    things: Mapping[int, Thing],
    touching: Touching,
    owners: Mapping[int, int],
    key_frames: Sequence[int],
    clip: ClipFile,
    profile: Profile,
) -> tuple[Track, ...]:
    """The tracks of what the second pass ``found``, without boxes that are too small: persons with their hands and what
    those hold, then other objects."""
    size = clip.width, clip.height
    labels = {held_as(number, owners): thing.label for number, thing in things.items()}
    large = {
        number: {frame: one for frame, one in at.items() if boxes.area(one[0]) >= profile.min_area(number)}
        for number, at in found.items()
    }
    large = {number: at for number, at in sorted(large.items()) if at}
    tracks = []
    for number, at in large.items():
        person, part = number // PERSON_STEP * PERSON_STEP, number % PERSON_STEP
        if number >= FIRST_OBJECT or not part:
            of = {"label": labels[number]}
        elif part in HAND_OFFSETS:
            spans = boxes.contacts(touching, number, key_frames, len(clip.times_us))
            spans = tuple(_retold(one, owners, large.keys()) for one in spans)
            of = {
                "label": f"{HAND_OFFSETS[part]} hand",
                "parent": person,
                "side": HAND_OFFSETS[part],
                "contacts": spans,
            }
        else:
            of = {"label": labels[number], "parent": number - 1, "inferred": True}
        if of.get("parent") not in large:
            of.pop("parent", None)
        tracks.append(boxes.track(number, of.pop("label"), at, size, **of))
    return tuple(tracks)


def _retold(contact: Contact, owners: Mapping[int, int], known: Collection[int]) -> Contact:
    """The contact with the object's own id, or none where it has no track."""
    number = None if contact.object is None else held_as(contact.object, owners)
    return contact.model_copy(update={"object": number if number in known else None})
