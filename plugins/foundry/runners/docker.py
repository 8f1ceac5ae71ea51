"""A shard as a container of a Docker engine, or of podman behind Docker's API."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, partial

from airflow.providers.docker.exceptions import DockerContainerFailedException
from airflow.providers.docker.operators.docker import DockerOperator
from docker.errors import ImageNotFound, NotFound
from docker.types import DeviceRequest, Mount

from fm_tasks.errors import BadConfig
from fm_tasks.settings import load
from fm_tasks.step import STEPS
from foundry.runners import WEIGHTS, Shard, arguments_of

USER = "10001:10001"
"""As in docker/airflow.Dockerfile."""
HARDENED = {
    "read_only": True,
    "tmpfs": {"/tmp": "mode=1777"},
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "init": True,
}
"""What a container gives up; a small init passes on signals and reaps what the step forks."""
GPU = DeviceRequest(count=1, capabilities=[["gpu"]])


class RunShard(Shard, DockerOperator):
    """Run one shard in a container of its own, which is removed with its scratch volume however the task ends."""

    def __init__(self, *, step: str, shard: str, gpu: bool, **kwargs):
        settings = load()
        super().__init__(
            step=step,
            shard=shard,
            gpu=gpu,
            image=settings.image_gpu if gpu else settings.image_cpu,
            docker_url=settings.docker_url,
            network_mode=settings.docker_network,
            user=USER,
            entrypoint=["python"],
            command=arguments_of(step, shard),
            environment={"TMPDIR": "/scratch"},
            # Scratch files are videos: they go to a disk, not to the memory behind /tmp.
            mounts=[
                Mount("/scratch", None, type="volume"),
                *([Mount(WEIGHTS, settings.weights, type="bind", read_only=True)] if gpu else []),
            ],
            mount_tmp_dir=False,
            device_requests=[GPU] if gpu else None,
            **kwargs,
        )

    # The operator makes the client anew at each look, and would lose what is set here.
    @cached_property
    def cli(self):  # pyright: ignore[reportIncompatibleMethodOverride]
        """The engine's client, whose containers are hardened: the operator has no arguments for that."""
        client = self.hook.api_client
        client.create_host_config = partial(client.create_host_config, **HARDENED)
        return client

    def run(self, context) -> tuple[int, list[str]]:
        # Read when it runs: an argument of the operator would be written into the serialised DAG.
        self._private_environment = load().for_step(STEPS[self.step].needs.settings) | {"FM_WEIGHTS": WEIGHTS}
        try:
            DockerOperator.execute(self, context)
        except DockerContainerFailedException as error:
            said = [line if isinstance(line, str) else line.decode(errors="replace") for line in error.logs or ()]
            return self.cli.inspect_container(self.container["Id"])["State"]["ExitCode"], said
        except ImageNotFound as error:
            raise BadConfig(
                f"the engine at {self.docker_url} has no image {self.image}: {error.explanation}"
            ) from error
        finally:
            self._remove()
        return 0, []

    def on_kill(self) -> None:
        self._remove()

    def _remove(self) -> None:
        """Kill and remove the container at once: what it could put in order goes with it."""
        if self.container:
            with suppress(NotFound):
                self.cli.remove_container(self.container["Id"], force=True, v=True)
