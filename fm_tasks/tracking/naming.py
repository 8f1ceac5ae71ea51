"""The names of the things in a picture: a vision-language model lists them, and the list is read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image

from fm_tasks.tracking.gpu import Place

QUESTION = (
    "List the objects that are visible in this picture, as short common nouns separated by commas. "
    "Do not list people, parts of their bodies or hands. Answer with the list only."
)
PEOPLE = frozenset(
    [
        "person",
        "people",
        "human",
        "humans",
        "man",
        "men",
        "woman",
        "women",
        "boy",
        "boys",
        "girl",
        "girls",
        "child",
        "children",
        "kid",
        "kids",
        "baby",
        "babies",
        "adult",
        "pedestrian",
        "pedestrians",
        "crowd",
        "hand",
        "hands",
        "finger",
        "fingers",
        "thumb",
        "arm",
        "arms",
        "leg",
        "legs",
        "foot",
        "feet",
        "face",
        "head",
        "hair",
        "body",
        "skin",
        "nail",
        "nails",
        "wrist",
        "palm",
    ]
)
"""Who is followed as a person, and parts of them, in the words that models use."""

ARTICLE = re.compile(r"^(?:an?|the|some|several|one|two|three)\s+")
LONGEST = 40
"""Letters of a name: what is longer is a sentence."""


def names_in(answer: str, cut_off: bool = False) -> tuple[str, ...]:
    """The names that an answer lists, in its order and each once, without people and their parts.

    Read as lines or between commas, with or without numbers and bullets, in small letters. Where the answer was
    ``cut_off``, its last item is part of a word and is left out.
    """
    items = re.split(r"[,;\n]", answer.lower())
    names = []
    for item in items[:-1] if cut_off else items:
        name = re.sub(r"[^a-z0-9 -]", " ", re.sub(r"^\W*\d+[.)]|\(.*?\)", " ", item))
        name = ARTICLE.sub("", " ".join(name.split()).strip("- "))
        if 1 < len(name) <= LONGEST and name[0].isalpha() and not PEOPLE & set(name.split()):
            names.append(name)
    return tuple(dict.fromkeys(names))


class Namer:
    """Any image-and-text model of transformers that answers a chat, as Qwen2.5-VL or Qwen3-VL."""

    def __init__(self, folder: Path, side: int, most_tokens: int, place: Place):
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self._side, self._most, self._place = side, most_tokens, place
        self._processor = AutoProcessor.from_pretrained(folder)
        dtype = getattr(torch, place.precision)
        self._model = AutoModelForImageTextToText.from_pretrained(folder, dtype=dtype).to(place.device).eval()

    def names(self, rgb: np.ndarray) -> tuple[str, ...]:
        """What is visible in ``rgb``, uint8 (height, width, 3), of which the longer side is shrunk to ``side``."""
        picture = Image.fromarray(rgb)
        picture.thumbnail((self._side, self._side))
        asked = [{"role": "user", "content": [{"type": "image", "image": picture}, {"type": "text", "text": QUESTION}]}]
        inputs = self._processor.apply_chat_template(
            asked, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        ).to(self._place.device)
        with self._place.computing():
            tokens = self._model.generate(**inputs, max_new_tokens=self._most, do_sample=False)
        answer = tokens[0, inputs["input_ids"].shape[1] :]
        return names_in(self._processor.decode(answer, skip_special_tokens=True), len(answer) == self._most)
