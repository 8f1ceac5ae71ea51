"""English words of motion in their plain form: one verb for all that mean the same, tokens for ways and places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from fm_tasks.backends.facts_writer.words import FRACTIONS, NUMBERS

SAME = {
    "go": "move travel head drive walk run ride roll slide drift fly proceed progress cross float glide climb rise "
    "fall sink descend ascend continue advance race jog cycle crawl journey shift step stroll spin",
    "enter": "arrive emerge", "leave": "exit disappear vanish depart", "stop": "halt pause", "start": "begin commence",
    "turn": "veer swerve curve bend steer", "stay": "remain keep stand sit rest wait", "get": "come draw",
    "approach": "near", "recede": "retreat", "swing": "sway oscillate wave", "bounce": "bob", "repeat": "",
    "shrink": "decrease narrow", "see": "spot", "grow": "increase widen", "end": "finish conclude", "be": "lie",
    "do": "", "have": "", "set": "", "resume": "", "locate": "", "park": "",
    "reverse": "", "change": "switch", "grasp": "grab seize clutch", "release": "drop", "pass": "",
    "show": "contain feature depict present", "touch": "hold contact", "give": "transfer", "reach": "stretch extend",
    "tremble": "shake quiver shiver vibrate jitter", "accelerate": "", "decelerate": "brake", "circle": "orbit rotate",
}  # fmt: skip
"""Verbs, and which others say the same of motion in the picture."""
IRREGULAR = {
    "is": "be", "are": "be", "was": "be", "were": "be", "been": "be", "being": "be", "lying": "be", "lay": "be",
    "went": "go", "gone": "go", "ran": "go", "rode": "go", "flew": "go", "drove": "go", "fell": "go", "rose": "go",
    "slid": "go", "did": "do", "does": "do", "done": "do", "doing": "do", "came": "get", "got": "get", "drew": "get",
    "began": "start", "begun": "start", "stood": "stay", "kept": "stay", "sat": "stay", "has": "have", "had": "have",
    "grew": "grow", "shrank": "shrink", "bent": "turn", "seen": "see", "saw": "see", "shown": "show", "swung": "swing",
    "made": "make", "makes": "make", "making": "make", "sank": "go", "goes": "go", "visible": "see",
    "stationary": "still", "motionless": "still", "immobile": "still", "unmoving": "still", "parked": "still",
    "held": "touch", "gave": "give", "given": "give", "shook": "tremble", "shaken": "tremble", "took": "take",
    "slows": "decelerate", "slowed": "decelerate", "slowing": "decelerate", "overtakes": "overtake",
    "overtook": "overtake", "overtaken": "overtake", "overtaking": "overtake", "overtake": "overtake",
    "its": "its", "his": "its", "her": "its", "their": "its",
}  # fmt: skip


def _forms(verb: str) -> Iterator[str]:
    """Every regular form of a verb; some are of no verb, and harmless."""
    yield from (verb, f"{verb}s", f"{verb}es", f"{verb}ed", f"{verb}ing")
    yield from (f"{verb[:-1]}{end}" for end in ("ing", "ed", "ies", "ied"))
    yield from (f"{verb}{verb[-1]}{end}" for end in ("ing", "ed"))


LEMMAS = {
    form: plain
    for plain, verbs in SAME.items()
    for verb in (plain, *verbs.split())
    for form in _forms(verb)
    if form not in ("left", "fl", "bed", "bing", "sees")
} | IRREGULAR  # fmt: skip
IDLE = re.compile(
    r"\b(?:clearly|slightly|gently|sharply|steadily|smoothly|continuously|directly|straight|also|again"
    r"|still(?= go)|about|around"
    r"|roughly|approximately|abruptly|briefly|eventually|diagonally|generally|mainly|mostly|very|far|extreme"
    r"|towards?(?= the (?:left"
    r"|right|top|bottom|upper|lower) of)|its way|horizontally(?= <)|repeatedly|repeated|gradually|simply|just"
    r"|being|observed|then"
    r"(?= go))\b ?"
)
"""Words that change nothing of what is read."""

FRAME = r"\b(?:the |this )?(?:frame|picture|image|screen|view|scene|shot)\b"
PART = r"(?:[- ]?(?:hand )?(?:side|edge|corner|part|portion|half|third|border|area|end))?(?: of view)?"
ROWS = {"upper": "top", "top": "top", "bottom": "bottom", "lower": "bottom", "up": "top", "down": "bottom"}


def _place(words: str) -> str:
    """The cell or edge that ``upper left corner`` names."""
    row = next((ROWS[word] for word in re.findall("|".join(ROWS), words)), None)
    column = next(iter(re.findall(r"left|right", words)), None)
    return "_".join(filter(None, (row, column))) or "center"


def _way(*words: str) -> str:
    """The direction that places or ways lead in: ``top left`` is ``up_left``."""
    cell = _place(" ".join(words))
    return cell.replace("top", "up").replace("bottom", "down")


def _between(found: re.Match) -> str:
    """The way from one place to another: the words in which they differ tell."""
    here, there = ({*_place(words).split("_")} - {"center"} for words in found.groups())
    turned = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
    return f"<way:{_way(*(there - here or {turned[word] for word in here}))}>"


WHERE = rf"(?:(?:top|upper|bottom|lower)(?:[- ](?:left|right))?|left|right|cent(?:re|er)|middle){PART}"
UP, SIDE = r"(?:up|down)(?:wards?)?", r"(?:to (?:the )?|towards? (?:the )?)?(?:left|right)(?:wards?)?"
PACE = r"(?:speed|pace)"
LOOP, SENSE = r"in (?:an? |full )?(?:circles?|loops?)", r"(?:anti|counter)?-?clockwise"


def _round(found: re.Match) -> str:
    """Going round, with the sense where it is told."""
    way = found["way"] or ""
    return f"<round:{'anti' if way.startswith(('anti', 'counter')) else ''}{'clockwise' if way else ''}>"


def _hertz(found: re.Match) -> str:
    """How often a second: ``twice a second``, ``once every two seconds``."""
    often, seconds = (number(found[name] or "one") for name in ("often", "seconds"))
    return f"<hertz:{often / seconds:g}>" if often and seconds else found[0]


def _share(found: re.Match) -> str:
    return f"<share:{1 / FRACTIONS[found['part']]:g}>"


TOKENS: Sequence[tuple[str, str | Callable[[re.Match], str]]] = (
    (FRAME, "view"),
    (r"\b(?:(?P<often>once|twice|[\w.]+(?= times?\b))(?: times?)?) (?:a|per|each|every) "
        r"(?:(?P<seconds>[\w.]+) )?seconds?\b", _hertz),
    (rf"\b(?:an? )?(?P<part>{'|'.join(FRACTIONS)}) of (?:the )?(?:view|diagonal)(?:'s)?(?: diagonal)?", _share),
    (rf"\b(?:circle|turn~?|go~?(?: a?round)*(?: and round| {LOOP})?) (?P<way>{SENSE})", _round),
    (rf"\b(?:circle|go~? (?:a?round )?{LOOP}|go~? round and round)(?: (?P<way>{SENSE}))?", _round),
    (rf"\b(?:accelerate|(?:get|go|grow)~? faster(?: and faster|(?! than))|speed(?:s|ed|ing)? up|grow~?(?: its)? {PACE}"
        rf"|(?:picks?|picking|gains?|gaining) (?:up )?{PACE})\b", "<faster>"),
    (rf"\b(?:decelerate(?:~? down)?|slow down|(?:get|go|grow)~? slower(?: and slower|(?! than))"
        rf"|shrink~?(?: its)? {PACE}|(?:loses?|losing) {PACE})\b", "<slower>"),
    (r"\b(?:grow|get|look|looks|appear|become|becomes)~?(?: to (?:be|grow|get))? (?:larger|bigger)"
        r"(?: and (?:larger|bigger))?|\b(?:get|go)~?(?: closer| nearer)?(?: (?:to|towards?))? the (?:camera|viewer)\b"
        r"|\bapproach~? the (?:camera|viewer)\b", "<bigger>"),
    (r"\b(?:shrink|get|look|looks|appear|become|becomes)~?(?: to (?:be|shrink|get))? smaller(?: and smaller)?"
        r"|\b(?:get|go|recede)~?(?: farther| further)?(?: away)? from the (?:camera|viewer)\b", "<smaller>"),
    (r"\btremble~?(?: (?:from )?(?:side to side|sideways|horizontally|left and right))", "<tremble:horizontal>"),
    (r"\btremble~?(?: (?:up and down|vertically))", "<tremble:vertical>"),
    (r"(?<!<)\btremble\b|\b(?:have )?a tremor\b", "<tremble:>"),
    (r"\breach~? (?:out )?(?:for|to|towards?)\b", "<reach>"),
    (r"\bhand(?:s|ed|ing) (?=over\b|(?:the|a|an|it)\b)", "give "),
    (r"\b(?:be |get |stay )?in touch with\b", "touch"),
    (r"\bend~? up\b(?! and)", "end"),
    (r"\b(?:to|on) the (left|right) (?:side )?of(?! view)", r"<side:\1_of>"),
    (r"\b(above|below) (?=the |an? |one |it\b)", r"<side:\1> "),
    (r"\b(first see(?:,.*| ))<side:", r"\1<first:"),
    (r"\b(?:make~? |do~? )?(?:an? )?u[- ]?turn\b(?: (?:to|towards) (?:the |its )?(left|right))?", r"<uturn:\1>"),
    (r"\bturn~? (?:a?round|back)\b", "<uturn:>"),
    (r"\bchange~? (?:its |the )?lanes?\b(?: (?:to|towards) (?:the |its )?(left|right))?", r"<shift:\1>"),
    (r"\bgo~? back (?:on|the) (?:its path|(?:same )?way (?:it|they|he|she) (?:get|go))|\bdoubles? back\b"
        r"|\breverse~?(?: its| the)?(?: direction| course| way| path)?\b", "<back:>"),
    (r"\b(?:takes?|taking) touch of\b|\bpicks?(?:ed|ing)? up(?= (?:the|a)\b)", "grasp"),
    (r"\blet(?:s|ting)? go~? of\b|\b(?:puts?|putting) down\b", "release"),
    (r"\bup and down\b", "<swing:vertical>"),
    (r"\bto and fro\b(?! sideways| horizontally| vertically)", "<swing:>"),
    (r"\b(?:back(?:wards)? and for(?:th|wards)|to and fro|side to side"
        r"|left and right)(?: and back)?\b", "<swing:horizontal>"),
    (r"<swing:horizontal> vertically|\bswing vertically|\bbounce\b", "<swing:vertical>"),
    (r"\bswing (?=[^<]*$|horizontally|sideways)", "<swing:horizontal> "),
    (r"\bturn~? (left|right),?(?: as well as| and| and then| then| or)(?: turn)? (left"
        r"|right)\b", r"<turn:\1> and <turn:\2>"),
    (r"\bturn~?(?: to)?(?: the| its)? (left|right)(?:wards)?\b", r"<turn:\1>"),
    (r"\b(?:make|take)~?(?: an?)?(?: \w+)? (left|right)(?:[- ]hand)? turn\b", r"<turn:\1>"),
    (r"(?<!<)\bturn\b(?! around| up)", "<turn:>"),
    (rf"\bfrom (?:the )?({WHERE}) (?:to|towards?|into) (?:the )?({WHERE})", _between),
    (rf"\b(?:from|beyond) (?:the )?({WHERE})", lambda found: f"<from:{_place(found[1])}>"),
    (rf"\b({UP})(?:,? and |[- ])({SIDE})\b", lambda found: f"<way:{_way(*found.groups())}>"),
    (rf"\b({SIDE})(?:,? and |[- ])({UP})\b", lambda found: f"<way:{_way(*found.groups())}>"),
    (rf"\b(?:to|towards?|for) (?:the )?({WHERE})", lambda found: f"<way:{_way(found[1])}>"),
    (rf"\b(?:on|at|in|near|by|through|via|over|past) (?:the )?({WHERE})", lambda found: f"<at:{_place(found[1])}>"),
    (r"\bleft (?=view\b)", "leave "),
    (rf"(?<![:_\w])({UP}|(?:upper|lower)[- ](?:left|right)|(?:left"
        rf"|right)(?:wards?)?)\b(?!_)", lambda found: f"<way:{_way(found[1])}>"),
)  # fmt: skip
"""What is rewritten, in this order."""

VERBS = "go|get|stop|start|turn|enter|leave|approach|recede|swing|bounce|repeat|pass|overtake|grasp|release|touch|give"
"""Plain forms that tell of motion."""

NUMBER = {word: float(n) for n, word in enumerate(NUMBERS)} | {
    "a": 1.0,
    "an": 1.0,
    "once": 1.0,
    "twice": 2.0,
    "single": 1.0,
}
"""What words for numbers name."""

LONGEST = 2000
"""Characters of a text that are read."""


def plain(text: str) -> str:
    """Lower case, verbs in their plain form (``~`` marks what was one in -ing), and tokens."""
    words = re.sub(r"[<>~]", " ", text[:LONGEST].lower().replace("\u2019", "'"))
    words = re.sub(r"n't\b", " not", words).replace("cannot", "can not")
    words = lemmas(words)
    for pattern, token in TOKENS:
        words = re.sub(pattern, token, words)
    return " ".join(words.split())


def lemmas(words: str) -> str:
    """Verbs in their plain form, with ``~`` behind what was one in -ing."""
    return re.sub(
        r"[a-z]+",
        lambda word: LEMMAS.get(word[0], word[0]) + "~" * (word[0].endswith("ing") and word[0] in LEMMAS),
        words,
    )


def number(words: str) -> float | None:
    """What ``two``, ``a`` or ``2.5`` names; None for another word."""
    return (
        NUMBER.get(words) if words in NUMBER else float(words) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", words) else None
    )
