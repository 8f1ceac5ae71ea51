"""The sources of ``sources.yaml``: where each lies, how its keys tell the date, and what is done with its videos."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from fm_tasks.errors import BadConfig
from fm_tasks.model import Document, Window

CODES = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{2})", "%d": r"(?P<d>\d{2})"}


class Source(Document):
    """One source of raw video.

    ``keys`` is the beginning of its object keys; ``%Y``, ``%m`` and ``%d`` in it say where the date is, in the
    source's ``zone``. Without them a video is dated by when its object was last modified.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="lower case letters, digits and hyphens")
    keys: str = Field(min_length=2, description="beginning of its object keys, e.g. cam01/%Y/%m/%d/")
    licence: str = Field(min_length=1, description="SPDX expression, or the terms in words; published with every clip")
    zone: str = Field(default="UTC", description="IANA time zone of its days")
    start: date = Field(description="first day that the nightly schedule knows; backfill reaches further back")
    lookback_days: int = Field(default=7, ge=0, le=365, description="how far a nightly run looks back for late files")
    profile: Literal["cpu", "detr", "paper", "sam3"] = Field(
        default="cpu", description="tracking profile; all but cpu need weights, and paper and sam3 a GPU"
    )
    clip_policy: Literal["shots", "paper"] = Field(
        default="shots", description="every shot, or one clip of 5 to 10 s about the middle, as the paper draws it"
    )

    shot_detector: Literal["inpass", "transnetv2"] = Field(
        default="inpass", description="what finds cuts and dissolves; `transnetv2` is a network that runs on a GPU"
    )

    writer: Literal["facts", "openai"] = Field(
        default="facts", description="what writes captions and questions; `openai` is a model behind FM_LLM_BASE_URL"
    )
    model: str = Field(
        default="gpt-4o-mini-2024-07-18", min_length=1, description="the model that writes, as a dated snapshot"
    )
    frames: Literal["overlay", "clean", "both", "none"] = Field(
        default="overlay", description="what that model sees: the tracks drawn on the frames, the frames, both or none"
    )

    second: str | None = Field(
        default=None,
        min_length=1,
        description="the model that reads the texts back; by default the one that writes",
    )
    judge: str | None = Field(
        default=None, min_length=1, description="a model behind FM_LLM_BASE_URL that scores captions; none by default"
    )
    auditor: str | None = Field(
        default=None,
        min_length=1,
        description="a model behind FM_LLM_BASE_URL that judges a sample of statements by the frames; none by default",
    )
    min_precision: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="least lower bound of the audited precision, 0..1; a batch under it is held, none by default",
    )

    @field_validator("keys")
    @classmethod
    def _dated(cls, keys: str) -> str:
        codes = re.findall(r"%.", keys)
        if codes and (set(codes) != CODES.keys() or len(codes) != 3):
            raise ValueError("use each of %Y, %m and %d exactly once, or none of them")
        if not keys.endswith("/"):
            raise ValueError("must end with /")
        return keys

    @field_validator("zone")
    @classmethod
    def _zoned(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no such time zone: {zone}") from error
        return zone

    @property
    def gpu_steps(self) -> frozenset[str]:
        """The steps that need a GPU: ``track`` in any profile but ``cpu``, ``cut`` where a network finds the shots."""
        needs = {"track": self.profile != "cpu", "cut": self.shot_detector == "transnetv2"}
        return frozenset(step for step, needed in needs.items() if needed)

    @property
    def models(self) -> dict[str, str]:
        """The steps that ask a language model, each with the one that it asks."""
        writing = dict.fromkeys(("caption", "ask"), self.model) | {"reread": self.second or self.model}
        looking = {"judge": self.judge, "audit": self.auditor}
        asked = (writing if self.writer == "openai" else {}) | looking
        return {step: model for step, model in asked.items() if model}

    @property
    def prefix(self) -> str:
        """The part of ``keys`` before any date."""
        return self.keys.split("%")[0]

    @property
    def dated(self) -> bool:
        """Whether the keys tell the date."""
        return "%" in self.keys

    def date_of(self, key: str, modified: datetime) -> datetime | None:
        """When the video at ``key`` belongs to: the midnight its key names, else ``modified``; None where the key
        does not fit the pattern."""
        pattern = re.escape(self.keys)
        for code, group in CODES.items():
            pattern = pattern.replace(re.escape(code), group)
        match = re.match(pattern, key)
        if not match or key.endswith("/"):
            return None
        if not self.dated:
            return modified.astimezone(UTC)
        try:
            return datetime(int(match["Y"]), int(match["m"]), int(match["d"]), tzinfo=ZoneInfo(self.zone)).astimezone(
                UTC
            )
        except ValueError:
            return None

    def prefixes(self, window: Window) -> list[str]:
        """What to list to find every video of ``window``: one prefix a day for dated keys, else the whole source."""
        if not self.dated:
            return [self.prefix]
        zone = ZoneInfo(self.zone)
        first, last = (
            window.start.astimezone(zone).date(),
            (window.end - timedelta(microseconds=1)).astimezone(zone).date(),
        )
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [day.strftime(self.keys) for day in days]


def load(path: Path | str) -> dict[str, Source]:
    """The sources by id. Raises ``BadConfig`` naming the file, the entry and what is wrong with it."""
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise BadConfig(f"cannot read the sources file {path}: {error.strerror}; FM_SOURCES names it") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    entries = content.get("sources") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise BadConfig(f"{path} must hold a list named `sources` with at least one entry")
    sources: dict[str, Source] = {}
    for number, entry in enumerate(entries, 1):
        name = entry.get("id", f"entry {number}") if isinstance(entry, dict) else f"entry {number}"
        try:
            source = Source.model_validate(entry)
        except ValidationError as error:
            raise BadConfig(f"{path}, source {name}: {'; '.join(map(_fault, error.errors()))}") from error
        if source.id in sources:
            raise BadConfig(f"{path}: source {source.id} is declared twice")
        sources[source.id] = source
    return sources


def _fault(error: ErrorDetails) -> str:
    """One fault of an entry: which field, what is wrong, and what the field is."""
    name = ".".join(map(str, error["loc"])) or "entry"
    field = Source.model_fields.get(name)
    return f"{name}: {error['msg']}" + (f" ({field.description})" if field else "")
