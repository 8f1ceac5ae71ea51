"""A server of the OpenAI API over real HTTP, which answers well unless it is told to do something else.

What it says are the texts of the ``facts`` writer in the form of a model's answer: true, so that the path behind the
client can be walked to its end. It reads texts back as it wrote them, since it remembers what it meant. Faults are put
in line with ``then``, one a request.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import NamedTuple

from benchmarks import rereading
from fm_tasks.model import Claim, Criterion, Dimension, Fact, MotionFacts
from fm_tasks.writing.facts_writer import FactsWriter

KEY = "sk-test-0123456789"
SNAPSHOT = "test-model-2026-01-01"


class Say(NamedTuple):
    """An answer, or what goes wrong with one. ``text`` None is a good answer."""

    text: str | None = None
    finish: str | None = "stop"
    refusal: str | None = None
    usage: bool = True
    error: str | None = None
    """What the server says has gone wrong, in the midst of the answer."""
    silent: float = 0.0
    """Seconds before the answer begins."""
    cut: int | None = None
    """The connection is closed after so many bytes of the body that was announced."""


class Refuse(NamedTuple):
    """An HTTP error."""

    status: int
    headers: dict[str, str] = {}  # noqa: RUF012
    code: str | None = None
    message: str = "the test says so"


class Server:
    """``requests`` are the bodies in the order of arrival, ``times`` when they came, ``heard`` paths and headers;
    ``answer`` makes the text of an answer from a body."""

    def __init__(self):
        self.answer: Callable[[dict], str] = good_answer
        self.requests: list[dict] = []
        self.times: list[float] = []
        self.heard: list[str] = []
        self.at_once = self.most_at_once = 0
        self._acts: list[Say | Refuse] = []
        self._lock = threading.Lock()

    def then(self, *acts: Say | Refuse) -> None:
        """Do this with the next requests."""
        self._acts.extend(acts)

    def take(self, body: dict, headers: str) -> Say | Refuse:
        with self._lock:
            self.requests.append(body)
            self.times.append(time.monotonic())
            self.heard.append(headers)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            return self._acts.pop(0) if self._acts else Say()

    def done(self) -> None:
        with self._lock:
            self.at_once -= 1


def evidence_of(body: dict) -> dict:
    """The JSON that a request gives."""
    content = body["messages"][1]["content"]
    return json.loads(content[0]["text"].split("as JSON:\n\n")[1].split("\n\nIts keys:")[0])


def captions_of(body: dict) -> dict[str, dict[str, list[str]]]:
    """The captions that a request shows to a judge, by letter."""
    told = body["messages"][1]["content"][0]["text"]
    return json.loads(told.split("as JSON:\n\n")[1].split("\n\nUnder each letter")[0])


def scores_of(words: dict[str, list[str]]) -> dict[str, int]:
    """What this judge thinks of a caption: it goes by the words alone."""
    letters = sum(map(len, chain(*words.values())))
    return {criterion.value: (letters + 3 * n) % 11 for n, criterion in enumerate(Criterion)}


def material_of(body: dict) -> dict | list:
    """What a request gives as JSON: the statements for an auditor, by number, or the texts to be read back."""
    told = body["messages"][1]["content"][0]["text"]
    return json.loads(told.split("as JSON:\n\n")[1].split("\n\nAll of this")[0])


def truth_of(words: str) -> str:
    """What this auditor thinks of a statement: it goes by the words alone."""
    return ("true", "true", "false", "unclear")[len(words) % 4]


MEANT: dict[tuple[str, ...], tuple[tuple[Claim, ...], dict[int, str]]] = {}
"""What was claimed when each text was written, and what the tracks are called: by sentence, or question and answer."""


def read_back(body: dict, rng: random.Random | None = None) -> str:
    """A second reading of what this server wrote; with ``rng``, it errs in one of ten texts."""
    texts = []
    for one in material_of(body):
        meant, called = MEANT.get(tuple(one[key] for key in ("sentence", "question", "answer") if key in one), ((), {}))
        if rng and rng.random() < 0.1:
            meant = rereading.erring(meant, rng)
        claims = [claim.model_dump(mode="json") for claim in rereading.in_words(meant, called)]
        texts.append({"n": one["n"], "unclear": False, "claims": claims})
    return json.dumps({"texts": texts})


def good_answer(body: dict) -> str:
    """A true answer to a request, in its form; what ``Server.answer`` is unless a test sets another."""
    if "response_format" not in body:
        return "yes"
    if body["response_format"]["json_schema"]["name"] == "judge":
        scored = [{"letter": letter, **scores_of(words)} for letter, words in captions_of(body).items()]
        return json.dumps({"captions": scored})
    if body["response_format"]["json_schema"]["name"] == "audit":
        said = [{"number": int(n), "verdict": truth_of(words)} for n, words in material_of(body).items()]
        return json.dumps({"statements": said})
    if body["response_format"]["json_schema"]["name"] == "reread":
        return read_back(body)
    told = evidence_of(body)
    facts = [
        Fact(**{k: f[k] for k in ("kind", "subject", "object", "value", "amount")}, start=0, end=0)
        for f in told["facts"]
    ]
    labels = {one["id"]: one["label"] for one in told["objects"]}
    found = MotionFacts(facts=facts, labels=labels, seconds=told["seconds"], complete=told["complete"])
    called, rng = rereading.names(found), random.Random(body["seed"])
    if body["response_format"]["json_schema"]["name"] == "caption":
        caption = FactsWriter().caption(found, rng)
        MEANT.update({(one.text,): (one.claims, called) for _, one in caption.sentences()})
        said = {"scene": caption.scene.model_dump(mode="json")}
        parts = {"paragraph": caption.paragraph} | {d.value: caption.dimensions.get(d, ()) for d in Dimension}
        said |= {part: [s.model_dump(mode="json") for s in sentences] for part, sentences in parts.items()}
        said["doubts"] = []
    else:
        questions = FactsWriter().questions(found, rng)
        MEANT.update({(q.text, q.options["ABCD".index(q.answer)]): (q.claims, called) for q in questions})
        said = {"questions": [_said(q) for q in questions] or [_filler(n, labels) for n in range(6)]}
        while len(said["questions"]) < 6:
            said["questions"].append(_filler(len(said["questions"]), labels))
    return json.dumps(said)


def _said(question) -> dict:
    right = "ABCD".index(question.answer)
    return {
        "category": question.type.value,
        "question": question.text,
        "answer": question.options[right],
        "distractors": [option for n, option in enumerate(question.options) if n != right],
        "evidence": list(question.evidence),
        "claims": [claim.model_dump(mode="json") for claim in question.claims],
    }


def _filler(n: int, labels: dict[int, str]) -> dict:
    which = ("first", "second", "third", "fourth", "fifth", "sixth")[n]
    options = ["left to right", "right to left", "top to bottom", "bottom to top"]
    return {
        "category": "motion_recognition",
        "question": f"How should the {which} look at it go?",
        "answer": options[n % 4],
        "distractors": [one for k, one in enumerate(options) if k != n % 4],
        "evidence": list(labels)[:1],
        "claims": [],
    }


def tokens(body: dict, text: str) -> dict:
    """The counts as a provider would bill them: four characters a token, 2,833 a picture."""
    parts = [
        part for m in body["messages"] for part in ([m["content"]] if isinstance(m["content"], str) else m["content"])
    ]
    words = [part if isinstance(part, str) else part.get("text", "") for part in parts]
    pictures = sum(not isinstance(part, str) and part["type"] == "image_url" for part in parts)
    sent, made = sum(map(len, words)) // 4 + 2833 * pictures, len(text) // 4
    return {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_known, server = self.headers["Authorization"] == f"Bearer {KEY}", self.server.model
        server.heard.append(f"{self.path}\n{self.headers}")
        models = {"object": "list", "data": [{"id": SNAPSHOT, "object": "model"}]}
        status = 401 if not is_known else 200 if self.path == "/v1/models" else 404
        self._send(status, {"Content-Type": "application/json"}, json.dumps(models if status == 200 else {}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server: Server = self.server.model
        act = server.take(body, f"{self.path}\n{self.headers}")
        try:
            if self.headers["Authorization"] != f"Bearer {KEY}":
                act = Refuse(401, message=f"Incorrect API key provided: {self.headers['Authorization']}")
            if isinstance(act, Refuse):
                error = {"error": {"message": act.message, "code": act.code, "type": "test"}}
                self._send(act.status, {"Content-Type": "application/json", **act.headers}, json.dumps(error).encode())
            else:
                time.sleep(act.silent)
                text = server.answer(body) if act.text is None else act.text
                self._send(200, {"Content-Type": "text/event-stream"}, _stream(body, act, text), act.cut)
        except OSError:
            pass  # the client has gone
        finally:
            server.done()

    def _send(self, status: int, headers: dict[str, str], body: bytes, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True

    def log_message(self, *_) -> None:
        pass


def _stream(body: dict, act: Say, text: str) -> bytes:
    common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": SNAPSHOT}
    pieces = [text[at : at + 200] for at in range(0, len(text), 200)]
    deltas = [{"role": "assistant", "content": piece} for piece in pieces]
    if act.refusal:
        deltas = [{"role": "assistant", "refusal": act.refusal}]
    chunks = [{**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if act.error:
        chunks.append({"error": {"message": act.error, "code": 500, "type": "server_error"}})
    elif act.finish:
        chunks.append({**common, "choices": [{"index": 0, "delta": {}, "finish_reason": act.finish}]})
        if act.usage:
            chunks.append({**common, "choices": [], "usage": tokens(body, text)})
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + (["data: [DONE]\n\n"] if act.finish else [])
    return "".join(lines).encode()


@contextmanager
def serving() -> Iterator[tuple[Server, str]]:
    """The server, and its base URL, for as long as the block lasts."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.model = Server()
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield http.model, f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        http.server_close()
