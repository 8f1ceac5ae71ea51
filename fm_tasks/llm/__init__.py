"""Language models behind the OpenAI API: the client, the questions to it, the pictures, and the costs."""

from fm_tasks.llm.client import MAX_TRIES, Endpoint, Reply
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
    "MAX_TRIES",
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
