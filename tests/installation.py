"""An installation of one's own, and what to put into it: sources, windows and rendered videos."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
from workers import RUN, alone

from fm_tasks import runtime, settings, store
from fm_tasks.dataset import publish
from fm_tasks.dataset.publish import Partition
from fm_tasks.discover import discover
from fm_tasks.gate import gate
from fm_tasks.llm import Endpoint
from fm_tasks.llm.budget import Budget
from fm_tasks.model import Window, digest_of
from fm_tasks.objects import Objects
from fm_tasks.runtime import Worker
from fm_tasks.settings import Settings
from fm_tasks.sources import Source
from fm_tasks.step import STEPS, Tools
from fm_tasks.synthetic import scenes


def source(id: str) -> Source:
    return Source(id=id, keys=f"{id}/%Y/%m/%d/", licence="CC0-1.0", start="2026-01-01")


def day(date: datetime) -> Window:
    return Window(start=date, end=date + timedelta(days=1))


def render(name: str, seed: int, **changed) -> bytes:
    """A scene of the library as a video; another seed is another texture and one more ball that goes another way, and
    so another film: one that is merely encoded anew is a near duplicate."""
    scene = scenes.LIBRARY[name]
    way = np.random.default_rng(seed).uniform(0.1, 0.9, (4, 2))
    ball = scenes.Mover("other ball", "ball", scenes.BLUE, 0.12, scenes.through(*zip(range(4), *way.T, strict=True)))
    changed = {"size": (320, 180), "movers": (*scene.movers, ball)} | changed
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scene.mp4")
        scenes.render(replace(scene, **changed), path, seed)
        return path.read_bytes()


def stamped(video: bytes, stamp: str) -> bytes:
    """A copy of an MP4 with other bytes and the same frames: a box that readers pass over is put behind it."""
    return video + (8 + len(stamp)).to_bytes(4) + b"free" + stamp.encode()


@contextmanager
def ordinary_priority() -> Iterator[None]:
    """Encode within this. SVT-AV1, where root encodes with it, makes the process real-time, and with it all that it
    starts later: they starve everyone else on the machine, and no container takes them."""
    yield
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def worker(database_url: str, objects: Objects) -> Worker:
    """What `plan` and `save` are given; budgets and prices are those that the environment names now."""
    return Worker(database_url, objects, Budget.of(settings.load()))


def tools(objects: Objects, scratch: Path) -> Tools:
    """What a step is given that needs neither weights nor a language model."""
    return Tools(objects, weights=scratch / "no weights", llm=Endpoint("http://127.0.0.1:9", None, 1), scratch=scratch)


class Installation(NamedTuple):
    """A database and buckets of one's own on the shared servers."""

    settings: Settings
    objects: Objects

    @property
    def database_url(self) -> str:
        return self.settings.database_url

    @property
    def worker(self) -> Worker:
        """What `plan` and `save` are given."""
        return worker(self.database_url, self.objects)

    @property
    def tools(self) -> Tools:
        """What `run` is given; weights and language models are those that the environment names now."""
        return Tools.of(settings.load(), self.objects)

    def annotate(self, source: Source, window: Window, steps: Iterable[str] = STEPS) -> str:
        """Run the steps of one batch as the DAG does, in this process, and return the batch's id."""
        batch = discover(self.database_url, self.objects, source, window).batch
        for step in steps:
            if step == "track":
                self.answer_track(batch, source)
            else:
                for shard in runtime.plan(self.worker, step, batch, source, shard_size=2):
                    runtime.run(self.tools, step, shard)
            runtime.save(self.worker, step, batch)
        return batch

    def tracked(self, source: Source, window: Window) -> str:
        """Run the steps up to ``track`` for a test of what comes after it, and return the batch's id."""
        batch = self.annotate(source, window, ("cut",))
        self.answer_track(batch, source)
        runtime.save(self.worker, "track", batch)
        return batch

    def answer_track(self, batch: str, source: Source) -> None:
        """Have every clip of the batch tracked, once in a test run: that takes seconds a clip, and the tracks of the
        same clip are the same in every bucket."""
        for uri in runtime.plan(self.worker, "track", batch, source, shard_size=1):
            shard = runtime.Shard.model_validate(self.objects.get_json(uri))
            (asked,) = shard.asked
            clip = asked.request["clip"] | {"uri": ""}
            known = RUN / f"tracks-{digest_of([shard.version, asked.request | {'clip': clip}])}.json"
            with alone(known.stem):
                if not known.exists() or not self.objects.exists(asked.request["clip"]["uri"]):
                    runtime.run(self.tools, "track", uri)
                    if not self.objects.exists(self.objects.result_uri("track", asked.key)):
                        continue  # it failed
                    known.write_text(json.dumps(self.objects.get_json(self.objects.result_uri("track", asked.key))))
            answer = json.loads(known.read_text()) | {"key": asked.key, "request": asked.request}
            self.objects.put_json(self.objects.result_uri("track", asked.key), answer)

    def publish(self, source: Source, window: Window) -> Partition:
        """Run a whole batch as the DAG does, in this process, and return its partition."""
        batch = self.annotate(source, window)
        with store.transaction(self.database_url) as db:
            of = runtime.batch_of(db, batch)
            report = gate.evaluate(db, of, self.database_url, datetime.now(UTC))
        with store.transaction(self.database_url) as db:
            return publish.run(db, self.objects, of, report)
