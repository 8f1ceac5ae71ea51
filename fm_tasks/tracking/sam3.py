"""SAM 3 (Carion et al., arXiv 2511.16719): one model that finds, outlines and follows everything a text names.

The texts are `person` and what a vision-language model names in the first frame, as with the profile `paper`. What
enters later is found too, because the model looks for the texts in every frame.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from pathlib import Path
from typing import Literal

import numpy as np

from fm_tasks import video
from fm_tasks.errors import Rejected
from fm_tasks.model import FIRST_OBJECT, PERSON_STEP, ClipFile, Document, Model, RejectionCode, Track, Trajectories
from fm_tasks.tracking import boxes
from fm_tasks.tracking.boxes import Boxes
from fm_tasks.tracking.gpu import Place, spared
from fm_tasks.tracking.naming import Namer
from fm_tasks.weights import loadable

log = logging.getLogger(__name__)

PERSON = "person"


class Profile(Document):
    """The models, and every parameter that changes what they find."""

    name: Literal["sam3"] = "sam3"
    place: Place = Place()
    namer: Model = Model(name="Qwen/Qwen2.5-VL-7B-Instruct", revision="cc594898137f460bfe9f0759e9844b3ce807cfb5")
    picture_side: int = 512
    """Longest side of the picture in which things are named, pixels."""
    most_tokens: int = 64
    segmenter: Model = Model(name="facebook/sam3", revision="3c879f39826c281e95690f02c7821c4de09afae7")
    most_persons: int = 6
    min_area: float = 50
    """Smallest box, square pixels."""
    max_iou: float = 0.7
    """Two tracks that lie more on each other are one object. The model's own rule needs the package `kernels`, which
    fetches code when it runs."""

    @property
    def models(self) -> tuple[Model, ...]:
        """Those whose weights are needed."""
        return self.namer, self.segmenter


class Sam3:
    """The models of one process, with weights under ``root``; nothing of a clip stays in it.

    Raises ``BadConfig`` where there is no such device, or weights are missing or changed.
    """

    def __init__(self, profile: Profile, root: Path):
        profile.place.require()
        namer, segmenter = (loadable(root, model) for model in profile.models)
        self._profile = profile
        self.namer = Namer(namer, profile.picture_side, profile.most_tokens, profile.place)
        self.segmenter = Segmenter(segmenter, profile.place)

    def trajectories(self, path: Path, clip: ClipFile) -> Trajectories:
        """Every track of the clip at ``path``. Raises ``Rejected(NO_TRACKS)``; ``ItemFailed`` where the memory does
        not do."""
        return spared(lambda lean: self._followed(path, clip, lean), log.warning)

    def _followed(self, path: Path, clip: ClipFile, lean: bool) -> Trajectories:
        profile = self._profile
        names = self.namer.names(next(video.pictures(path)))
        texts = list(dict.fromkeys((PERSON, *names)))
        found, texts_of = self.segmenter.follow(path, texts, state_on_cpu=lean)
        tracks, unfollowed = labelled(found, texts_of, clip, profile)
        if not tracks:
            raise Rejected(RejectionCode.NO_TRACKS, f"looked for: {', '.join(texts)}; none could be followed")
        return Trajectories(
            width=clip.width,
            height=clip.height,
            times_us=clip.times_us,
            models=profile.models,
            names=names,
            unfollowed=unfollowed,
            tracks=tracks,
        )


class Segmenter:
    """SAM 3 for video, of transformers. The clip is read once; frames and memories are let go as it goes on."""

    def __init__(self, folder: Path, place: Place):
        from transformers import Sam3VideoModel, Sam3VideoProcessor

        self._place = place
        self._processor = Sam3VideoProcessor.from_pretrained(folder)
        self._model = Sam3VideoModel.from_pretrained(folder).to(place.device).eval()

    def follow(self, path: Path, texts: list[str], state_on_cpu: bool) -> tuple[Boxes, dict[int, str]]:
        """Boxes and scores of everything that ``texts`` name, by the model's own ids, and the text that each is of."""
        session = self._processor.init_video_session(
            inference_device=self._place.device, inference_state_device="cpu" if state_on_cpu else None
        )
        session = self._processor.add_text_prompt(session, texts)
        reach = max(
            self._model.config.tracker_config.num_maskmem,
            self._model.config.tracker_config.max_object_pointers_in_encoder,
        )
        found: Boxes = defaultdict(dict)
        removed: set[int] = set()
        for at, rgb in enumerate(video.pictures(path)):
            inputs = self._processor(images=rgb, device=self._place.device, return_tensors="pt")
            with self._place.computing():
                output = self._model(session, at, inputs["pixel_values"][0])
            answer = self._processor.postprocess_outputs(session, output, original_sizes=[list(rgb.shape[:2])])
            removed |= set(output.removed_obj_ids)
            columns = (answer[part].tolist() for part in ("object_ids", "boxes", "scores"))
            for number, (x1, y1, x2, y2), score in zip(*columns, strict=True):
                found[number][at] = np.array([x1, y1, x2 + 1, y2 + 1]), score  # the last pixel is inside
            del session.processed_frames[at]
            for outputs in session.output_dict_per_obj.values():
                outputs["non_cond_frame_outputs"].pop(at - reach - 1, None)
        texts_of = {number: session.prompts[prompt] for number, prompt in session.obj_id_to_prompt_id.items()}
        return {number: at for number, at in found.items() if number not in removed}, texts_of


def labelled(
    found: Boxes, texts_of: dict[int, str], clip: ClipFile, profile: Profile
) -> tuple[tuple[Track, ...], dict[str, int]]:
    """The tracks of what was found, without boxes that are too small, in the order in which they are first seen: of
    persons the first ``most_persons``; and how many more there were."""
    large = {
        number: {frame: one for frame, one in at.items() if boxes.area(one[0]) >= profile.min_area}
        for number, at in found.items()
    }
    large = boxes.distinct(large, profile.max_iou)
    order = sorted((min(at), number) for number, at in large.items())
    persons = [number for _, number in order if texts_of[number] == PERSON]
    persons, beyond = persons[: profile.most_persons], persons[profile.most_persons :]
    objects = [number for _, number in order if texts_of[number] != PERSON]
    ids = {number: PERSON_STEP * n for n, number in enumerate(persons)}
    ids |= {number: FIRST_OBJECT + n for n, number in enumerate(objects)}
    size = clip.width, clip.height
    tracks = tuple(boxes.track(ids[number], texts_of[number], large[number], size) for number in ids)
    return tracks, {PERSON: len(beyond)} if beyond else {}
