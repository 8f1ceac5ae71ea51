"""Where a shard runs: one graph, one command and one answer, whatever `FM_RUNNER` says."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from fm_tasks import runtime, sources
from fm_tasks.discover import discover
from fm_tasks.errors import BadConfig, BadRequest, Unavailable
from fm_tasks.model import Window, batch_id
from fm_tasks.settings import PROJECT, RUNNERS, SECRETS
from fm_tasks.step import STEPS
from fm_tasks.synthetic import scenes

if TYPE_CHECKING:
    from airflow.sdk import DAG, BaseOperator

DEMO = sources.load(PROJECT / "sources.yaml")["demo"]
DAY = datetime(2026, 5, 10, tzinfo=UTC)
WINDOW = Window(start=DAY, end=DAY + timedelta(days=1))
SHARD = "s3://fm-work/shards/b/track/0123456789.json.gz"
MODEL_KEY = "sk-model-0123456789"
COMMAND = ["-m", "fm_tasks", "run", "track", "--shard", SHARD]


@pytest.fixture
def dag(installation, monkeypatch) -> Callable[..., DAG]:
    """The DAG of the source `demo` as it is parsed with `FM_RUNNER` and other settings."""
    from airflow.dag_processing.dagbag import DagBag

    for name, value in {**installation.settings.environment(), "FM_LLM_KEY": MODEL_KEY}.items():
        monkeypatch.setenv(name, value)

    def parsed(runner: str, **changed: str) -> DAG:
        for name, value in {"FM_RUNNER": runner, **changed}.items():
            monkeypatch.setenv(name, value)
        bag = DagBag(dag_folder=str(PROJECT / "dags"))
        assert bag.import_errors == {}
        return bag.dags["annotate__demo"]

    return parsed


def shard_of(dag: DAG, step: str, shard: str) -> BaseOperator:
    """The operator of one mapped task, as the task has it when it runs."""
    return dag.get_task(f"{step}.run").unmap({"shard": shard})


def on_gpu(dag: Callable[..., DAG], runner: str) -> BaseOperator:
    """The operator that tracks the videos of a source whose profile needs a GPU."""
    dag(runner)
    from airflow.sdk import DAG
    from foundry.runners import operator

    with DAG("gpu"):
        mapped = operator("track", DEMO.model_copy(update={"profile": "paper"})).expand(shard=[""])
    return mapped.unmap({"shard": SHARD})


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_graph_is_the_same_and_holds_no_secret(dag, runner, installation):
    from airflow.serialization.serialized_objects import DagSerialization

    def graph(dag):
        return {task.task_id: (sorted(task.downstream_task_ids), task.pool, task.queue) for task in dag.tasks}

    here = dag(runner)
    serialised = json.dumps(DagSerialization.to_dict(here))
    secrets = {name: value for name, value in installation.settings.environment().items() if name in SECRETS}
    secrets |= {"FM_LLM_KEY": MODEL_KEY}
    assert len(secrets) >= 4
    assert not [name for name, value in secrets.items() if value in serialised]
    assert here.get_task("track.run").operator_class.__module__ == f"foundry.runners.{runner}"
    assert graph(here) == graph(dag("process"))


@pytest.mark.parametrize("runner", RUNNERS)
def test_only_a_profile_that_needs_a_gpu_goes_to_its_pool_and_queue(dag, runner):
    track, default = on_gpu(dag, runner), shard_of(dag(runner), "cut", "").queue
    assert (track.pool, track.queue) == ("gpu", "gpu")
    track = shard_of(dag(runner), "track", SHARD)
    assert (track.pool, track.queue) == ("cpu", default)
    assert shard_of(dag(runner), "caption", SHARD).pool == "llm"


@pytest.mark.parametrize("runner", RUNNERS)
def test_an_empty_shard_starts_nothing(dag, runner):
    nowhere = {"FM_DOCKER_URL": "unix:///nowhere.sock", "FM_IMAGE_CPU": "localhost/none:1"}
    shard_of(dag(runner, **nowhere), "track", "").execute({})


def test_a_container_is_given_its_image_and_the_gpu_it_needs(dag):
    cpu, gpu = shard_of(dag("docker", FM_DOCKER_NETWORK="steps"), "track", SHARD), on_gpu(dag, "docker")
    assert [cpu.image, gpu.image] == ["motion-foundry/steps-cpu:0.1.0", "motion-foundry/steps-gpu:0.1.0"]
    assert [*cpu.entrypoint, *cpu.command] == [*gpu.entrypoint, *gpu.command] == ["python", *COMMAND]
    assert cpu.device_requests is None
    assert gpu.device_requests == [
        {"Driver": "", "Count": 1, "DeviceIDs": [], "Capabilities": [["gpu"]], "Options": {}}
    ]
    assert cpu.network_mode == "steps"


def test_the_key_of_a_language_model_goes_to_who_asks_it_and_is_named_not_shown(dag, tmp_path):
    models = {"writer": "openai", **dict.fromkeys(("judge", "auditor"), "gpt-4o-2024-08-06")}
    asking = DEMO.model_copy(update=models).model_dump(mode="json")
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump({"sources": [asking]}))
    declared = str(tmp_path / "sources.yaml")
    pods, containers = dag("kubernetes", FM_SOURCES=declared), dag("docker", FM_SOURCES=declared)
    for step in STEPS:
        pod = shard_of(pods, step, SHARD).build_pod_request_obj(dry_run=True)
        assert MODEL_KEY not in json.dumps(pod.to_dict())
        named = {one.name for one in pod.spec.containers[0].env if one.value_from}
        assert ("FM_LLM_KEY" in named) == (step in ("caption", "ask", "reread", "judge", "audit"))
        container = shard_of(containers, step, SHARD)
        shown = {name: getattr(container, name) for name in (*container.template_fields, "environment", "command")}
        assert MODEL_KEY not in str(shown)


def test_weights_are_mounted_where_there_is_a_gpu_and_never_written(dag, monkeypatch):
    monkeypatch.setenv("FM_WEIGHTS", "/data/weights")
    monkeypatch.setenv("FM_KUBERNETES_WEIGHTS", "claim")
    cpu, gpu = shard_of(dag("docker"), "track", SHARD), on_gpu(dag, "docker")
    assert [mount["Target"] for mount in cpu.mounts] == ["/scratch"]
    assert [(m["Source"], m["Target"], m["ReadOnly"]) for m in gpu.mounts[1:]] == [("/data/weights", "/models", True)]
    pod = on_gpu(dag, "kubernetes").build_pod_request_obj(dry_run=True).spec
    (mount,) = (one for one in pod.containers[0].volume_mounts if one.name == "weights")
    (volume,) = (one for one in pod.volumes if one.name == "weights")
    assert (mount.mount_path, mount.read_only) == ("/models", True)
    assert volume.persistent_volume_claim.claim_name == "claim"
    assert {one.name: one.value for one in pod.containers[0].env}["FM_WEIGHTS"] == "/models"


def test_a_pod_is_given_little_and_names_its_secrets(dag, installation):
    settings = installation.settings
    pod = shard_of(dag("kubernetes", FM_KUBERNETES_NAMESPACE="steps"), "track", SHARD).build_pod_request_obj(
        dry_run=True
    )
    (container,) = pod.spec.containers
    assert (pod.metadata.namespace, container.image) == ("steps", "motion-foundry/steps-cpu:0.1.0")
    assert [*container.command, *container.args] == ["python", *COMMAND]
    plain = {one.name: one.value for one in container.env if one.value}
    assert plain["FM_S3_ENDPOINT"] == settings.s3_endpoint
    named = {one.name: one.value_from.secret_key_ref for one in container.env if one.value_from}
    assert named.keys() == {"FM_S3_ACCESS_KEY", "FM_S3_SECRET_KEY"}
    assert {(ref.name, ref.key) for ref in named.values()} == {("motion-foundry", name) for name in named}
    assert settings.s3_secret_key not in str(pod)
    assert "FM_DATABASE_URL" not in str(pod)
    assert pod.spec.security_context.run_as_non_root
    assert pod.spec.automount_service_account_token is False
    assert container.security_context.read_only_root_filesystem
    assert not container.security_context.allow_privilege_escalation
    assert container.security_context.capabilities.drop == ["ALL"]
    assert container.resources is None
    gpu = on_gpu(dag, "kubernetes").build_pod_request_obj(dry_run=True).spec
    assert gpu.containers[0].image == "motion-foundry/steps-gpu:0.1.0"
    assert gpu.containers[0].resources.limits == {"nvidia.com/gpu": "1"}


@pytest.mark.parametrize(
    ("changed", "kind"), [({}, BadRequest), ({"FM_S3_ENDPOINT": "http://127.0.0.1:9"}, Unavailable)]
)
def test_an_exit_code_becomes_the_error_it_stands_for(dag, installation, changed, kind):
    task = shard_of(dag("process", **changed), "track", f"s3://{installation.objects.work}/none.json.gz")
    with pytest.raises(kind, match="fm run: "):
        task.execute({})


def planned(installation, step: str, seconds: float = 2) -> str:
    """The one shard of ``step`` for a rendered scene; the steps before it are answered."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "v.mp4")
        scenes.render(replace(scenes.LIBRARY["crossing"], seconds=seconds), path, seed=1)
        installation.objects.put_file(installation.objects.raw_uri("demo/2026/05/10/v.mp4"), path, "video/mp4")
    batch = discover(installation.database_url, installation.objects, DEMO, WINDOW).batch
    (shard,) = runtime.plan(installation.worker, step, batch, DEMO, shard_size=8)
    return shard


