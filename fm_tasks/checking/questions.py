"""A question and one of its options, read as one statement."""

from __future__ import annotations

import re
from dataclasses import replace

from fm_tasks.checking.reader import Read, read
from fm_tasks.checking.references import NOBODY, Cast
from fm_tasks.english.lexicon import plain


def read_answer(question: str, answer: str, cast: Cast) -> Read:
    """What a question and an answer say together."""
    if not re.match(r"(?:it|they|he|she)\b", answer, re.I) or re.match(DONE_THEN, question.lower()):
        return read(statement(question, answer), cast)
    _, mentions = cast.mentions(plain(question), NOBODY)
    found = read(answer, cast, mentions[0].tracks if mentions else NOBODY)
    return replace(found, said=(*found.said, *(reading for mention in mentions for reading in mention.said)))


def statement(question: str, answer: str) -> str:
    """Question and answer as a statement: ``Which way does the car turn?`` and ``Left`` is ``the car turn left``."""
    asked, told = question.strip().rstrip("?").lower(), answer.strip().rstrip(".")
    told = told[:1].lower() + told[1:]
    asked = re.sub(OPENING, r"\2 \1", asked)
    if deed := re.match(r"what (?:is|are|was|were) the (?:motion|movement|action|behaviou?r)s? of (?P<who>.*)", asked):
        return told if re.match(r"(?:the|an?|one)\b", told) else f"{deed['who']} {told}"
    if (side := re.match(SIDE_OF, asked)) and (side["other"] or side["end"]):
        other = side["other"] or ""
        told = re.sub(r"\bit$", other, told)
        if other and re.search(r"(?:\bof|above|below|beneath|under|underneath|than)$", told):
            told = f"{told} {other}"
        elif other and re.search(r"\b(?:left|right)$", told):
            told = f"{told} of {other}"
        return f"{side['who']} {'ends up' if side['end'] else 'is'} {told}"
    if order := re.search(
        r"^(?:which|what)\b.*\b(?:happens?|occurs?|takes place|event)\b.*?\b(?P<when>after|before|once)\b"
        r" (?P<other>.*)$",
        asked,
    ):
        return f"{told} {order['when']} {order['other']}"
    if order := re.match(DONE_THEN, asked):
        told = re.sub(r"^(?:it|they|he|she)\b", order["who"], told)
        doer = "" if re.match(r"(?:the|an?|one)\b", told) else f"{order['who']} "
        return f"{doer}{told} {order['when']} {order['other']}"
    if re.search(r"^(?:which|what)\b.*\b(?:happens?|occurs?|can be seen|is true|is correct|takes place)\b", asked):
        return told
    subject = re.match(
        r"(?:which|what|who)(?: of (?:these|the \w+))?(?: (?:object|thing|one|vehicle"
        r"|animal)s?)?(?: is it that)? (?P<rest>.*)",
        asked,
    )
    if (
        subject
        and re.match(r"(?:a|an|the|one|both|all)\b", told)
        and not re.match(r"(?:(?:does|do|did)\b(?! an? )|(?:way|direction|side)\b)", subject["rest"])
    ):
        return f"{told} {subject['rest']}"
    if many := re.match(r"how many (?!times)(?P<what>.*)", asked):
        return f"{told} {many['what']}"
    wh = re.match(
        r"(?:\w+ )??(?:which|what|who|where|when|how)\b.*?\b(?P<aux>does|do|did|is|are|was"
        r"|were)\b (?P<rest>.*)",
        asked,
    )
    if not wh:
        return f"{asked} {told}"
    if wh["aux"] in ("is", "are", "was", "were"):
        who = re.match(
            r"(?P<who>.*?)(?P<verb> (?:first|last|when|seen|located|moving|going|in view|at the)\b.*|$)", wh["rest"]
        )
        verb = re.sub(r" (?:from|to|in)$", "", who["verb"])
        return f"{who['who']} {wh['aux']}{verb} {told}"
    return f"{re.sub(' (?:from|to|on|at|in)$', '', wh['rest'])} {told}"


OPENING = r"^((?:of|in|by|at|on|during|over|throughout) [^,]*), ((?:which|what|who|where|how)\b.*)"
"""What stands before a question."""
SIDE_OF = (
    r"where (?:(?:is|are|was|were)|(?P<end>does|do|did)) (?P<who>.*?)(?(end) end(?: up)?)"
    r"(?: located| positioned| situated)?"
    r"(?: (?:in relation to|relative to|with respect to|compared (?:to|with)) (?P<other>.*)|$)"
)
"""Where something is, or ends up, to something else."""

DONE_THEN = r"what (?:does|do|did) (?P<who>.*?) do(?: next| then)? (?P<when>after|before|once) (?P<other>[^?]*)"
"""What somebody does at a time that is named."""
