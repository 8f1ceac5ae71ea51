"""A clip of a car that approaches a person, told in facts: what the steps that write of it are tested on."""

from __future__ import annotations

from fm_tasks.model import Batch, Fact, FactKind

BATCH = Batch(id="b1", source="cam", window={"start": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z"})
KEY = "0123456789abcdef0123"
LABELS = {0: "person", 1000: "car"}
FACTS = (
    Fact(kind=FactKind.LOCATED, subject=0, value="right", start=0, end=99),
    Fact(kind=FactKind.STATIONARY, subject=0, amount=4.0, start=0, end=99),
    Fact(kind=FactKind.LOCATED, subject=1000, value="left", start=0, end=99),
    Fact(kind=FactKind.MOVES, subject=1000, value="right", amount=0.4, start=0, end=99),
    Fact(kind=FactKind.APPROACHES, subject=1000, object=0, amount=0.4, start=0, end=99),
    Fact(kind=FactKind.COUNTS, subject=None, value="car", amount=1, start=0, end=99),
    Fact(kind=FactKind.COUNTS, subject=None, value="person", amount=1, start=0, end=99),
)
