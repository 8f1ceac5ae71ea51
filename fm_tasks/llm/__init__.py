"""Language models behind the OpenAI API: the client, what is asked and how often, what it costs."""

from fm_tasks.llm.client import TRIES, Endpoint, Reply
from fm_tasks.llm.inquiry import (
    Inquiry,
    Problem,
    Unusable,
    inquire,
    parsed,
    prompt,
    prompt_digest,
    reply_to,
    schema,
)

__all__ = [
    "TRIES",
    "Endpoint",
    "Inquiry",
    "Problem",
    "Reply",
    "Unusable",
    "inquire",
    "parsed",
    "prompt",
    "prompt_digest",
    "reply_to",
    "schema",
]
