"""A look at every service and setting: it is well, or a line says what is wrong and how to mend it.

Nothing is changed, but for one small object that is written to each bucket that must be writable, and removed again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import httpx

from fm_tasks import sources, store, weights
from fm_tasks.errors import BadConfig, BadRequest, FoundryError, Missing, SourceMissing, Unavailable
from fm_tasks.llm.budget import Budget
from fm_tasks.model import dag_id
from fm_tasks.objects import Objects
from fm_tasks.operations.airflow_api import HEALTH, Airflow
from fm_tasks.printable import plain
from fm_tasks.settings import Settings, env_file
from fm_tasks.sources import Source

MAX_CLOCK_SKEW = timedelta(seconds=60)
"""How far this machine's clock may be from the S3 server's, which refuses what is 15 minutes off."""
MIN_FREE_BYTES = 2 * 2**30
"""Bytes that must be free for scratch files: a video and its clips lie there while it is cut."""
MAX_LISTED_KEYS = 1000
"""How many keys of a source are looked at."""


class Finding(NamedTuple):
    """What was found of one part. ``exit_code`` is 0 where it is well, 75 where it does not answer, else 64."""

    part: str
    said: str
    exit_code: int = 0

    def __str__(self) -> str:
        return f"{'WRONG' if self.exit_code else 'ok':<6} {self.part:<18} {plain(self.said)}"


def examine(config: Settings, now: datetime, scratch: Path) -> Iterator[Finding]:
    """A finding for each part; what lies behind a part that is not well is left out."""
    yield _look("settings", lambda: _settings(config))
    listed = _look("sources", lambda: f"{len(sources.load(config.sources_file))} declared in {config.sources_file}")
    yield listed
    declared = [] if listed.exit_code else list(sources.load(config.sources_file).values())
    yield from _database(config)
    yield from _storage(config, declared, now)
    yield from _airflow(config, declared, now)
    yield _look("runner", lambda: _runner(config))
    yield _look("scratch", lambda: _scratch(scratch))
    yield _look("ffmpeg", lambda: _ffmpeg(scratch))
    yield _look("detector", _detector)
    for profile in sorted({source.profile for source in declared} - {"cpu"}):
        yield _look(f"weights {profile}", lambda profile=profile: _weights(config, profile))
    if models := sorted({model for source in declared for model in source.models.values()}):
        yield from _language_models(config, models)


def _look(part: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(part, check())
    except Unavailable as error:
        return Finding(part, str(error), error.exit_code)
    except FoundryError as error:
        return Finding(part, str(error), BadRequest.exit_code)
    except (OSError, ImportError, RuntimeError) as error:
        return Finding(part, f"{type(error).__name__}: {error}", BadRequest.exit_code)


def _settings(config: Settings) -> str:
    for name in ("database_url", "s3_endpoint", "s3_access_key", "s3_secret_key"):
        config.require(name)
    file = env_file()
    return f"from the environment and {file}" if file.is_file() else f"from the environment; there is no {file}"


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _database(config: Settings) -> Iterator[Finding]:
    server = _look("postgres", lambda: _server(config.require("database_url")))
    yield server
    if not server.exit_code:
        yield _look("schema", lambda: _schema(config.require("database_url")))


def _server(database_url: str) -> str:
    with store.transaction(database_url) as db:
        found, at = store.rows(db, "server")[0], db.engine.url
    if found.number < 150_000:
        raise BadConfig(f"PostgreSQL {found.version} is too old: 15 or newer is needed")
    return f"PostgreSQL {found.version} at {at.host}:{at.port}, role {found.role}, database {found.database}"


def _schema(database_url: str) -> str:
    if lacking := store.pending(database_url):
        raise BadConfig(f"{lacking.told('the database lacks')}: run `fm migrate`")
    return "every migration is applied, every view as this version has it"


# --- S3 ---------------------------------------------------------------------------------------------------------------


def _storage(config: Settings, declared: Sequence[Source], now: datetime) -> Iterator[Finding]:
    server = _look("s3", lambda: _s3(Objects(config), config.require("s3_endpoint"), now))
    yield server
    if server.exit_code:
        return
    objects = Objects(config)
    yield _look(f"bucket {objects.raw}", lambda: _bucket(objects, objects.raw, is_written=False))
    for bucket in (objects.work, objects.release):
        yield _look(f"bucket {bucket}", lambda bucket=bucket: _bucket(objects, bucket, is_written=True))
    for source in declared:
        yield _look(f"source {source.id}", lambda source=source: _source(objects, source))


def _s3(objects: Objects, endpoint: str, now: datetime) -> str:
    skew = now - objects.clock()
    if abs(skew) > MAX_CLOCK_SKEW:
        raise BadConfig(
            f"this machine's clock is {skew.total_seconds():+.0f} s off that of the S3 server; set both by NTP, "
            "or S3 refuses requests as too old"
        )
    objects.exists(f"s3://{objects.work}/fm-doctor")
    return f"answers at {endpoint}, takes the access key"


def _bucket(objects: Objects, bucket: str, is_written: bool) -> str:
    try:
        first = next(objects.list(bucket, ""), None)
        if first:
            objects.exists(f"s3://{bucket}/{first.key}")
        if is_written:
            probe = f"s3://{bucket}/fm-doctor"
            objects.put_bytes(probe, b"written by fm doctor", "text/plain")
            objects.get_bytes(probe)
            objects.delete(probe)
    except Missing as error:
        raise BadConfig(f"there is no such bucket: `fm buckets` makes it ({error})") from error
    return "can be read and written" if is_written else "can be read"


def _source(objects: Objects, source: Source) -> str:
    listed = list(islice(objects.list(objects.raw, source.prefix), MAX_LISTED_KEYS))
    if not listed:
        raise SourceMissing(
            f"nothing lies under {objects.raw}/{source.prefix}: upload videos there, or mend `keys` in sources.yaml"
        )
    fitting = [item for item in listed if source.date_of(item.key, item.modified)]
    if not fitting:
        raise BadConfig(
            f"no key fits {source.keys}, such as {listed[0].key}: mend `keys` in sources.yaml, or the objects' names"
        )
    dated = "dated by their keys" if source.dated else "dated by when they were last modified"
    return f"{len(fitting)} of the first {len(listed)} keys fit {source.keys}, {dated}"


# --- Airflow ----------------------------------------------------------------------------------------------------------


def _airflow(config: Settings, declared: Sequence[Source], now: datetime) -> Iterator[Finding]:
    try:
        airflow = Airflow.at(config.require("airflow_url"))
        health = airflow.health()
    except FoundryError as error:
        yield Finding("airflow", str(error), error.exit_code)
        return
    yield _look("airflow", lambda: _metadata(airflow, health))
    for part, name in HEALTH.items():
        yield _look(part, lambda name=name: _heartbeat(health[name], health[name][f"latest_{name}_heartbeat"], now))
    yield _look("dags", lambda: _dags(airflow, declared))


def _metadata(airflow: Airflow, health: dict[str, dict]) -> str:
    if health["metadatabase"]["status"] != "healthy":
        raise Unavailable("Airflow does not reach its own database; the API server's log says why")
    return f"answers at {airflow.address}"


def _heartbeat(found: dict, last: str | None, now: datetime) -> str:
    if found["status"] != "healthy" or last is None:
        raise Unavailable(f"not running, last heartbeat {last or 'never'}: start it, or read its log (`make status`)")
    return f"last heartbeat {(now - datetime.fromisoformat(last)).total_seconds():.0f} s ago"


def _dags(airflow: Airflow, declared: Sequence[Source]) -> str:
    if not airflow.user:
        raise BadConfig("FM_AIRFLOW_URL has no login, so DAGs cannot be looked at: http://user:password@host:port")
    errors = airflow.import_errors()
    if errors:
        raise BadConfig(f"{len(errors)} DAG files cannot be read: {errors[0].strip().splitlines()[-1]}")
    found = {dag_id(source.id): airflow.dag(dag_id(source.id)) for source in declared}
    unread = [name for name, dag in found.items() if dag is None]
    if unread:
        raise BadConfig(f"Airflow has not read {', '.join(unread)}: does its DAG processor see the same sources.yaml?")
    paused = [name for name, dag in found.items() if dag and dag["is_paused"]]
    return f"{len(found)} read" + (f"; paused, so they do not run: {', '.join(paused)}" if paused else "")


def _runner(config: Settings) -> str:
    match config.runner:
        case "docker":
            return _engine(config.docker_url, config.image_cpu)
        case "kubernetes":
            return f"steps run in pods of {config.image_cpu}; the cluster is not looked at"
    return "steps run as processes beside the worker"


def _engine(url: str, image: str) -> str:
    """Asks through Docker's API, which podman speaks too."""
    uds = url.removeprefix("unix://") if url.startswith("unix://") else None
    address = "http://engine" if uds else url.replace("tcp://", "http://", 1)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=uds), base_url=address) as engine:
            answer = engine.get(f"/images/{image}/json")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"no answer from the Docker engine at {url}: {error}; FM_DOCKER_URL names it") from error
    if answer.is_error:
        raise BadConfig(f"the Docker engine at {url} has no image {image}: build it, or name another in FM_IMAGE_CPU")
    return f"steps run in containers of {image}, which the engine at {url} has"