def in_background(task: BaseOperator) -> threading.Thread:
    """A thread that executes the operator, as a task that is killed does not return."""

    def execute():
        with suppress(Exception):
            task.execute({})

    thread = threading.Thread(target=execute)
    thread.start()
    return thread


def until(found: Callable[[], list]) -> list:
    """What ``found`` returns as soon as it is not empty."""
    deadline = time.monotonic() + 120
    while not (this := found()):
        assert time.monotonic() < deadline, "nothing came in two minutes"
        time.sleep(0.02)
    return this


def test_a_killed_task_leaves_no_process_even_where_one_does_not_answer(dag, installation):
    def group() -> list[int]:
        """The living processes of the shard's group but its leader."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                pid, (state, _, leader) = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()[:3]
                if task._process and int(leader) == task._process.pid != pid and state != "Z":
                    found.append(pid)
        return found

    task = shard_of(dag("process"), "cut", planned(installation, "cut", seconds=6))
    thread = in_background(task)
    encoder = until(group)[0]
    os.kill(encoder, signal.SIGSTOP)
    task.on_kill()
    thread.join(30)
    assert not thread.is_alive()
    assert task._process.returncode
    assert until(lambda: [] if group() else ["gone"])


# --- containers -------------------------------------------------------------------------------------------------------


def containers(test):
    """Mark a test that needs an engine; the first one that runs builds the images, minutes on a busy machine."""
    return pytest.mark.containers(pytest.mark.timeout(1800)(test))


SOCKET = Path("/var/run/docker.sock")
PODMAN = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[network]
network_backend = "netavark"
"""
"""As root in a container or a small virtual machine, without systemd and perhaps without the right to raise limits."""


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """The address of a Docker engine: the one that is there, else podman with a store of its own."""
    if found := os.environ.get("DOCKER_HOST") or (SOCKET.exists() and f"unix://{SOCKET}"):
        yield found
        return
    if not shutil.which("podman") or os.geteuid():
        pytest.skip("no Docker engine and, as root, no podman: `make podman` installs it")
    with tempfile.TemporaryDirectory(prefix="fm-podman-", ignore_cleanup_errors=True) as home:
        config = Path(home, "containers.conf")
        config.write_text(PODMAN)
        podman = ["podman", "--root", f"{home}/store", "--runroot", f"{home}/run"]
        environment = os.environ | {"CONTAINERS_CONF": str(config), "BUILDAH_ISOLATION": "chroot", "TMPDIR": home}
        address = f"unix://{home}/podman.sock"
        service = subprocess.Popen([*podman, "system", "service", "--time=0", address], env=environment)
        until(lambda: list(Path(home).glob("podman.sock")))
        yield address
        service.terminate()
        service.wait()
        subprocess.run([*podman, "system", "reset", "--force"], env=environment, check=True)


