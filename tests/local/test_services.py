"""The local services, really started, in a home of their own; Airflow's own processes are the demo's test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE

import psycopg2
import pytest

from fm_tasks import settings
from fm_tasks.errors import BadConfig, BadRequest, Unavailable
from fm_tasks.local import processes, s3, stack
from fm_tasks.local.state import HOST, Process, State, load, locked
from fm_tasks.objects import Objects


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with PostgreSQL and the S3 server; each test leaves them running."""
    home = tmp_path_factory.mktemp("services") / "home"
    stack.up(home, airflow=False)
    yield home
    stack.erase(home)


@pytest.fixture
def said():
    return []


def reached(home: Path) -> settings.Settings:
    return settings.load({"FM_ENV_FILE": str(home / "env")})


def query(url: str, statement: str) -> list[tuple]:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def pids(home: Path) -> dict[str, int]:
    return {name: process.pid for name, process in load(home).processes.items()}


def test_the_settings_file_leads_to_the_database(home):
    url = reached(home).database_url
    query(url, "create table if not exists place (name text)")
    assert query(url, "select current_user, current_database()") == [("fm", "fm")]
    assert query(url, "select rolsuper or rolcreatedb from pg_roles where rolname = current_user") == [(False,)]


def test_a_password_is_needed(home):
    url = reached(home).database_url
    password = url.split(":")[2].split("@")[0]
    for other in ("wrong", ""):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            query(url.replace(password, other), "select 1")


def test_a_role_enters_its_own_database_only(home):
    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        query(reached(home).database_url.removesuffix("/fm") + "/airflow", "select 1")


def test_the_settings_file_leads_to_the_buckets(home):
    objects = Objects(reached(home))
    for bucket in (objects.raw, objects.work, objects.release):
        assert list(objects.list(bucket, "")) == []
    with pytest.raises(BadConfig, match="refused the access key"):
        Objects(replace(reached(home), s3_secret_key="wrong")).make_buckets()


def test_secrets_are_for_the_owner_only(home):
    for name in ("env", "state.json"):
        assert S_IMODE((home / name).stat().st_mode) == 0o600
    assert S_IMODE((home / "logs").stat().st_mode) == 0o700


def test_everything_listens_on_the_loopback_address_only(home):
    ports = {f"{port:04X}" for port in load(home).ports.values()}
    table = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [local.split(":") for local, _, state in table if state == "0A"]
    assert {address for address, port in listening if port in ports} == {"0100007F"}
    assert {port for _, port in listening} >= ports


def test_up_again_changes_nothing(home, said):
    before = pids(home)
    stack.up(home, airflow=False, say=said.append)
    assert (pids(home), said) == (before, [])


def test_status_names_what_runs(home):
    found = {line.service: line for line in stack.status(home)}
    assert found["postgres"].state == found["s3"].state == "running"
    assert found["s3"].address == reached(home).s3_endpoint
    assert found["scheduler"].state == "stopped"


def test_lines_of_others_in_the_settings_file_stay(home):
    env = home / "env"
    env.write_text("# mine\nFM_S3_REGION=eu-1\n" + env.read_text())
    stack.up(home, airflow=False)
    assert env.read_text().startswith("# mine\nFM_S3_REGION=eu-1\nFM_DATABASE_URL=")
    assert reached(home).s3_region == "eu-1"


def test_a_taken_port_is_left_to_the_other_program(home, said):
    objects, url = Objects(reached(home)), reached(home).database_url
    objects.put_bytes(f"s3://{objects.work}/kept", b"object", "text/plain")
    query(url, "create table kept as select 'row' as what")
    before = load(home).ports
    stack.down(home)
    with socket.create_server((HOST, before["postgres"])), socket.create_server((HOST, before["s3 master.port"])):
        stack.up(home, airflow=False, say=said.append)
    after = load(home).ports
    assert {name for name in before if before[name] != after[name]} == {"postgres", "s3 master.port"}
    assert any(f"port {before['postgres']} of postgres is taken" in line for line in said)
    assert Objects(reached(home)).get_bytes(f"s3://{objects.work}/kept") == b"object"
    assert query(reached(home).database_url, "select what from kept") == [("row",)]


def test_killed_services_come_back_with_their_data(home):
    objects, url = Objects(reached(home)), reached(home).database_url
    objects.put_bytes(f"s3://{objects.work}/survivor", b"object", "text/plain")
    query(url, "create table survivor as select 'row' as what")
    data = (load(home).postgres or home / "postgres") / "data"
    with closing(psycopg2.connect(url)):
        for pid in pids(home).values():
            os.kill(pid, signal.SIGKILL)
        while {line.state for line in stack.status(home)} != {"stopped"}:
            time.sleep(0.01)
    # The number in the left pid file may be anybody's by now.
    lock = data / "postmaster.pid"
    lock.write_text("\n".join([str(os.getpid()), *lock.read_text().splitlines()[1:]]) + "\n")
    stack.up(home, airflow=False)
    assert objects.get_bytes(f"s3://{objects.work}/survivor") == b"object"
    assert query(url, "select what from survivor") == [("row",)]


