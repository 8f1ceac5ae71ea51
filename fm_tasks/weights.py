"""The weights of the GPU profiles: revisions and licences of the models, and whether their files are whole.

They lie under one folder, ``FM_WEIGHTS``, as ``<model>/<revision>/<file>``: fetched from the hub with `fm weights
fetch`, or put there in any other way, as on a mounted disk. ``weights.yaml`` pins revisions and, where it is known, the
SHA-256 of a file. ``weights.lock.json`` beside the weights holds the SHA-256 of every file as `fetch` first saw it; a
model is loaded only where its files still have them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.model import Model

HUB = "https://huggingface.co"
CATALOGUE = Path(__file__).with_suffix(".yaml")
READERS = 4
"""Files that are read at once: a digest takes a second or two for each gigabyte."""
BLOCK = 1 << 20
NEWS = 1 << 30
"""Bytes of a download between two lines about it."""


class Weights(Model):
    """One model of the catalogue: what of it is read, by file the SHA-256 or None, and for which profiles."""

    licence: str
    profiles: tuple[str, ...]
    files: dict[str, str | None]

    @property
    def pinned(self) -> str:
        return f"{self.name}@{self.revision}"


def catalogue(path: Path = CATALOGUE) -> list[Weights]:
    """Every model that ``weights.yaml`` pins."""
    return [Weights.model_validate(entry) for entry in yaml.safe_load(path.read_text())["models"]]


def chosen(entries: Sequence[Weights], names: Sequence[str]) -> list[Weights]:
    """The models called by ``names``, their own or those of profiles; without names all. Raises ``BadConfig``."""
    known = {name for one in entries for name in (one.name, *one.profiles)}
    if strange := sorted(set(names) - known):
        raise BadConfig(f"there is no model or profile {', '.join(strange)}; there are {', '.join(sorted(known))}")
    return [one for one in entries if not names or {one.name, *one.profiles} & set(names)]


def folder(root: Path, model: Model) -> Path:
    """Where the files of ``model`` lie, or should."""
    return root / model.name / model.revision


def loadable(root: Path, model: Model) -> Path:
    """The folder of ``model``, every file of which is as it was when it was fetched.

    Raises ``BadConfig``, saying what to do, where a file is missing or is another.
    """
    named = f"the weights of {model.name} at revision {model.revision}"
    digests = _lock(root).get(f"{model.name}@{model.revision}")
    if not digests:
        raise BadConfig(f"{named} are not in {root}, which FM_WEIGHTS names: run `fm weights fetch {model.name}`")
    if wrong := list(_faults(folder(root, model), digests)):
        raise BadConfig(f"{named} are not whole: {'; '.join(wrong)}; run `fm weights fetch {model.name}`")
    return folder(root, model)


def lacking(root: Path, one: Weights) -> list[str]:
    """The files of a model that are not there, or that `fetch` has not recorded; none is read."""
    recorded = _lock(root).get(one.pinned, {})
    return [name for name in one.files if name not in recorded or not (folder(root, one) / name).is_file()]


def lines(root: Path, entries: Iterable[Weights]) -> Iterator[str]:
    """A line for each model: whether it is there, its revision, its licence, and what it is for."""
    for one in entries:
        count = len(lacking(root, one))
        state = f"{len(one.files) - count} of {len(one.files)} files" if count else "fetched"
        yield f"{state:<14} {one.name} {one.revision[:12]}, {one.licence}, for {', '.join(one.profiles)}"


def verify(root: Path, entries: Iterable[Weights]) -> Iterator[str]:
    """Every fault of the files: missing, changed since they were fetched, or not those that the catalogue pins."""
    locked = _lock(root)
    for one in entries:
        pinned = {name: digest for name, digest in one.files.items() if digest}
        expected = dict.fromkeys(one.files) | locked.get(one.pinned, {}) | pinned
        for fault in _faults(folder(root, one), expected):
            yield f"{one.name}: {fault}"


def _faults(place: Path, digests: Mapping[str, str | None]) -> Iterator[str]:
    names = [name for name in digests if (place / name).is_file()]
    with ThreadPoolExecutor(READERS) as pool:
        found = dict(zip(names, pool.map(digest, (place / name for name in names)), strict=True))
    for name, expected in digests.items():
        if name not in found:
            yield f"{name} is missing"
        elif expected is None:
            yield f"{name} has no recorded SHA-256"
        elif found[name] != expected:
            yield f"{name} has SHA-256 {found[name][:12]}…, not {expected[:12]}…"


def digest(file: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with file.open("rb") as body:
        return hashlib.file_digest(body, "sha256").hexdigest()


def fetch(root: Path, entries: Iterable[Weights], hub: str = HUB, token: str | None = None) -> Iterator[str]:
    """Bring every file that is missing or wrong, and record the SHA-256 of all; a line for each that is news.

    Raises ``BadConfig`` where the hub refuses a file or sends another than the one that is pinned, ``Unavailable``
    where it does not answer.
    """
    import httpx

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=hub, headers=headers, follow_redirects=True, timeout=60) as client:
        for one in entries:
            place, locked = folder(root, one), _lock(root).get(one.pinned, {})
            digests = {}
            for name, pinned in one.files.items():
                file, expected = place / name, pinned or locked.get(name)
                found = digest(file) if file.is_file() else None
                if found is None or expected not in (None, found):
                    found = yield from _download(client, one, name, file, expected)
                elif name not in locked:
                    yield f"{one.name}/{name}: was there, {_size(file)}, SHA-256 {found} recorded"
                digests[name] = found
            _record(root, one.pinned, digests)
            yield f"{one.name}: {len(digests)} files of revision {one.revision[:12]} are whole; {one.licence}"


def _download(client, one: Weights, name: str, file: Path, expected: str | None) -> Iterator[str]:
    """Returns the SHA-256 of what was written, which is ``expected`` where that is known."""
    import httpx

    part, sha, size = file.with_name(f"{file.name}.part"), hashlib.sha256(), 0
    file.parent.mkdir(parents=True, exist_ok=True)
    yield f"{one.name}/{name}: fetching"
    try:
        with client.stream("GET", f"/{one.name}/resolve/{one.revision}/{name}") as answer, part.open("wb") as out:
            if answer.status_code in (401, 403):
                raise BadConfig(f"the hub refuses {one.name} ({one.licence}): accept its licence and set FM_HUB_TOKEN")
            if answer.status_code == 404:
                raise BadConfig(f"the hub has no {name} in {one.name} at revision {one.revision}")
            answer.raise_for_status()
            for block in answer.iter_bytes(BLOCK):
                out.write(block)
                sha.update(block)
                size += len(block)
                if size // NEWS > (size - len(block)) // NEWS:
                    yield f"{one.name}/{name}: {size / 1e9:.1f} GB so far"
        if expected not in (None, sha.hexdigest()):
            raise BadConfig(
                f"the hub sent {one.name}/{name} with SHA-256 {sha.hexdigest()}, expected {expected}; it is not kept"
            )
        part.replace(file)
    except httpx.HTTPError as error:
        raise Unavailable(f"{one.name}/{name} could not be fetched from {client.base_url}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return sha.hexdigest()


def _size(file: Path) -> str:
    return f"{file.stat().st_size / 1e6:.1f} MB"


def _lock(root: Path) -> dict[str, dict[str, str]]:
    file = root / "weights.lock.json"
    return json.loads(file.read_text()) if file.is_file() else {}


def _record(root: Path, pinned: str, digests: Mapping[str, str]) -> None:
    root.mkdir(parents=True, exist_ok=True)
    part = root / "weights.lock.json.part"
    part.write_text(json.dumps(_lock(root) | {pinned: digests}, indent=2, sort_keys=True) + "\n")
    part.replace(root / "weights.lock.json")