@pytest.fixture(scope="module")
def client(engine):
    from docker import APIClient

    return APIClient(base_url=engine, timeout=600)


@pytest.fixture(scope="module")
def image(client, tmp_path_factory) -> Iterator[str]:
    """The image of the target `cpu`, built from the Dockerfiles as they are."""
    airflow, cpu = "localhost/fm-test/airflow:1", "localhost/fm-test/steps-cpu:1"
    build(client, "airflow", airflow, {"BASE": base_image(client, tmp_path_factory.mktemp("base"))})
    build(client, "steps", cpu, {"BASE": airflow}, target="cpu")
    yield cpu
    for name in (cpu, airflow):
        client.remove_image(name, force=True)


def build(client, name: str, tag: str, arguments: dict[str, str], target: str | None = None) -> None:
    """Build docker/NAME.Dockerfile."""
    said = [
        line.get("stream") or line["error"]
        for line in client.build(
            path=str(PROJECT),
            dockerfile=f"docker/{name}.Dockerfile",
            tag=tag,
            buildargs=arguments,
            target=target,
            network_mode="host",
            rm=True,
            decode=True,
        )
        if {"stream", "error"} & line.keys()
    ]
    assert client.images(name=tag), "".join(said[-30:])


def base_image(client, scratch: Path) -> str:
    """The Python image that the Dockerfile names; where no registry gives it, Debian's Python from its packages.

    That one is told what this machine's pip and uv are told: which certificates to trust, which index to ask.
    """
    from docker.errors import APIError

    named = (PROJECT / "docker" / "airflow.Dockerfile").read_text().split("ARG BASE=")[1].split()[0]
    with suppress(APIError):
        client.pull(named)
    if client.images(name=named):
        return named
    told = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_CERT_FILE"))}
    files = {path for path in map(Path, ["/etc/pip.conf", "/etc/uv/uv.toml", *told.values()]) if path.is_file()}
    subprocess.run(
        [
            *["mmdebstrap", "--quiet", "--variant=minbase"],
            "--include=ca-certificates,python3,python3-venv,python-is-python3",
            *(f"--customize-hook=mkdir -p $1{path.parent}; cp {path} $1{path}" for path in files),
            "bookworm",
            scratch / "base.tar",
        ],
        check=True,
    )
    changes = [f"ENV {name}={value}" for name, value in told.items()]
    client.import_image_from_file(str(scratch / "base.tar"), base := "localhost/fm-test/base:1", changes=changes)
    (scratch / "base.tar").unlink()
    return base


