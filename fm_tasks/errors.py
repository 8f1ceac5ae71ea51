"""Every error the product raises on purpose; the docstring of each says who mends it.

FoundryError
├── BadRequest            the request, configuration or command is wrong: never retried     exit 64
│   ├── BadConfig         a setting or sources.yaml is wrong
│   ├── SourceMissing     nothing lies under a source's prefix
│   └── NotDiscovered     a batch was never discovered
├── Rejected              this item is refused for good under this request: data, not a failure
├── Unavailable           a service or model did not answer: retried with backoff            exit 75
│   ├── Missing           a named object is not there
│   ├── Torn              an object is not whole, or not of its form
│   └── Changed           an object was replaced since it was asked for
├── ItemFailed            this item may go well next time; the shard goes on
│   └── OverBudget        it was not begun, because it might cost more than is left
└── GateBlocked           the quality gate said no: never retried                            exit 65
"""

from __future__ import annotations

from fm_tasks.model import RejectionCode


class FoundryError(Exception):
    """Base of all errors of the product."""

    exit_code = 1


class BadRequest(FoundryError):
    """The request, configuration or command is wrong; asking again cannot help."""

    exit_code = 64


class BadConfig(BadRequest):
    """A setting or ``sources.yaml`` is wrong; the message names the entry and what it should be."""


class SourceMissing(BadRequest):
    """Nothing lies under a source's prefix, so the prefix is probably misspelt."""


class NotDiscovered(BadRequest):
    """A batch was never discovered, so there is nothing of it to plan, save, judge or publish."""


class Rejected(FoundryError):
    """One item is refused for good: recorded as a ``Rejection`` with this code, final under its key."""

    def __init__(self, code: RejectionCode, detail: str):
        super().__init__(code, detail)  # as it was called, so that it pickles
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Unavailable(FoundryError):
    """A service or model did not answer; the same request may go well later."""

    exit_code = 75


class Missing(Unavailable):
    """A named object is not there."""


class Torn(Unavailable):
    """An object was not written to its end, or was damaged since; `fm retry` removes it where it can be made again."""


class Changed(Unavailable):
    """An object is no longer the one that was asked for: its ETag differs."""


class ItemFailed(FoundryError):
    """One item failed in a way that may go well next time; recorded as a failure, the shard goes on."""


class OverBudget(ItemFailed):
    """An item was not begun: it might cost more than is left of a budget."""


class GateBlocked(FoundryError):
    """The quality gate found a critical failure; nothing of the batch is published."""

    exit_code = 65
