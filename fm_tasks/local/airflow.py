"""Airflow with the LocalExecutor: API server, scheduler, DAG processor and triggerer, each a process of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sysconfig
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path

import psycopg2
import urllib3

from fm_tasks import settings
from fm_tasks.errors import Unavailable
from fm_tasks.local import postgres
from fm_tasks.local.processes import Service, ensure, failed, is_running, log_file, stop, wait_until_ready
from fm_tasks.local.state import HOST, State, write_private
from fm_tasks.operations.airflow_api import HEALTH
from fm_tasks.settings import PROJECT

API_SERVER = "api-server"
PARTS = (API_SERVER, *HEALTH)
# The API server reads the logs of tasks from their files; a log server would listen on every address.
OPTIONS = {"scheduler": ["--skip-serve-logs"], "triggerer": ["--skip-serve-logs"]}
POOLS = {"gpu": 1, "cpu": 2, "llm": 4}
"""Slots of the pools that are made; a pool that is there is left as it is."""
USER = "admin"


def up(state: State, say: Callable[[str], None]) -> None:
    """Migrate Airflow's database where it is another version's, start the four parts, make the pools.

    Raises ``Unavailable``, naming a log file, where a part does not start.
    """
    if not is_running(state, API_SERVER):
        state.settle_ports([API_SERVER], say)
        state.save()
    program = f"{sysconfig.get_path('scripts')}/airflow"
    own, surroundings = _settings(state), _surroundings()
    (state.home / "airflow").mkdir(mode=0o700, exist_ok=True)
    write_private(passwords_file(state), json.dumps(dict([login(state)])))
    _migrate(state, program, surroundings | own, say)
    began = datetime.now(UTC)
    started = [
        part
        for part in PARTS
        if ensure(state, Service(part, [program, part, *OPTIONS.get(part, [])], own, surroundings), say)
    ]
    if started:
        say(f"airflow: starting {', '.join(started)}")
    wait_until_ready(state, API_SERVER, lambda: health(state), seconds=180)
    # Its first answer to a task takes seconds to make, longer than the first task would wait.
    wait_until_ready(state, API_SERVER, lambda: _request(state, "GET", "/execution/health"), seconds=60)
    _make_pools(state)
    for part in HEALTH:
        since = began if part in started else None
        wait_until_ready(state, part, lambda part=part, since=since: check(state, part, since), seconds=180)


def down(state: State, say: Callable[[str], None]) -> None:
    """Stop the four parts. A task that does not end within 20 seconds is killed; Airflow sees it at the next start."""
    # The API server last: the others tell it how their tasks ended.
    stop(state, HEALTH, say)
    stop(state, [API_SERVER], say)


def environment(state: State) -> dict[str, str]:
    """The whole environment of Airflow's processes, and of its command line."""
    return _surroundings() | _settings(state)


def health(state: State) -> dict[str, dict]:
    """The API server's page of health: for each part ``status`` and the time of its last heartbeat.

    Raises ``Unavailable`` where the API server does not answer.
    """
    return _request(state, "GET", "/api/v2/monitor/health")


def check(state: State, part: str, since: datetime | None = None) -> None:
    """Raises ``Unavailable`` where ``part`` is not healthy, or has given no sign of life after ``since``."""
    found = health(state)[HEALTH[part]]
    last = found[f"latest_{HEALTH[part]}_heartbeat"]
    if found["status"] != "healthy" or (since and (last is None or datetime.fromisoformat(last) < since)):
        raise Unavailable(f"Airflow's page of health says {found}")


def login(state: State) -> tuple[str, str]:
    """The one user, and the password."""
    return USER, state.secret("airflow admin")


def passwords_file(state: State) -> Path:
    return state.home / "airflow" / "passwords.json"


def url(state: State) -> str:
    return f"http://{HOST}:{state.ports[API_SERVER]}"