@pytest.fixture
def in_containers(dag, engine, image) -> DAG:
    return dag("docker", FM_DOCKER_URL=engine, FM_DOCKER_NETWORK="host", FM_IMAGE_CPU=image)


@containers
def test_a_container_gives_the_answer_that_a_process_gives(in_containers, dag, installation):
    objects = installation.objects
    for step in ("cut", "track"):
        shard = planned(installation, step)
        (asked,) = objects.get_json(shard)["asked"]
        shard_of(in_containers, step, shard).execute({})
        answer = objects.get_bytes(uri := objects.result_uri(step, asked["key"]))
        objects.delete(uri)
        shard_of(dag("process"), step, shard).execute({})
        assert objects.get_bytes(uri) == answer
        runtime.save(installation.worker, step, batch_id("demo", WINDOW))


@containers
def test_a_container_is_given_little_and_goes_when_its_task_is_killed(in_containers, client, image, installation):
    ours = {"ancestor": image}
    task = shard_of(in_containers, "cut", planned(installation, "cut", seconds=6))
    thread = in_background(task)
    (running,) = until(lambda: client.containers(filters=ours))
    script = (
        "cat /proc/1/status; touch /new || echo read-only; touch /scratch/new && echo scratch; ls /var/run/docker.sock"
    )
    look = client.exec_create(running, ["sh", "-c", script])
    said = client.exec_start(look).decode().splitlines()
    status = dict(line.split(":\t", 1) for line in said if ":\t" in line)
    assert status["Uid"].split() == ["10001"] * 4
    assert (int(status["CapEff"], 16), int(status["CapBnd"], 16), status["NoNewPrivs"]) == (0, 0, "1")
    assert {"read-only", "scratch"} <= set(said)
    assert "/var/run/docker.sock" not in said
    found = client.inspect_container(running)
    assert not [line for line in found["Config"]["Env"] if "DATABASE" in line]
    task.on_kill()
    thread.join(30)
    assert not thread.is_alive()
    assert client.containers(all=True, filters=ours) == []
    assert not {one["Name"] for one in client.volumes()["Volumes"] or ()} & {one["Name"] for one in found["Mounts"]}


