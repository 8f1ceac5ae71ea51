from __future__ import annotations

import pytest

from fm_tasks import settings
from fm_tasks.errors import BadConfig


@pytest.fixture
def environ(tmp_path):
    path = tmp_path / "env"
    path.write_text(
        "# local services\nFM_S3_ENDPOINT=http://127.0.0.1:1\nFM_DATABASE_URL=postgresql://fm:se=cret@h:1/fm\n\n"
    )
    return {"FM_ENV_FILE": str(path)}


def test_the_environment_wins_over_the_file(environ):
    loaded = settings.load(environ | {"FM_S3_ENDPOINT": "https://s3.example"})
    assert loaded.s3_endpoint == "https://s3.example"
    assert loaded.database_url == "postgresql://fm:se=cret@h:1/fm"


def test_what_is_not_set_is_named(environ):
    with pytest.raises(BadConfig, match="FM_S3_ACCESS_KEY"):
        settings.load(environ).require("s3_access_key")


def test_an_endpoint_needs_a_scheme(environ):
    with pytest.raises(BadConfig, match="http://"):
        settings.load(environ | {"FM_S3_ENDPOINT": "minio:9000"})


def test_a_runner_that_does_not_exist_is_refused_with_those_that_do(environ):
    with pytest.raises(BadConfig, match="process, docker, kubernetes, not 'swarm'"):
        settings.load(environ | {"FM_RUNNER": "swarm"})


def test_secrets_do_not_print(environ):
    assert "se=cret" not in repr(settings.load(environ))


def test_a_step_process_gets_no_database_password(environ):
    airflow = {"AIRFLOW__CORE__FERNET_KEY": "k", "FM_AIRFLOW_URL": "http://admin:secret@h:1"}
    given = settings.worker_environment(environ | airflow | {"PATH": "/bin"})
    assert "se=cret" not in str(given) and "FM_AIRFLOW_URL" not in given
    assert not any(name.startswith("AIRFLOW") for name in given)
    assert given["PATH"] == "/bin"
    assert settings.load(given).database_url is None
    assert settings.load(given).s3_endpoint == "http://127.0.0.1:1"