def test_a_second_command_waits_for_the_first(home, said):
    with locked(home, print):
        second = threading.Thread(target=stack.up, args=(home, False), kwargs={"say": said.append})
        second.start()
        while not said:
            assert second.is_alive()
            time.sleep(0.01)
    second.join()
    assert "waiting" in said[0]


def test_down_leaves_no_process_and_erase_no_data(tmp_path):
    home = tmp_path / "home"
    stack.up(home, airflow=False)
    state = load(home)
    data = state.postgres or home
    stack.down(home)
    assert {line.state for line in stack.status(home)} == {"stopped"}
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(home) not in commands and str(data) not in commands
    assert not [port for port in state.ports.values() if list(Path("/tmp").glob(f"seaweedfs-*-{port}.sock"))]
    stack.erase(home)
    assert not home.exists() and not data.exists()


def test_a_stranger_with_a_remembered_number_is_left_alone(tmp_path):
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        State(home=tmp_path, processes={s3.NAME: Process(pid=stranger.pid, boot=boot, born=1, digest="")}).save()
        assert stack.status(tmp_path)[1].state == "stopped"
        stack.down(tmp_path)
        assert stranger.poll() is None
        stranger.kill()


def test_what_a_service_forked_ends_with_it(tmp_path, said):
    state = State(home=tmp_path)
    stubborn = processes.Service("stubborn", ["/bin/sh", "-c", "trap '' TERM; sleep 61 & echo $!; wait; sleep 61"], {})
    processes.ensure(state, stubborn, print)
    log = processes.log_file(state, "stubborn")
    while not log.read_text().endswith("\n"):
        time.sleep(0.01)
    processes.stop(state, ["stubborn"], said.append, patience=0.2)
    assert said == ["stubborn did not stop within 0 s; killing it"]
    assert not Path("/proc", log.read_text().strip(), "cwd").exists()


def test_a_service_that_cannot_start_shows_the_end_of_its_log(tmp_path):
    state = State(home=tmp_path)
    broken = processes.Service("broken", ["/bin/sh", "-c", "echo no such model; sleep 0.1"], {})
    processes.ensure(state, broken, print)

    def never() -> None:
        raise Unavailable("not yet")

    with pytest.raises(Unavailable, match=r"broken stopped while it was starting(.|\n)*no such model"):
        processes.wait_until_ready(state, "broken", never, seconds=10)


def test_other_settings_start_a_service_anew(tmp_path, said):
    state = State(home=tmp_path)
    service = processes.Service("sleeper", ["/bin/sleep", "62"], {"PORT": "1"})
    assert processes.ensure(state, service, said.append)
    assert not processes.ensure(state, service, said.append)
    assert processes.ensure(state, replace(service, settings={"PORT": "2"}), said.append)
    processes.stop(state, ["sleeper"], print)
    assert said == ["sleeper was started with other code or settings; starting it again"]


def test_binaries_of_an_old_or_absent_postgres_are_refused(tmp_path):
    with pytest.raises(BadConfig, match="does not hold"):
        stack.up(tmp_path / "home", airflow=False, pg_bin=tmp_path)
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(BadConfig, match="holds PostgreSQL 14; 15 or newer"):
        stack.up(tmp_path / "home", airflow=False, pg_bin=tmp_path)
    stack.erase(tmp_path / "home")


def test_a_damaged_state_is_named(tmp_path):
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(BadConfig, match=r"state\.json is damaged"):
        stack.status(tmp_path)


def test_airflow_sees_the_services_beside_it(tmp_path, monkeypatch):
    with pytest.raises(BadRequest, match="never started"):
        stack.airflow_environment(tmp_path)
    State(home=tmp_path, ports={"api-server": 15001, "postgres": 15002}).save()
    monkeypatch.setenv("FM_S3_ENDPOINT", "http://elsewhere:9000")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "64")
    monkeypatch.setenv("OF_THE_SHELL", "kept")
    environment = stack.airflow_environment(tmp_path)
    assert "FM_S3_ENDPOINT" not in environment
    assert environment["FM_ENV_FILE"] == str(tmp_path / "env")
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "4"
    assert environment["AIRFLOW__API__HOST"] == HOST
    assert environment["OF_THE_SHELL"] == "kept"