@containers
def test_a_missing_image_and_an_exit_code_say_what_they_are(in_containers, dag, installation, monkeypatch):
    with pytest.raises(BadRequest, match=r"exit code 64: fm run: .* was removed"):
        shard_of(in_containers, "cut", f"s3://{installation.objects.work}/none.json.gz").execute({})
    monkeypatch.setenv("FM_IMAGE_CPU", "localhost/fm-test/none:1")
    with pytest.raises(BadConfig, match="no image localhost/fm-test/none:1"):
        shard_of(in_containers, "cut", SHARD).execute({})


@containers
def test_the_pod_that_is_asked_for_does_its_work(dag, engine, image, installation, tmp_path):
    if "podman" not in engine:
        pytest.skip("this engine runs no pods; podman does")
    from kubernetes.client import ApiClient

    shard = planned(installation, "cut")
    task = shard_of(dag("kubernetes", FM_IMAGE_CPU=image, FM_KUBERNETES_NAMESPACE="steps"), "cut", shard)
    pod = task.build_pod_request_obj(dry_run=True)
    pod.spec.host_network = True  # the S3 server is on this machine's loopback address
    manifest, secret = tmp_path / "pod.json", tmp_path / "secret.json"
    manifest.write_text(json.dumps(ApiClient().sanitize_for_serialization(pod)))
    held = {name: value for name, value in installation.settings.environment().items() if name in SECRETS}
    secret.write_text(json.dumps({name: b64encode(value.encode()).decode() for name, value in held.items()}))

    def podman(*arguments: str) -> str:
        return subprocess.run(
            ["podman", "--url", engine, *arguments], capture_output=True, text=True, check=True
        ).stdout

    podman("secret", "create", "motion-foundry", str(secret))
    podman("kube", "play", str(manifest))
    container = f"{pod.metadata.name}-base"
    assert podman("wait", container).strip() == "0", podman("logs", container)
    (asked,) = installation.objects.get_json(shard)["asked"]
    assert "result" in installation.objects.get_json(installation.objects.result_uri("cut", asked["key"]))
    podman("kube", "down", str(manifest))
    podman("secret", "rm", "motion-foundry")
