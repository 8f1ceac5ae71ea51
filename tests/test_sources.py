from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from fm_tasks import sources
from fm_tasks.backends import BACKENDS
from fm_tasks.errors import BadConfig
from fm_tasks.model import Window
from fm_tasks.settings import PROJECT
from fm_tasks.sources import Source
from fm_tasks.tracking.profiles import PROFILES

GOOD = {"id": "cam01", "keys": "cam01/%Y/%m/%d/", "licence": "CC-BY-4.0", "start": "2026-01-01"}


def source(**changes) -> Source:
    return Source.model_validate(GOOD | changes)


def test_the_projects_own_sources_are_valid():
    assert "demo" in sources.load(PROJECT / "sources.yaml")


def test_every_tracking_profile_may_be_named_and_has_its_class():
    named = set(get_args(Source.model_fields["profile"].annotation))
    assert named == PROFILES.keys() == {profile.name for profile in PROFILES.values()}
    assert named - {"cpu"} <= BACKENDS.keys()


def test_a_key_tells_its_date_in_the_sources_zone():
    made = source(zone="Asia/Tokyo")
    at = made.date_of("cam01/2026/11/22/a b'ü.mp4", datetime(2026, 12, 1, tzinfo=UTC))
    assert at == datetime(2026, 11, 21, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "key", ["cam01/2026/13/01/a.mp4", "cam01/2026/11/a.mp4", "cam02/2026/11/22/a.mp4", "cam01/2026/11/22/"]
)
def test_a_key_that_does_not_fit_has_no_date(key):
    assert source().date_of(key, datetime(2026, 12, 1, tzinfo=UTC)) is None


def test_an_undated_key_goes_by_its_modification():
    modified = datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert source(keys="cam01/").date_of("cam01/x.mp4", modified) == modified


def test_only_the_days_of_the_window_are_listed():
    window = Window(start=datetime(2026, 1, 31, tzinfo=UTC), end=datetime(2026, 2, 2, tzinfo=UTC))
    assert source().prefixes(window) == ["cam01/2026/01/31/", "cam01/2026/02/01/"]
    assert source(keys="cam01/").prefixes(window) == ["cam01/"]


def test_a_network_needs_a_gpu_in_its_step_alone():
    assert source().gpu_steps == frozenset()
    assert source(shot_detector="transnetv2").gpu_steps == {"cut"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("sources: [", "not valid YAML"),
        ("", "must hold a list named `sources`"),
        ("sources: []", "at least one entry"),
        ("sources: [{id: Cam 1, keys: a/, licence: x, start: 2026-01-01}]", "source Cam 1: id"),
        ("sources: [{id: a, keys: a/%Y/, licence: x, start: 2026-01-01}]", "use each of %Y, %m and %d"),
        ("sources: [{id: a, keys: aa, licence: x, start: 2026-01-01}]", "must end with /"),
        ("sources: [{id: a, keys: a/, licence: x, start: 2026-01-01, zone: Mars/Base}]", "no such time zone"),
        ("sources: [{id: a, keys: a/, licence: x, start: 2026-01-01, lokback_days: 3}]", "lokback_days"),
        ("sources: [{id: a, keys: a/, start: 2026-01-01}]", "licence"),
        ("sources: [7]", "source entry 1"),
        (
            "sources:\n"
            "- {id: a, keys: a/, licence: x, start: 2026-01-01}\n"
            "- {id: a, keys: b/, licence: x, start: 2026-01-01}",
            "declared twice",
        ),
    ],
)
def test_a_malformed_file_is_told_where_it_is_wrong(tmp_path: Path, body: str, says: str):
    path = tmp_path / "sources.yaml"
    path.write_text(body)
    with pytest.raises(BadConfig, match=r"sources\.yaml") as error:
        sources.load(path)
    assert says in str(error.value)


def test_an_absent_file_is_named(tmp_path: Path):
    with pytest.raises(BadConfig, match="FM_SOURCES"):
        sources.load(tmp_path / "none.yaml")
