"""Weights: fetched from a hub over HTTP, recorded, verified, and refused where they are not whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from fm_tasks import weights
from fm_tasks.__main__ import main
from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.tracking import paper, sam3
from fm_tasks.tracking.profiles import PROFILES
from fm_tasks.weights import Weights

CONFIG, BODY = b'{"model_type": "none"}', bytes(range(256)) * 4096


class Hub(ThreadingHTTPServer):
    """A hub on loopback: ``files`` by path, and the paths that were asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = {"/maker/model/resolve/r1/config.json": CONFIG, "/maker/model/resolve/r1/sub/model.bin": BODY}
        self.asked: list[str] = []
        self.token: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.files.get(self.path)
        refused = self.server.token and self.headers.get("Authorization") != f"Bearer {self.server.token}"
        self.send_response(401 if refused else 404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if body is not None and not refused:
            self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        Thread(target=hub.serve_forever, daemon=True).start()
        yield hub
        hub.shutdown()


def one(**pins: str) -> Weights:
    files = {"config.json": None, "sub/model.bin": None} | pins
    return Weights(name="maker/model", revision="r1", licence="CC0-1.0", profiles=("paper",), files=files)


def fetch(root: Path, hub: Hub, *entries: Weights, token: str | None = None) -> list[str]:
    return list(weights.fetch(root, entries, hub.url, token))


def test_what_is_missing_is_fetched_once_and_recorded(hub, tmp_path):
    fetch(tmp_path, hub, one())
    place = weights.loadable(tmp_path, one())
    assert (place / "sub" / "model.bin").read_bytes() == BODY
    digests = {"config.json": hashlib.sha256(CONFIG).hexdigest(), "sub/model.bin": hashlib.sha256(BODY).hexdigest()}
    assert json.loads((tmp_path / "weights.lock.json").read_text()) == {"maker/model@r1": digests}
    assert not list(weights.verify(tmp_path, [one()])) and not list(tmp_path.rglob("*.part"))
    fetch(tmp_path, hub, one())
    assert len(hub.asked) == 2


def test_files_that_were_put_there_are_recorded_without_asking_the_hub(hub, tmp_path):
    place = weights.folder(tmp_path, one())
    (place / "sub").mkdir(parents=True)
    (place / "config.json").write_bytes(CONFIG)
    (place / "sub" / "model.bin").write_bytes(BODY)
    with pytest.raises(BadConfig, match="fm weights fetch maker/model"):
        weights.loadable(tmp_path, one())
    told = fetch(tmp_path, hub, one())
    assert weights.loadable(tmp_path, one()) == place and not hub.asked
    assert sum("was there" in line for line in told) == 2


def test_a_changed_file_is_named_and_fetched_again(hub, tmp_path):
    fetch(tmp_path, hub, one())
    file = weights.folder(tmp_path, one()) / "config.json"
    file.write_bytes(CONFIG + b" ")
    with pytest.raises(BadConfig, match=r"config\.json has SHA-256 .* run `fm weights fetch maker/model`"):
        weights.loadable(tmp_path, one())
    (fault,) = weights.verify(tmp_path, [one()])
    assert fault.startswith("maker/model: config.json has SHA-256")
    fetch(tmp_path, hub, one())
    assert file.read_bytes() == CONFIG


def test_a_missing_file_is_named(hub, tmp_path):
    fetch(tmp_path, hub, one())
    (weights.folder(tmp_path, one()) / "config.json").unlink()
    with pytest.raises(BadConfig, match=r"config\.json is missing; run `fm weights fetch"):
        weights.loadable(tmp_path, one())


def test_another_file_than_the_pinned_one_is_not_kept(hub, tmp_path):
    pinned = one(**{"config.json": hashlib.sha256(CONFIG).hexdigest(), "sub/model.bin": "0" * 64})
    with pytest.raises(BadConfig, match=r"sub/model\.bin with SHA-256"):
        fetch(tmp_path, hub, pinned)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["config.json"]


def test_a_recorded_file_that_the_hub_changes_is_refused(hub, tmp_path):
    fetch(tmp_path, hub, one())
    (weights.folder(tmp_path, one()) / "config.json").unlink()
    hub.files["/maker/model/resolve/r1/config.json"] = b"{}"
    with pytest.raises(BadConfig, match="it is not kept"):
        fetch(tmp_path, hub, one())


def test_a_model_behind_a_licence_needs_a_token(hub, tmp_path):
    hub.token = "secret"
    with pytest.raises(BadConfig, match=r"CC0-1\.0.*FM_HUB_TOKEN"):
        fetch(tmp_path, hub, one())
    fetch(tmp_path, hub, one(), token="secret")
    assert weights.loadable(tmp_path, one())


def test_a_hub_that_lacks_a_file_and_one_that_is_down(hub, tmp_path):
    del hub.files["/maker/model/resolve/r1/config.json"]
    with pytest.raises(BadConfig, match=r"no config\.json in maker/model at revision r1"):
        fetch(tmp_path, hub, one())
    with pytest.raises(Unavailable, match="could not be fetched"):
        list(weights.fetch(tmp_path, [one()], "http://127.0.0.1:9"))


def test_the_catalogue_has_what_the_profiles_name():
    entries = {(entry.name, entry.revision): entry for entry in weights.catalogue()}
    for profile in (PROFILES["detr"], paper.Profile(), sam3.Profile()):
        for model in profile.models:
            assert profile.name in entries[model.name, model.revision].profiles
    for entry in entries.values():
        assert all(digest is None or len(bytes.fromhex(digest)) == 32 for digest in entry.files.values())
        assert len(bytes.fromhex(entry.revision)) == 20 and entry.licence
    default = paper.Profile()
    assert default.pose_file in entries[default.pose.name, default.pose.revision].files
    assert default.tracker_file in entries[default.tracker.name, default.tracker.revision].files


def test_the_command_lists_licences_and_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FM_WEIGHTS", str(tmp_path))
    assert main(["weights", "list", "sam3"]) == 0
    told = capsys.readouterr().out
    assert "facebook/sam3 3c879f39826c, SAM License" in told and "grounding-dino" not in told
    assert main(["weights", "verify", "paper"]) == 64
    assert "model.safetensors is missing" in capsys.readouterr().out
    assert main(["weights", "list", "nonesuch"]) == 64
    assert "there are IDEA-Research/grounding-dino-tiny" in capsys.readouterr().err
