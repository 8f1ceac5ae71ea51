"""The compose production and its images: what the real Compose, hadolint and the locks themselves say of them."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fm_tasks.settings import PROJECT, Settings

BIN = Path(sys.executable).parent
COMPOSE = PROJECT / "docker-compose.yml"
PROFILES = ("minio", "seaweedfs", "gpu", "metrics")
LOCKS = ("platform.txt", "models.txt")


def example() -> dict[str, str]:
    """The variables of `.env.example` with their values; a secret's is empty."""
    lines = (PROJECT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


SECRETS = sorted(name for name, value in example().items() if not value)


def compose(tmp_path: Path, *profiles: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """`docker-compose config` with every secret set to random digits, but for what `changed` says."""
    values = {name: value or secrets.token_hex(24) for name, value in example().items()}
    values |= {"COMPOSE_PROFILES": ",".join(profiles)} | changed
    env_file = tmp_path / "env"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    command = [BIN / "docker-compose", "-f", COMPOSE, "--env-file", env_file, "config", "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})


@pytest.fixture
def services(tmp_path) -> dict[str, dict]:
    """Every service as Compose understands it."""
    found = compose(tmp_path, *PROFILES)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)["services"]


@pytest.mark.parametrize("profiles", [(), *[(profile,) for profile in PROFILES], PROFILES])
def test_compose_accepts_the_file_in_every_profile(tmp_path, profiles):
    found = compose(tmp_path, *profiles)
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    optional = {"minio", "seaweedfs", "gpu-worker", "prometheus", "statsd-exporter"}
    owned = {"gpu": {"gpu-worker"}, "metrics": {"prometheus", "statsd-exporter"}}
    expected = set().union(*(owned.get(profile, {profile}) for profile in profiles))
    assert set(json.loads(found.stdout)["services"]) & optional == expected


@pytest.mark.parametrize("secret", SECRETS)
def test_a_missing_secret_is_an_error_that_names_it(tmp_path, secret):
    found = compose(tmp_path, "minio", **{secret: ""})
    assert found.returncode != 0
    assert f"required variable {secret} is missing a value: set" in found.stderr


def test_the_example_and_the_compose_file_name_the_same_variables():
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text()))
    assert set(example()) - {"COMPOSE_PROFILES"} == used


def test_every_secret_is_required_and_written_nowhere():
    document = COMPOSE.read_text()
    required = set(re.findall(r"(?<!\$)\$\{(\w+):\?", document))
    assert required == set(SECRETS)
    for service in yaml.safe_load(document)["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|AUTH$", name):
                assert str(value).startswith("${"), f"{name} is a literal"
            for password in re.findall(r"://\w*:([^@/]*)@", str(value)):
                assert password.startswith("${"), f"{name} holds a literal password"


def test_product_settings_are_ones_the_product_reads(services):
    known = {field.metadata["name"] for field in Settings.__dataclass_fields__.values()}
    named = {
        name for service in services.values() for name in service.get("environment") or {} if name.startswith("FM_")
    }
    assert named - {"FM_DB_PASSWORD"} <= known


def test_images_are_pinned(services):
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        assert re.search(r"\d+[.-]\d+", tag), f"{name}: {service['image']} names no release"


def test_ports_are_published_on_loopback_only(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert {port["published"] for port in ports} == {"8080", "9000", "9001", "9090"}
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_services_hold_as_little_as_they_can(services):
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"], name
        assert not {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc"} & set(service), name
        assert "docker.sock" not in json.dumps(service), name


def test_only_who_plans_and_saves_knows_the_products_database(services):
    holders = {name for name, service in services.items() if "FM_DATABASE_URL" in (service.get("environment") or {})}
    assert holders == {"init", "worker"}


def test_only_who_asks_a_language_model_has_its_key(services):
    holders = {name for name, service in services.items() if "FM_LLM_KEY" in (service.get("environment") or {})}
    assert holders == {"worker"}


def test_both_object_stores_answer_to_the_same_address(services):
    for name in ("minio", "seaweedfs"):
        assert services[name]["networks"]["default"]["aliases"] == ["object-store"]
    assert services["worker"]["environment"]["FM_S3_ENDPOINT"] == "http://object-store:9000"


def test_airflow_components_share_their_keys(services):
    components = ["init", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "gpu-worker"]
    for key in ("CORE__FERNET_KEY", "API_AUTH__JWT_SECRET", "API__SECRET_KEY", "DATABASE__SQL_ALCHEMY_CONN"):
        assert len({services[name]["environment"][f"AIRFLOW__{key}"] for name in components}) == 1, key


def test_a_service_that_others_wait_for_has_a_health_check(services):
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert services[name]["healthcheck"]["test"], name


@pytest.mark.parametrize("name", ["airflow", "steps"])
def test_hadolint_finds_nothing(name):
    found = subprocess.run([BIN / "hadolint", PROJECT / f"docker/{name}.Dockerfile"], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("name", ["airflow", "steps"])
def test_what_an_image_copies_reaches_the_builder(name):
    allowed = {line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    instructions = re.findall(
        r"^COPY (?!--from)(.+)$", (PROJECT / f"docker/{name}.Dockerfile").read_text(), re.MULTILINE
    )
    copied = [path for instruction in instructions for path in instruction.split()[:-1]]
    assert copied
    for path in copied:
        assert (PROJECT / path).exists()
        assert Path(path).parts[0] in allowed


def locked(name: str) -> dict[str, str]:
    """Package name to version, of one lock."""
    lines = (PROJECT / "requirements" / name).read_text().splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_versions_only(name):
    for line in (PROJECT / "requirements" / name).read_text().splitlines():
        assert re.fullmatch(r"#.*|[a-z0-9.-]+==[0-9][0-9a-z.]*", line), line
        assert not re.search(r"nvidia|cuda|triton|://", line), line


def test_the_locks_hold_every_package_the_product_is_built_on():
    packages = [
        "apache-airflow",
        "torch",
        "transformers",
        "sam2",
        "openai",
        "ffmpeg-python",
        "sqlalchemy",
        "psycopg2-binary",
        "minio",
        "great-expectations",
    ]
    platform, models = map(locked, LOCKS)
    assert set(packages) <= set(platform) | set(models)
    assert not {"torch", "transformers", "sam2"} & set(platform)


def test_the_locks_agree_so_that_one_image_can_hold_both():
    platform, models = map(locked, LOCKS)
    shared = set(platform) & set(models)
    assert {"numpy", "pillow"} <= shared
    assert {name: models[name] for name in shared} == {name: platform[name] for name in shared}
