"""ViTPose+ (Xu et al., arXiv 2212.04246): the 133 keypoints of COCO-WholeBody of persons whose boxes are known.

transformers has the network; the weights with the head for whole bodies are only published in the layout of MMPose, of
which the names are changed here (as in transformers' ``convert_vitpose_to_hf.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from fm_tasks.tracking.gpu import Place

HEADS = {384: 12, 768: 12, 1024: 16, 1280: 16}
"""Attention heads by width of the network: small, base, large, huge."""
NAMES = (
    (r"^backbone\.patch_embed\.proj", "backbone.embeddings.patch_embeddings.projection"),
    (r"^backbone\.pos_embed", "backbone.embeddings.position_embeddings"),
    (r"^backbone\.last_norm", "backbone.layernorm"),
    (r"^backbone\.blocks", "backbone.encoder.layer"),
    (r"\.attn\.proj", ".attention.output.dense"),
    (r"\.norm1\.", ".layernorm_before."),
    (r"\.norm2\.", ".layernorm_after."),
    (r"^keypoint_head\.deconv_layers\.0", "head.deconv1"),
    (r"^keypoint_head\.deconv_layers\.1", "head.batchnorm1"),
    (r"^keypoint_head\.deconv_layers\.3", "head.deconv2"),
    (r"^keypoint_head\.deconv_layers\.4", "head.batchnorm2"),
    (r"^keypoint_head\.final_layer", "head.conv"),
)
"""How a tensor is called there, and here."""


class WholeBody:
    """Made of the one file of weights at ``path``."""

    def __init__(self, path: Path, place: Place):
        import torch
        from transformers import VitPoseForPoseEstimation, VitPoseImageProcessor

        state = torch.load(path, map_location="cpu", weights_only=True)
        state = state.get("state_dict", state)
        self._place, self._processor = place, VitPoseImageProcessor()
        self._model = VitPoseForPoseEstimation(_config(state))
        self._model.load_state_dict(renamed(state))
        self._model.to(place.device).eval()

    def keypoints(self, rgb: np.ndarray, persons: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
        """x, y and score of each of 133 keypoints, (133, 3), of the ``persons`` whose boxes in ``rgb`` are given."""
        if not persons:
            return {}
        corners = np.stack(list(persons.values()))
        boxes = [np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])]
        inputs = self._processor(Image.fromarray(rgb), boxes=boxes, return_tensors="pt").to(self._place.device)
        with self._place.computing():
            outputs = self._model(**inputs)
        outputs.heatmaps = outputs.heatmaps.float()
        poses = self._processor.post_process_pose_estimation(outputs, boxes=boxes)[0]
        return {
            person: np.column_stack([pose["keypoints"].numpy(), pose["scores"].numpy()]).astype(float)
            for person, pose in zip(persons, poses, strict=True)
        }


def renamed(state: Mapping) -> dict:
    """The tensors under the names of transformers; queries, keys and values in one each."""
    tensors = {}
    for name, tensor in state.items():
        for there, here in NAMES:
            name = re.sub(there, here, name)
        if ".attn.qkv." in name:
            for part, piece in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                tensors[name.replace("attn.qkv", f"attention.attention.{part}")] = piece
        else:
            tensors[name] = tensor
    return tensors


def _config(state: Mapping):
    """The configuration of the network, as far as the shapes of its tensors tell it."""
    from transformers import VitPoseBackboneConfig, VitPoseConfig

    width = state["backbone.pos_embed"].shape[-1]
    layers = 1 + max(int(name.split(".")[2]) for name in state if name.startswith("backbone.blocks."))
    backbone = VitPoseBackboneConfig(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=HEADS.get(width, 4), out_indices=[layers]
    )
    points = state["keypoint_head.final_layer.weight"].shape[0]
    return VitPoseConfig(backbone_config=backbone, num_labels=points, use_simple_decoder=False)
