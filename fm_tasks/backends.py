"""The one table from names to classes: shot detectors, detectors, trackers, stacks of models, writers.

A class is imported when it is first asked for, so nobody pays for what a source does not use.
"""

from __future__ import annotations

from importlib import import_module

BACKENDS = {
    "inpass": "fm_tasks.video.shots:InPass",
    "transnetv2": "fm_tasks.video.transnetv2:TransNetV2",
    "ssd": "fm_tasks.tracking.ssd:SsdMobileNet",
    "median": "fm_tasks.tracking.background:MedianBackground",
    "kalman": "fm_tasks.tracking.kalman:Kalman",
    "detr": "fm_tasks.tracking.detr:DFine",
    "paper": "fm_tasks.tracking.paper:Paper",
    "sam3": "fm_tasks.tracking.sam3:Sam3",
    "facts": "fm_tasks.writing.facts_writer:FactsWriter",
    "openai": "fm_tasks.writing.openai:OpenAIWriter",
}


def backend(name: str) -> type:
    """The class behind ``name``. Raises ``KeyError`` for a name that the table lacks."""
    module, _, attribute = BACKENDS[name].partition(":")
    return getattr(import_module(module), attribute)
