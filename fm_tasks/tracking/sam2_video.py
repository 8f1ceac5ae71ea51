"""SAM 2.1 (Ravi et al., arXiv 2408.00714) through Meta's package: objects prompted by boxes, followed as masks.

The clip is read once, frame by frame: prompts of a frame are given when it is reached, and what the model will not look
at again is let go, so memory does not grow with the clip. Objects are followed independently of each other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from fm_tasks.tracking.boxes import Boxes, Size
from fm_tasks.tracking.gpu import Place

Prompts = Mapping[int, Mapping[int, np.ndarray]]
"""By frame, the box of each object, by its id, that is given there; pixels."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue in the training pictures (ImageNet), 0..1."""


class Sam2Video:
    """``config`` names a configuration of the package, ``overrides`` change it as Hydra reads them."""

    def __init__(self, checkpoint: Path, config: str, overrides: Iterable[str], place: Place):
        from sam2 import sam2_video_predictor
        from sam2.build_sam import build_sam2_video_predictor
        from sam2.utils import misc

        for module in (sam2_video_predictor, misc):
            module.tqdm = lambda frames, **_: frames  # a bar for each segment would fill the shard's log
        self._place = place
        # As the package does by default, but for filling holes, which needs its CUDA extension and moves no box.
        self._model = build_sam2_video_predictor(
            config,
            str(checkpoint),
            place.device,
            hydra_overrides_extra=[*DEFAULTS, *overrides],
            apply_postprocessing=False,
        )

    def follow(
        self, frames: Callable[[], Iterator[np.ndarray]], count: int, size: Size, prompts: Prompts, at_once: int
    ) -> Boxes:
        """Follow every object from the first frame in which it is prompted, no more than ``at_once`` together.

        ``frames`` begins to read the clip's ``count`` frames anew, RGB. Scores are the mean probability of the mask.
        """
        ids = sorted({number for given in prompts.values() for number in given})
        found: Boxes = {number: {} for number in ids}
        for first in range(0, len(ids), at_once):
            group = set(ids[first : first + at_once])
            some = {at: {n: box for n, box in given.items() if n in group} for at, given in prompts.items()}
            for at, seen in self._propagate(frames, count, size, {at: given for at, given in some.items() if given}):
                for number, box_and_score in seen.items():
                    found[number][at] = box_and_score
        return found

    def _propagate(self, frames, count: int, size: Size, prompts: Prompts) -> Iterator[tuple[int, dict]]:
        with self._place.computing():
            state = self._state(frames(), count, size)
            for start, end in pairwise([*sorted(prompts), count]):
                for number, box in prompts[start].items():
                    self._model.add_new_points_or_box(state, start, number, box=np.asarray(box, np.float32))
                for at, ids, logits in self._model.propagate_in_video(state, start, end - start - 1):
                    yield at, dict(_boxes(ids, logits[:, 0]))
                    self._forget(state, at)

    def _state(self, frames: Iterator[np.ndarray], count: int, size: Size) -> dict:
        """The package's own state of a clip, made of a stand-in picture and given the stream in its place."""
        with tempfile.TemporaryDirectory() as folder:
            Image.new("RGB", (8, 8)).save(Path(folder, "0.jpg"))
            state = self._model.init_state(folder)
        width, height = size
        stream = Stream(frames, self._model.image_size)
        return state | {
            "images": stream,
            "num_frames": count,
            "video_width": width,
            "video_height": height,
            "cached_features": {},
        }

    def _forget(self, state: dict, at: int) -> None:
        """Let go of what the memory attention of later frames does not reach."""
        reach = max(self._model.max_obj_ptrs_in_encoder, self._model.num_maskmem)
        most = self._model.max_cond_frames_in_attn
        for outputs in state["output_dict_per_obj"].values():
            for old in [n for n in outputs["non_cond_frame_outputs"] if n < at - reach]:
                del outputs["non_cond_frame_outputs"][old]
            for old in sorted(outputs["cond_frame_outputs"])[:-most] if most > 0 else []:
                del outputs["cond_frame_outputs"][old]


DEFAULTS = (
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_via_stability=true",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_delta=0.05",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_thresh=0.98",
    "++model.binarize_mask_from_pts_for_mem_enc=true",
)


class Stream:
    """The frames of a clip as the model asks for them, by rising numbers: one is held, (3, side, side) float."""

    def __init__(self, frames: Iterator[np.ndarray], side: int):
        self._frames, self._side = enumerate(frames), side
        self._last: tuple[int, np.ndarray] = (-1, np.empty(0))

    def __getitem__(self, number: int):
        import torch

        while self._last[0] < number:
            self._last = next(self._frames)
        if self._last[0] != number:
            raise IndexError(f"frame {number} was let go before it was asked for")
        square = np.asarray(Image.fromarray(self._last[1]).resize((self._side, self._side)), np.float32) / 255
        return torch.from_numpy((square - np.float32(MEAN)) / np.float32(DEVIATION)).permute(2, 0, 1)


def _boxes(ids: Iterable[int], logits) -> Iterator[tuple[int, tuple[np.ndarray, float]]]:
    """Bounds and mean probability of each mask of ``logits`` (N, height, width) that is not empty."""
    import torch

    masks = logits > 0
    height, width = masks.shape[1:]
    columns, rows = masks.any(1).int(), masks.any(2).int()
    ends = width - columns.flip(1).argmax(1), height - rows.flip(1).argmax(1)
    sums = (logits.float().sigmoid() * masks).sum((1, 2)), masks.sum((1, 2))
    # In one piece: each copy from the GPU waits for it.
    table = torch.stack([s.double() for s in (columns.argmax(1), rows.argmax(1), *ends, *sums)], 1).tolist()
    for number, (*box, total, pixels) in zip(ids, table, strict=True):
        if pixels:
            yield number, (np.array(box), total / pixels)
