"""Every model of the GPU profiles with random weights, in the layout of the real ones: to run the profiles without
downloads, tiny on any machine or in their real size on a GPU.

What such models find means nothing, so the profiles made here take whatever they find. They prove that the code runs,
and how fast.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertTokenizerFast,
    DFineConfig,
    DFineForObjectDetection,
    GenerationConfig,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessor,
    GroundingDinoProcessor,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    RfDetrConfig,
    RfDetrForObjectDetection,
    RfDetrImageProcessor,
    RTDetrImageProcessor,
    Sam2VideoVideoProcessor,
    Sam3ImageProcessor,
    Sam3VideoConfig,
    Sam3VideoModel,
    Sam3VideoProcessor,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
)

from fm_tasks import weights
from fm_tasks.model import Model
from fm_tasks.tracking import detr, paper, sam3
from fm_tasks.tracking.boxes import ObjectRules
from fm_tasks.tracking.gpu import Place
from fm_tasks.tracking.profiles import PROFILES
from fm_tasks.weights import Weights

WORDS = (
    "cup",
    "ball",
    "box",
    "lamp",
    "chair",
    "book",
    "table",
    "phone",
    "bottle",
    "plant",
    "door",
    "shoe",
    "key",
    "pen",
)
CHAT = (
    "{% for message in messages %}<|im_start|> {% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %} {{ part['text'] }}{% endif %}{% endfor %}{% endfor %}"
)


class Size(NamedTuple):
    """What the configurations are made with; empty is the default of transformers."""

    namer: dict
    grounding: dict
    detector: dict
    classes: dict
    pose: dict
    segmenter: dict
    tracker: tuple[str, ...]


VISION = {
    "fpn_hidden_size": 128, "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
    "backbone_config": {
        "model_type": "sam3_vit_model", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 112, "pretrain_image_size": 112, "window_size": 4,
        "global_attn_indexes": [1],
    },
}  # fmt: skip
"""The picture encoder of a tiny SAM 3; 128 and not less, because its memories are of 64."""

ENCODER = {"hidden_size": 128, "num_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}

TINY = Size(
    namer={
        "text_config": {
            "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
            "num_key_value_heads": 1, "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3]},
        },
        "vision_config": {
            "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 32,
            "fullatt_block_indexes": [1],
        },
    },
    grounding={
        "d_model": 32, "encoder_layers": 1, "decoder_layers": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "num_queries": 12,
        "backbone_config": {
            "model_type": "swin", "embed_dim": 12, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2],
            "window_size": 4, "out_indices": [2, 3, 4],
        },
        "text_config": {
            "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 64,
        },
    },
    detector={
        "d_model": 32, "decoder_layers": 2, "decoder_ffn_dim": 64, "decoder_self_attention_heads": 2,
        "decoder_cross_attention_heads": 2, "num_queries": 12,
        "backbone_config": {
            "model_type": "rf_detr_dinov2", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "out_indices": [1, 2], "num_windows": 2, "image_size": 112, "patch_size": 14,
        },
    },
    classes={
        "d_model": 32, "encoder_hidden_dim": 32, "encoder_ffn_dim": 64, "encoder_in_channels": [32, 32, 32],
        "encoder_attention_heads": 2, "decoder_in_channels": [32, 32, 32], "decoder_layers": 2, "decoder_ffn_dim": 64,
        "decoder_attention_heads": 2, "num_queries": 12, "hidden_expansion": 0.5, "depth_mult": 0.34,
        "backbone_config": {
            "model_type": "hgnet_v2", "stem_channels": [3, 8, 8], "embedding_size": 8, "depths": [1, 1, 1, 1],
            "hidden_sizes": [16, 32, 32, 32], "stage_in_channels": [8, 16, 32, 32], "stage_mid_channels": [8, 8, 8, 8],
            "stage_out_channels": [16, 32, 32, 32], "stage_num_blocks": [1, 1, 1, 1], "stage_numb_of_layers": [1] * 4,
            "out_indices": [2, 3, 4], "return_idx": [1, 2, 3],
        },
    },
    pose={"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    segmenter={
        "low_res_mask_size": 32, "score_threshold_detection": 0.0, "new_det_thresh": 0.0, "det_nms_thresh": 0.9,
        "hotstart_delay": 0, "max_num_objects": 4,
        "detector_config": {
            "vision_config": VISION,
            "text_config": {
                "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
                "num_attention_heads": 2, "projection_dim": 32, "max_position_embeddings": 32,
            },
            "geometry_encoder_config": ENCODER,
            "detr_encoder_config": ENCODER,
            "detr_decoder_config": {**ENCODER, "num_queries": 6},
            "mask_decoder_config": {"hidden_size": 128, "num_attention_heads": 2},
        },
        "tracker_config": {
            "image_size": 112, "vision_config": VISION,
            "prompt_encoder_config": {"hidden_size": 128, "image_size": 112},
            "mask_decoder_config": {
                "hidden_size": 128, "mlp_dim": 64, "num_attention_heads": 2, "iou_head_hidden_dim": 128,
            },
            "memory_attention_hidden_size": 128, "memory_attention_num_layers": 1,
            "memory_attention_feed_forward_hidden_size": 64, "memory_attention_rope_feat_sizes": [8, 8],
            "memory_encoder_hidden_size": 128, "mask_downsampler_embed_dim": 128, "memory_fuser_embed_dim": 128,
            "memory_fuser_intermediate_dim": 64,
        },
    },
    tracker=(
        "++model.image_size=128",
        "++model.image_encoder.trunk.embed_dim=12",
        "++model.image_encoder.trunk.stages=[1,2,2,1]",
        "++model.image_encoder.trunk.global_att_blocks=[4]",
        "++model.image_encoder.trunk.window_spec=[8,4,4,4]",
        "++model.image_encoder.neck.backbone_channel_list=[96,48,24,12]",
        "++model.memory_attention.num_layers=1",
    ),
)  # fmt: skip


REAL = Size(
    namer={
        "text_config": {
            "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28,
            "num_key_value_heads": 4, "rope_parameters": {"rope_type": "default", "mrope_section": [16, 24, 24]},
        },
        "vision_config": {
            "depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "out_hidden_size": 3584,
        },
    },
    grounding={},
    detector={},
    classes={
        "encoder_in_channels": [256, 512, 1024], "hidden_expansion": 0.5, "depth_mult": 0.34, "decoder_layers": 3,
        "backbone_config": {
            "model_type": "hgnet_v2", "stem_channels": [3, 16, 16], "embedding_size": 16,
            "hidden_sizes": [64, 256, 512, 1024], "stage_in_channels": [16, 64, 256, 512],
            "stage_mid_channels": [16, 32, 64, 128], "stage_out_channels": [64, 256, 512, 1024],
            "stage_num_blocks": [1, 1, 2, 1], "stage_numb_of_layers": [3, 3, 3, 3],
            "use_learnable_affine_block": True, "out_indices": [2, 3, 4], "return_idx": [1, 2, 3],
        },
    },
    pose={"hidden_size": 1280, "num_hidden_layers": 32, "num_attention_heads": 16},
    segmenter={},
    tracker=(),
)  # fmt: skip
"""Qwen2.5-VL-7B, D-FINE small, ViTPose+ huge, and what the configurations are by default: Grounding DINO tiny, RF-DETR
base."""


def paper_profile(root: Path, size: Size, place: Place, seed: int = 0) -> paper.Profile:
    """Write the models of the profile `paper` under ``root``; the profile that uses them."""
    torch.manual_seed(seed)
    made = {part: Model(name=f"random/{part}", revision="1") for part in Size._fields}
    default = paper.Profile()
    _namer(_folder(root, made["namer"]), size.namer)
    _grounding(_folder(root, made["grounding"]), size.grounding)
    _detector(_folder(root, made["detector"]), size.detector)
    _pose(_folder(root, made["pose"]) / "pose.pth", size.pose)
    overrides = (*default.tracker_overrides, *size.tracker)
    _tracker(_folder(root, made["tracker"]) / "tracker.pt", default.tracker_config, overrides)
    profile = paper.Profile(
        place=place,
        namer=made["namer"], grounding=made["grounding"], detector=made["detector"], pose=made["pose"],
        pose_file="pose.pth", tracker=made["tracker"], tracker_file="tracker.pt", tracker_overrides=overrides,
        rules=ObjectRules(query_score=0, final_score=0, max_share=1, same_distance=0),
        min_person_score=0, most_persons=2, most_objects=6,
        min_point_score=-1, min_hand_score=0, min_hand_iou=0, min_contact_iou=0.01,
    )  # fmt: skip
    record(root, profile.models)
    return profile


def sam3_profile(root: Path, size: Size, place: Place, seed: int = 0) -> sam3.Profile:
    """Write the models of the profile `sam3` under ``root``; the profile that uses them."""
    torch.manual_seed(seed)
    namer, segmenter = (Model(name=f"random/{part}", revision="1") for part in ("namer", "segmenter"))
    _namer(_folder(root, namer), size.namer)
    _segmenter(_folder(root, segmenter), size.segmenter)
    profile = sam3.Profile(place=place, namer=namer, segmenter=segmenter, most_tokens=6)
    record(root, profile.models)
    return profile


def detr_profile(root: Path, size: Size, seed: int = 0) -> detr.Profile:
    """Write the model of the profile `detr` under ``root``; the profile that uses it."""
    torch.manual_seed(seed)
    detector = Model(name="random/classes", revision="1")
    _classes(_folder(root, detector), size.classes)
    profile = PROFILES["detr"].model_copy(update={"detector": detector, "min_score": 0.0, "min_tiled_score": 0.0})
    record(root, profile.models)
    return profile


def record(root: Path, made: tuple[Model, ...]) -> None:
    """Take note of the weights as `fm weights fetch` does of files that it finds."""
    entries = []
    for model in made:
        place = weights.folder(root, model)
        files = dict.fromkeys(str(file.relative_to(place)) for file in place.rglob("*") if file.is_file())
        entries.append(Weights(**dict(model), licence="CC0-1.0", profiles=("random",), files=files))
    for _ in weights.fetch(root, entries):
        pass


def _folder(root: Path, model: Model) -> Path:
    place = weights.folder(root, model)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _tokenizer(specials: list[str], **named) -> PreTrainedTokenizerFast:
    """Words and special tokens, a token each."""
    vocabulary = {word: n for n, word in enumerate([*specials, "[UNK]", *(f"{word}," for word in WORDS), *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.add_special_tokens(specials)
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]", **named)


def _namer(place: Path, config: dict) -> None:
    specials = ["<|pad|>", "<|end|>", "<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
                "<|video_pad|>"]  # fmt: skip
    tokenizer = _tokenizer(specials, pad_token="<|pad|>", eos_token="<|end|>")
    ids = {f"{name}_token_id": specials.index(f"<|{token}|>") for name, token in (
        ("image", "image_pad"), ("video", "video_pad"), ("vision_start", "vision_start"), ("vision_end", "vision_end"),
    )}  # fmt: skip
    text = {"vocab_size": max(len(tokenizer), 64), "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}
    made = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(
        **{**config, "text_config": {**config.get("text_config", {}), **text}, **ids}))  # fmt: skip
    # Each word once, and none of the marks: the answer of a random model is then a list.
    made.generation_config = GenerationConfig(
        no_repeat_ngram_size=1, suppress_tokens=list(range(len(specials) + 1)), pad_token_id=0, eos_token_id=1
    )
    made.to(torch.bfloat16).save_pretrained(place)
    Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(), tokenizer, Qwen2VLVideoProcessor(), chat_template=CHAT
    ).save_pretrained(place)


def _grounding(place: Path, config: dict) -> None:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "hand", *WORDS]
    (place / "vocab.txt").write_text("\n".join(vocabulary))
    GroundingDinoForObjectDetection(GroundingDinoConfig(**config)).save_pretrained(place)
    side = {"shortest_edge": 800, "longest_edge": 1333} if not config else {"shortest_edge": 96, "longest_edge": 160}
    tokenizer = BertTokenizerFast(vocab={word: n for n, word in enumerate(vocabulary)})
    GroundingDinoProcessor(GroundingDinoImageProcessor(size=side), tokenizer).save_pretrained(place)


def _detector(place: Path, config: dict) -> None:
    made = RfDetrConfig(**config, id2label={0: "person", 1: "cup"}, label2id={"person": 0, "cup": 1})
    RfDetrForObjectDetection(made).save_pretrained(place)
    side = 560 if not config else 112
    RfDetrImageProcessor(size={"height": side, "width": side}).save_pretrained(place)


def _classes(place: Path, config: dict) -> None:
    made = DFineConfig(**config, id2label={0: "person", 1: "cup"}, label2id={"person": 0, "cup": 1})
    DFineForObjectDetection(made).save_pretrained(place)
    side = 640 if config.get("d_model") is None else 128
    RTDetrImageProcessor(size={"height": side, "width": side}).save_pretrained(place)


THERE = (
    ("backbone.embeddings.patch_embeddings.projection", "backbone.patch_embed.proj"),
    ("backbone.embeddings.position_embeddings", "backbone.pos_embed"),
    ("backbone.layernorm.", "backbone.last_norm."),
    ("backbone.encoder.layer.", "backbone.blocks."),
    ("attention.output.dense", "attn.proj"),
    ("layernorm_before", "norm1"),
    ("layernorm_after", "norm2"),
    ("head.deconv1", "keypoint_head.deconv_layers.0"),
    ("head.batchnorm1", "keypoint_head.deconv_layers.1"),
    ("head.deconv2", "keypoint_head.deconv_layers.3"),
    ("head.batchnorm2", "keypoint_head.deconv_layers.4"),
    ("head.conv", "keypoint_head.final_layer"),
)
"""How a tensor of ViTPose is called in transformers, and by MMPose."""


def _pose(file: Path, config: dict) -> None:
    backbone = VitPoseBackboneConfig(
        **{"hidden_size": 1280, "num_hidden_layers": 32, "num_attention_heads": 16, **config},
        out_indices=[config.get("num_hidden_layers", 32)],
    )
    made = VitPoseForPoseEstimation(VitPoseConfig(backbone_config=backbone, num_labels=133, use_simple_decoder=False))
    state = {}
    for name, tensor in made.state_dict().items():
        for here, there in THERE:
            name = name.replace(here, there)
        if ".attention.attention.query." in name:
            pieces = [made.state_dict()[_back(name).replace("query", part)] for part in ("query", "key", "value")]
            state[name.replace("attention.attention.query", "attn.qkv")] = torch.cat(pieces)
        elif ".attention.attention." not in name:
            state[name] = tensor
    torch.save({"state_dict": state}, file)


def _back(name: str) -> str:
    return name.replace("backbone.blocks.", "backbone.encoder.layer.")


def _tracker(file: Path, config: str, overrides: tuple[str, ...]) -> None:
    from sam2.build_sam import build_sam2_video_predictor

    made = build_sam2_video_predictor(
        config, None, "cpu", hydra_overrides_extra=list(overrides), apply_postprocessing=False
    )
    _sure(made.sam_mask_decoder.pred_obj_score_head.layers[-1])
    torch.save({"model": made.state_dict()}, file)


def _sure(head: torch.nn.Linear) -> None:
    """Have a random model say of each frame that the object is there."""
    torch.nn.init.constant_(head.bias, 10)


def _segmenter(place: Path, config: dict) -> None:
    made = Sam3VideoModel(Sam3VideoConfig(**config))
    _sure(made.tracker_model.mask_decoder.pred_obj_score_head.proj_out)
    made.save_pretrained(place)
    side = {"height": made.config.image_size, "width": made.config.image_size}
    tokenizer = _tokenizer(["<|pad|>", "<|end|>"], pad_token="<|pad|>", eos_token="<|end|>")
    Sam3VideoProcessor(Sam3ImageProcessor(size=side), Sam2VideoVideoProcessor(size=side), tokenizer).save_pretrained(
        place
    )
