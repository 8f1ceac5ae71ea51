"""Networks from files of TensorFlow, frozen or Lite, run by OpenVINO on one thread of the CPU."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from fm_tasks.errors import BadConfig

Network = Callable[[np.ndarray], list[np.ndarray]]
"""From the float32 values of its entry to those of its exits. They are in the memory of the network: the next call
overwrites them."""


def weights(package: str, *parts: str) -> Path:
    """A file of a package of ``requirements/assets.txt``. It is only located, never imported: what such a package needs
    is not installed with it. Raises ``BadConfig`` where the package is not there."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadConfig(f"{package.replace('_', '-')} is not installed: install requirements/assets.txt")
    return Path(spec.submodule_search_locations[0], *parts)


@cache
def frozen(path: Path, entry: str, exits: tuple[str, ...], shape: tuple[int, ...]) -> Network:
    """The frozen graph at ``path`` from its node ``entry``, of ``shape``, to its nodes ``exits``. It takes a second to
    make, so there is one for all who ask for the same. Raises ``KeyError`` for a node that the file lacks."""
    import openvino
    from openvino.frontend import FrontEndManager

    front = FrontEndManager().load_by_framework("tf")
    # OpenVINO orders all nodes of a file, however few are asked for, and its time rises with their square.
    with tempfile.NamedTemporaryFile(suffix=".pb") as file:
        file.write(_between(path.read_bytes(), entry, exits))
        file.flush()
        graph = front.load(file.name)
        first, *last = [graph.get_place_by_tensor_name(f"{name}:0") for name in (entry, *exits)]
        graph.extract_subgraph([first], last)
        graph.set_partial_shape(first, openvino.PartialShape(list(shape)))
        return _compiled(front.convert(graph))


@cache
def lite(path: Path) -> Network:
    """The TensorFlow Lite network at ``path``, from its one entry to all of its exits."""
    import openvino

    return _compiled(openvino.Core().read_model(path))


def _compiled(model) -> Network:
    import openvino

    compiled = openvino.Core().compile_model(
        model,
        "CPU",
        {
            # Without it, a processor that can compute in bfloat16 does, and finds other boxes.
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": 1,
            # Shards run side by side, and do not know on which core the others are.
            "ENABLE_CPU_PINNING": False,
        },
    )
    request = compiled.create_infer_request()

    def run(values: np.ndarray) -> list[np.ndarray]:
        request.infer(values, share_inputs=True, share_outputs=True)
        return [request.get_output_tensor(n).data for n in range(len(compiled.outputs))]

    return run


# --- the file: a protobuf GraphDef, whose nodes have a name and inputs ------------------------------------------------

NODE = 1
NAME, INPUT = 1, 3


def _between(graph: bytes, entry: str, exits: Sequence[str]) -> bytes:
    """The nodes of ``graph`` that ``exits`` are computed from, back to ``entry``."""
    nodes = {}
    for number, node, content in _fields(memoryview(graph)):
        if number == NODE:
            texts = [(part, bytes(text).decode()) for part, _, text in _fields(content) if part in (NAME, INPUT)]
            (name,) = (text for part, text in texts if part == NAME)
            # `^name` only says what runs before, `name:2` is an output of the node.
            inputs = [text.removeprefix("^").partition(":")[0] for part, text in texts if part == INPUT]
            nodes[name] = node, inputs
    kept, new = {entry: nodes[entry][0]}, list(exits)
    while new:
        name = new.pop()
        if name not in kept:
            kept[name], inputs = nodes[name]
            new += inputs
    return b"".join(kept.values())


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Each field's number, its bytes and its content; here every field has a length."""
    start = 0
    while start < len(message):
        key, at = _varint(message, start)
        length, at = _varint(message, at)
        end = at + length
        yield key >> 3, message[start:end], message[at:end]
        start = end


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number that stands at ``at``, seven bits a byte, the lowest first; and where it ends."""
    value = shift = 0
    while message[at] & 0x80:
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1
