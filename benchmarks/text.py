"""Text: calls of a language model against a server of fixed latency, facts and verdicts.

The server takes the same time for each answer however many are asked for, so the ideal is its latency times the calls
that one of 32 threads makes. What the client adds is the request, the stream and its parsing. Facts and verdicts are
those of a crowd of ten, and rates.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks import Ratio, main, timed
from fm_tasks import motion
from fm_tasks.checking import claims
from fm_tasks.llm import Endpoint
from fm_tasks.model import Claim, Track, Trajectories

AT_ONCE, ROUNDS, LATENCY = 32, 5, 2.0
"""Threads, calls of each, and seconds that the server takes for an answer."""
ANSWER = "A car moves to the right, and a person crosses behind it. " * 60
TRACKS, SECONDS, FPS = 10, 10, 30


def measure() -> list[Ratio]:
    """Ask, compute and judge."""
    return [_throughput(), *_facts_and_verdicts()]


def _throughput() -> Ratio:
    command = [sys.executable, "-m", "benchmarks.text", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            endpoint = Endpoint(f"http://127.0.0.1:{int(server.stdout.readline())}/v1", "sk-none", AT_ONCE)
            body = {"model": "none", "messages": [{"role": "user", "content": "facts " * 2000}]}
            endpoint.complete(body)  # the first call imports
            what = f"{AT_ONCE * ROUNDS} calls, {AT_ONCE} at a time, {LATENCY} s each"
            with ThreadPoolExecutor(AT_ONCE) as pool, timed(what) as seconds:
                replies = list(pool.map(lambda _: endpoint.complete(body), range(AT_ONCE * ROUNDS)))
        finally:
            server.kill()
    assert {reply.text for reply in replies} == {ANSWER} and {reply.tries for reply in replies} == {1}
    return Ratio(
        "calls_to_ideal", ROUNDS * LATENCY / seconds(), ">= 0.9", "calls a second of a client that costs nothing"
    )


def _facts_and_verdicts() -> list[Ratio]:
    crowd = _crowd()
    with timed(f"facts of {TRACKS} tracks, {SECONDS} s at {FPS} fps") as computing:
        facts = motion.facts(crowd, motion.DEFAULTS)
    told = [Claim(**fact.model_dump(include={"kind", "subject", "object", "value"})) for fact in facts]
    with timed(f"{len(told)} verdicts") as judging:
        found = [claims.check(claim, facts) for claim in told]
    assert found
    return [
        Ratio("facts_per_second", len(facts) / computing(), None, "one second of one core"),
        Ratio("verdicts_per_second", len(told) / judging(), None, "one second of one core"),
    ]


def _crowd() -> Trajectories:
    """Tracks that wander, each its own way."""
    rng, frames = np.random.default_rng(1), SECONDS * FPS
    times = tuple(round(k * 1e6 / FPS) for k in range(frames))
    tracks = []
    for n in range(TRACKS):
        phase, speed = rng.uniform(0, 6.3, 2), rng.uniform(0.2, 1.5, 2)
        centre = 0.5 + 0.35 * np.sin(speed * np.arange(frames)[:, None] / FPS + phase)
        sides = np.hstack([centre - 0.04, centre + 0.04]).T.round(5)
        seen = tuple(range(frames))
        tracks.append(Track(id=1000 + n, label="car", seen=seen, sides=sides.tolist(), scores=(1.0,) * frames))
    return Trajectories(width=1280, height=720, times_us=times, tracks=tuple(tracks))


def serve() -> None:
    """Answer every request with the same stream after ``LATENCY`` seconds; print the port first."""
    common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "none"}
    deltas = [{"content": ANSWER[at : at + 500]} for at in range(0, len(ANSWER), 500)]
    chunks = [{**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    chunks.append({**common, "choices": [], "usage": usage})
    stream = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(stream)}\r\n\r\n".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(asked.split(b"content-length:")[1].split(b"\r\n")[0]))
                await asyncio.sleep(LATENCY)
                writer.write(head + stream)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def forever() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(forever())


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        main(measure, __doc__.splitlines()[0])
