"""The device and the precision in which big models compute, and what happens when the memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

from fm_tasks.errors import BadConfig, ItemFailed
from fm_tasks.model import Document

T = TypeVar("T")


class Place(Document):
    """The device on which models compute; weights are kept, and sums made, as each model needs."""

    device: Literal["cuda", "cpu"] = "cuda"
    precision: Literal["bfloat16", "float32"] = "bfloat16"

    def require(self) -> None:
        """Raises ``BadConfig`` where there is no such device. Models then load without bars in the shard's log."""
        import torch
        from transformers.utils import logging

        logging.disable_progress_bar()
        if self.device == "cuda" and not torch.cuda.is_available():
            raise BadConfig(
                "the source's profile tracks on a GPU, and torch sees none here: run the shard where there is one "
                "(queue `gpu`, and FM_RUNNER=docker or kubernetes), or set `profile: cpu` in sources.yaml"
            )

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Within this nothing is kept for gradients, and matrices are multiplied in ``precision``."""
        import torch

        mixed = self.precision == "bfloat16"
        with torch.inference_mode(), torch.autocast(self.device, torch.bfloat16, enabled=mixed):
            yield


def spared(attempt: Callable[[bool], T], log: Callable[[str], None]) -> T:
    """What ``attempt(lean=False)`` returns. Where the GPU's memory does not do, the attempt is made once more, lean,
    which must give the same answer with less memory. Raises ``ItemFailed`` where that does not do either."""
    import torch

    try:
        return attempt(False)
    except torch.OutOfMemoryError as error:
        log(f"the GPU's memory is spent ({_first_line(error)}); trying once more with less")
    _release()
    try:
        return attempt(True)
    except torch.OutOfMemoryError as error:
        raise ItemFailed(f"the GPU's memory does not do, not even sparingly: {_first_line(error)}") from error
    finally:
        _release()


def _release() -> None:
    """Hand back what torch keeps for later; after the ``except`` block, whose traceback holds tensors."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