# --- this machine -----------------------------------------------------------------------------------------------------


def _scratch(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    said = f"{free / 2**30:.1f} GiB are free in {folder}"
    if free < MIN_FREE_BYTES:
        raise Unavailable(f"{said}, {MIN_FREE_BYTES / 2**30:.0f} are needed: make room, or set TMPDIR to a larger disk")
    return said


def _ffmpeg(scratch: Path) -> str:
    from fm_tasks import video

    with tempfile.TemporaryDirectory(prefix="fm-doctor-", dir=scratch) as folder:
        return f"{video.rehearse(Path(folder))} writes H.264"


def _detector() -> str:
    from fm_tasks.tracking.ssd import SsdMobileNet

    SsdMobileNet(min_score=0.5)
    return "the weights of the profile cpu are installed"


def _weights(config: Settings, profile: str) -> str:
    if config.runner == "kubernetes":
        claim = config.kubernetes_weights
        if not claim:
            raise BadConfig("FM_KUBERNETES_WEIGHTS is not set: it names the volume claim that holds the weights")
        return f"pods read them from the volume claim {claim}, which is not looked at"
    root, needed = Path(config.weights), weights.chosen(weights.catalogue(), [profile])
    if lacking := [one.name for one in needed if weights.lacking(root, one)]:
        raise BadConfig(
            f"{', '.join(lacking)}: not whole in {root}, which FM_WEIGHTS names; run `fm weights fetch {profile}` "
            "on the machine with the GPU"
        )
    return f"{len(needed)} models lie in {root}; `fm weights verify {profile}` reads them"


# --- language models --------------------------------------------------------------------------------------------------


def _language_models(config: Settings, models: Sequence[str]) -> Iterator[Finding]:
    """Asks for the list of models, which costs nothing."""
    try:
        offered = _offered(config.llm_base_url, config.require("llm_key"))
    except FoundryError as error:
        yield Finding("language model", str(error), error.exit_code)
        return
    yield Finding("language model", f"answers at {config.llm_base_url}, takes the key, offers {len(offered)} models")
    for model in models:
        yield _look(f"model {model}", lambda model=model: _model(model, offered, Budget.of(config)))


def _offered(address: str, key: str) -> set[str]:
    try:
        answer = httpx.get(f"{address.rstrip('/')}/models", headers={"Authorization": f"Bearer {key}"}, timeout=10)
    except (httpx.LocalProtocolError, UnicodeEncodeError) as error:  # whose words quote the key
        raise BadConfig("FM_LLM_KEY has a character that no key has, such as a line break") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"no answer from {address}: {error}; FM_LLM_BASE_URL names it") from error
    if answer.status_code in (401, 403):
        raise BadConfig(f"{address} refuses the key: check FM_LLM_KEY")
    if answer.is_server_error or answer.status_code == 429:
        raise Unavailable(f"{address} answers {answer.status_code}: look again later")
    try:
        return {one["id"] for one in answer.raise_for_status().json()["data"]}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise BadConfig(
            f"{address}/models lists no models ({answer.status_code}): check FM_LLM_BASE_URL, which mostly ends in /v1"
        ) from error


def _model(model: str, offered: set[str], budget: Budget) -> str:
    if model not in offered:
        some = ", ".join(sorted(offered)[:3]) or "none"
        raise BadConfig(
            "is not offered: mend `model`, `second`, `judge` or `auditor` in sources.yaml; "
            f"offered are {some} and the like"
        )
    price = budget.price_of(model)
    return f"is offered; USD {price.input} and {price.output} for a million tokens in and out"