def _settings(state: State) -> dict[str, str]:
    fernet_key = base64.urlsafe_b64encode(bytes.fromhex(state.secret("airflow fernet key"))).decode()
    options = {
        "core": {
            "dags_folder": PROJECT / "dags",
            "plugins_folder": PROJECT / "plugins",
            "load_examples": False,
            "executor": "LocalExecutor",
            "parallelism": 4,
            "default_timezone": "utc",
            "default_task_retry_delay": 5,
            "fernet_key": fernet_key,
            "execution_api_server_url": f"{url(state)}/execution/",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": passwords_file(state),
        },
        "database": {"sql_alchemy_conn": postgres.url(state, "airflow").replace("://", "+psycopg2://", 1)},
        "api": {
            "host": HOST,
            "port": state.ports[API_SERVER],
            "base_url": url(state),
            "workers": 1,
            "secret_key": state.secret("airflow api secret"),
        },
        "api_auth": {"jwt_secret": state.secret("airflow jwt secret")},
        "scheduler": {
            "scheduler_idle_sleep_time": 0.2,
            # A task whose worker was killed is missed after half a minute, one whose scheduler was, after a quarter:
            # Airflow's five minutes are for clusters, whose networks fail.
            "task_instance_heartbeat_timeout": 30,
            "scheduler_health_check_threshold": 15,
            "orphaned_tasks_check_interval": 10,
        },
        # How often a new DAG file is looked for; one that has changed is read at the next look.
        "dag_processor": {"refresh_interval": 5},
        "logging": {
            "base_log_folder": state.home / "airflow" / "logs",
            "uvicorn_logging_level": "WARNING",
            # No lines for each request, for each look for new DAG files, for each log server that is not there.
            "namespace_levels": "http.access=WARNING airflow.dag_processing.manager=WARNING "
            "airflow.utils.log.file_task_handler=CRITICAL",
        },
    }
    return {
        "AIRFLOW_HOME": str(state.home / "airflow"),
        "FM_ENV_FILE": str(state.home / "env"),
        # Airflow forks its tasks from processes that have the code loaded: with other code they are started again.
        "FM_CODE": _code(),
        **{
            f"AIRFLOW__{section}__{name}".upper(): str(value)
            for section, named in options.items()
            for name, value in named.items()
        },
    }


def _code() -> str:
    """The digest of what Airflow's processes load of the product."""
    digest = hashlib.sha256()
    for path in sorted(path for part in ("dags", "plugins", "fm_tasks") for path in (PROJECT / part).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _surroundings() -> dict[str, str]:
    """What the processes inherit. No setting of the product: Airflow works on the services beside it, as its settings
    file says, whatever the shell that started it was set to."""
    inherited = {
        name: value
        for name, value in settings.worker_environment().items()
        if not name.startswith("FM_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return inherited | {
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), inherited.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), inherited.get("PYTHONPATH")])),
    }


def _migrate(state: State, program: str, environment: dict[str, str], say: Callable[[str], None]) -> None:
    """Bring the database to the installed version, and note that in its comment: to ask Airflow takes seconds."""
    version = version_of("apache-airflow-core")
    with closing(psycopg2.connect(postgres.url(state, "airflow"))) as connection, connection.cursor() as cursor:
        cursor.execute("select shobj_description(oid, 'pg_database') from pg_database where datname = 'airflow'")
        if cursor.fetchone() == (f"Airflow {version}",):
            return
        say(f"airflow: bringing its database to version {version}")
        down(state, say)
        with log_file(state, "airflow-migrate").open("w") as log:
            migrated = subprocess.run([program, "db", "migrate"], env=environment, cwd="/", stdout=log, stderr=log)
        if migrated.returncode:
            raise failed(state, "airflow-migrate", "failed")
        cursor.execute("comment on database airflow is %s", [f"Airflow {version}"])
        connection.commit()


def _make_pools(state: State) -> None:
    pools = [{"name": name, "slots": slots} for name, slots in POOLS.items()]
    create = {"action": "create", "action_on_existence": "skip", "entities": pools}
    user, password = login(state)
    token = _request(state, "POST", "/auth/token", {"username": user, "password": password})["access_token"]
    _request(state, "PATCH", "/api/v2/pools", {"actions": [create]}, token)


def _request(state: State, method: str, path: str, body: dict | None = None, token: str | None = None) -> dict:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = urllib3.request(method, url(state) + path, json=body, headers=headers, timeout=10, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"Airflow does not answer at {url(state)}: {error}") from error
    if answer.status >= 300:
        raise Unavailable(f"Airflow answered {method} {path} with {answer.status}: {answer.data.decode()[:500]}")
    return answer.json()
