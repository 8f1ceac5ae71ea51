"""What is made in a process of its own, and what becomes of it where that process dies."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from fm_tasks import video
from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.model import RejectionCode


def numbers(count: int):
    for number in range(count):
        yield number, os.getpid()


def crashing(number: int):
    yield "before"
    os.kill(os.getpid(), number)
    yield "after"


def computing():
    while True:
        pass
    yield


def swelling():
    kept = [bytearray(1 << 26) for _ in range(100)]
    yield len(kept)


def writing(path: Path):
    path.write_bytes(bytes(2 << 20))
    yield path


def sleeping():
    time.sleep(60)
    yield


def refusing():
    raise Rejected(RejectionCode.NO_VIDEO_STREAM, "a sound file")
    yield


def failing():
    raise ItemFailed("a clip differs")
    yield


LIMITS = {"cpu_seconds": 20, "memory_gib": 2, "disk_gib": 1 / 1024}


def ended(make, *arguments, **limits: int) -> Exception:
    with pytest.raises((Rejected, ItemFailed)) as caught:
        list(video.isolated(make, *arguments, **LIMITS | limits))
    return caught.value


def test_items_come_one_by_one_from_another_process():
    made = video.isolated(numbers, 3, **LIMITS)
    (first, process) = next(made)
    assert first == 0 and process != os.getpid()
    assert list(made) == [(1, process), (2, process)]
    left = video.isolated(numbers, 3, **LIMITS)
    _, process = next(left)
    left.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_is_undecodable(number):
    error = ended(crashing, number)
    assert (error.code, error.detail) == (RejectionCode.UNDECODABLE, f"the decoder ends with {number.name}")


def test_more_than_its_processor_time_memory_or_disk_is_too_heavy(tmp_path):
    assert ended(computing, cpu_seconds=1).code is RejectionCode.TOO_HEAVY
    error = ended(swelling)
    assert (error.code, error.detail) == (RejectionCode.TOO_HEAVY, "it needs more than 2 GiB of memory")
    assert "0.000976562 GiB of disk" in str(ended(writing, tmp_path / "file"))


def test_a_standstill_is_undecodable():
    error = ended(sleeping, idle_seconds=2)
    assert (error.code, error.detail) == (RejectionCode.UNDECODABLE, "the decoder stands still for 2 s")


def test_what_is_killed_from_outside_may_go_well_next_time():
    assert "ran out of memory" in str(ended(crashing, signal.SIGKILL))


def test_what_it_raises_is_raised():
    refusal = ended(refusing)
    assert (refusal.code, refusal.detail) == (RejectionCode.NO_VIDEO_STREAM, "a sound file")
    assert str(ended(failing)) == "a clip differs"
    with pytest.raises(TypeError):
        next(video.isolated(numbers, "three", **LIMITS))
