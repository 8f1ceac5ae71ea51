"""The one reader of the environment: where services are, and the secrets to reach them.

Every setting is an environment variable named ``FM_…``. For local work the same lines may lie in a file: the one that
``FM_ENV_FILE`` names, else ``.fm/env`` in the checkout, without a checkout in the current folder. The environment wins
over the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from fm_tasks import __version__
from fm_tasks.errors import BadConfig

PACKAGE = Path(__file__).resolve().parent
IS_CHECKOUT = (PACKAGE.parent / "pyproject.toml").is_file()
"""Whether the package lies in a checkout of the project, and not where a wheel was installed."""
PROJECT = PACKAGE.parent if IS_CHECKOUT else Path.cwd()
"""Where a user's files are looked for: the checkout, without one the current folder."""


def setting(name: str, help: str, default: str | None = None, secret: bool = False) -> Any:
    """One field of ``Settings``, read from the variable ``name``; without a default it must be set where it is used."""
    return field(default=default, repr=not secret, metadata={"name": name, "help": help})


@dataclass(frozen=True)
class Settings:
    """Places and secrets. What a run does is a DAG param, what changes an output is in the step's request."""

    database_url: str | None = setting(
        "FM_DATABASE_URL", "PostgreSQL of the product, postgresql://user:password@host:port/fm", secret=True
    )
    s3_endpoint: str | None = setting("FM_S3_ENDPOINT", "MinIO or S3 server, with scheme, http://host:port")
    s3_access_key: str | None = setting("FM_S3_ACCESS_KEY", "S3 access key", secret=True)
    s3_secret_key: str | None = setting("FM_S3_SECRET_KEY", "S3 secret key", secret=True)
    s3_region: str = setting("FM_S3_REGION", "S3 region", "us-east-1")
    bucket_raw: str = setting("FM_BUCKET_RAW", "bucket of the owners' videos, only read", "fm-raw")
    bucket_work: str = setting("FM_BUCKET_WORK", "bucket of clips, results and shard documents", "fm-work")
    bucket_release: str = setting("FM_BUCKET_RELEASE", "bucket of published partitions", "fm-release")
    sources_file: str = setting("FM_SOURCES", "the file that declares the sources", str(PROJECT / "sources.yaml"))
    airflow_url: str | None = setting(
        "FM_AIRFLOW_URL", "Airflow, http://user:password@host:port, for `fm doctor` and `fm retry` only", secret=True
    )
    runner: str = setting("FM_RUNNER", "where steps run: process, docker or kubernetes", "process")
    image_cpu: str = setting(
        "FM_IMAGE_CPU", "docker, kubernetes: image of the steps", f"motion-foundry/steps-cpu:{__version__}"
    )
    image_gpu: str = setting(
        "FM_IMAGE_GPU", "docker, kubernetes: image of steps that need a GPU", f"motion-foundry/steps-gpu:{__version__}"
    )
    docker_url: str = setting("FM_DOCKER_URL", "docker: where the engine listens", "unix:///var/run/docker.sock")
    docker_network: str = setting("FM_DOCKER_NETWORK", "docker: network on which steps reach the S3 server", "bridge")
    kubernetes_namespace: str | None = setting(
        "FM_KUBERNETES_NAMESPACE", "kubernetes: namespace of the pods; unset, that of the worker"
    )
    kubernetes_secret: str = setting(
        "FM_KUBERNETES_SECRET", "kubernetes: name of the Secret that holds the secret variables", "motion-foundry"
    )
    kubernetes_weights: str | None = setting(
        "FM_KUBERNETES_WEIGHTS", "kubernetes: name of the volume claim that holds the weights of the GPU profiles"
    )
    weights: str = setting(
        "FM_WEIGHTS",
        "folder of the weights of the GPU profiles; `fm weights` fills and checks it",
        str(PROJECT / ".fm" / "weights"),
    )
    hub_token: str | None = setting(
        "FM_HUB_TOKEN", "token for the hub, for `fm weights fetch` of models behind a licence only", secret=True
    )
    llm_base_url: str = setting(
        "FM_LLM_BASE_URL",
        "server of the OpenAI API that the writer `openai`, second readings, judges and auditors ask",
        "https://api.openai.com/v1",
    )
    llm_key: str | None = setting(
        "FM_LLM_KEY", "key to it, given to `caption`, `ask`, `reread`, `judge` and `audit` only", secret=True
    )
    llm_at_once: str = setting("FM_LLM_AT_ONCE", "clips of a shard that it is asked about at a time", "8")
    llm_run_budget: str = setting("FM_LLM_RUN_BUDGET", "USD that one batch may cost", "20")
    llm_day_budget: str = setting("FM_LLM_DAY_BUDGET", "USD that all batches of a day, in UTC, may cost", "100")
    prices: str = setting("FM_PRICES", "the file with the prices of models", str(PACKAGE / "llm" / "prices.yaml"))
    pg_bin: str | None = setting(
        "FM_PG_BIN", "local services only: folder of a PostgreSQL 15 or newer to use for the packaged one"
    )

    def require(self, name: str) -> str:
        """The value of field ``name``. Raises ``BadConfig``, naming the variable, where it is not set."""
        value = getattr(self, name)
        if not value:
            variable = next(f.metadata["name"] for f in fields(self) if f.name == name)
            raise BadConfig(f"{variable} is not set; set it, or start the local services with `make up`")
        return value

    def environment(self) -> dict[str, str]:
        """The variables that give these settings to another process."""
        values = {f.metadata["name"]: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def for_step(self, besides: Sequence[str] = ()) -> dict[str, str]:
        """The variables that a step is given: where objects and weights are, the key to the former, and the fields
        ``besides``."""
        due = {field.metadata["name"] for field in fields(self) if field.name in (*STEP_FIELDS, *besides)}
        return {name: value for name, value in self.environment().items() if name in due}


STEP_FIELDS = (
    *("s3_endpoint", "s3_access_key", "s3_secret_key", "s3_region", "bucket_raw", "bucket_work", "bucket_release"),
    "weights",
)
"""The fields of ``Settings`` that every step is given."""
SECRETS = frozenset(field.metadata["name"] for field in fields(Settings) if not field.repr)
"""The variables whose values are shown nowhere."""
RUNNERS = ("process", "docker", "kubernetes")


def env_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the settings file lies: ``FM_ENV_FILE``, else ``.fm/env`` in ``PROJECT``."""
    return Path(environ.get("FM_ENV_FILE", PROJECT / ".fm" / "env"))


def read_env_file(path: Path) -> dict[str, str]:
    """The ``NAME=value`` lines of ``path``; an absent file has none. Blank lines and ``#`` comments are passed over."""
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings from ``environ`` over the settings file. Raises ``BadConfig`` for an endpoint without a scheme."""
    values = read_env_file(env_file(environ)) | dict(environ)
    found = {f.name: values[f.metadata["name"]] for f in fields(Settings) if values.get(f.metadata["name"])}
    settings = Settings(**found)
    if settings.s3_endpoint and not settings.s3_endpoint.startswith(("http://", "https://")):
        raise BadConfig(f"FM_S3_ENDPOINT must begin with http:// or https://, not {settings.s3_endpoint!r}")
    if not settings.llm_base_url.startswith(("http://", "https://")):
        raise BadConfig(f"FM_LLM_BASE_URL must begin with http:// or https://, not {settings.llm_base_url!r}")
    if not (settings.llm_at_once.isdecimal() and int(settings.llm_at_once)):
        raise BadConfig(f"FM_LLM_AT_ONCE must be a number from 1 on, not {settings.llm_at_once!r}")
    for name, usd in (("RUN", settings.llm_run_budget), ("DAY", settings.llm_day_budget)):
        if not re.fullmatch(r"\d+(\.\d+)?", usd):
            raise BadConfig(f"FM_LLM_{name}_BUDGET must be a number of USD such as 12.50, not {usd!r}")
    if settings.runner not in RUNNERS:
        raise BadConfig(f"FM_RUNNER must be one of {', '.join(RUNNERS)}, not {settings.runner!r}")
    return settings


def worker_environment(environ: Mapping[str, str] = os.environ, besides: Sequence[str] = ()) -> dict[str, str]:
    """The environment that the process of a step is given: everything but what is not for it.

    Steps see objects and models, never the database: of the settings it is given what ``Settings.for_step`` says, of
    Airflow's nothing.
    """
    values = read_env_file(env_file(environ)) | dict(environ)
    not_due = {field.metadata["name"] for field in fields(Settings)} - load(environ).for_step(besides).keys()
    return {
        name: value
        for name, value in values.items()
        if name not in not_due and not name.startswith(("AIRFLOW", "_AIRFLOW"))
    } | {"FM_ENV_FILE": os.devnull}
