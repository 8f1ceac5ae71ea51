"""What a text says of motion, read from its words alone: no model, and no trust in the claims that come with it.

A text is rewritten step by step. Verbs get their plain form, one for all that mean the same (``travelled`` is ``go``);
ways, places and swings become tokens (``up and to the right`` is ``<way:up_right>``); what names an object becomes the
tracks that it may mean. Then each clause gives what its verbs say of them. Words that are not understood are passed
over: what is read is said, but not all that is said is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fm_tasks.backends import UNNAMED
from fm_tasks.backends.facts_writer.words import FRACTIONS, NUMBERS, ORDINALS, SOMETHING, noun_of, plural
from fm_tasks.model import Fact
from fm_tasks.model import FactKind as Kind

Tracks = frozenset[int]
NOBODY: Tracks = frozenset()


@dataclass(frozen=True)
class Reading:
    """One thing that a text says, of one of ``subjects``; of each of them where ``each``, that it is not so where
    ``denied``. Without subjects it is said of ``called``, and nothing in the clip is called so.

    ``which`` is the first or last of its kind; ``amount`` is in the unit of the kind.
    """

    kind: Kind
    subjects: Tracks = NOBODY
    objects: Tracks | None = None
    value: str | None = None
    amount: float | None = None
    denied: bool = False
    each: bool = False
    which: str | None = None
    called: str = ""


@dataclass(frozen=True)
class Order:
    """That what ``earlier`` says begins before what ``later`` says, by so many ``seconds`` where they are named."""

    earlier: Reading
    later: Reading
    seconds: float | None = None


@dataclass(frozen=True)
class Read:
    """Everything that is read in a text, and whether it speaks of motion in words that are not understood."""

    said: tuple[Reading, ...] = ()
    orders: tuple[Order, ...] = ()
    unread: bool = False
    about: Tracks = NOBODY
    """Whom ``it`` means in what comes next."""


# --- the lexicon ------------------------------------------------------------------------------------------------------

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

KIN = {
    "person": "man woman boy girl child kid pedestrian human figure cyclist player walker runner driver",
    "truck": "vehicle lorry", "car": "vehicle automobile sedan", "bus": "vehicle coach",
    "motorcycle": "vehicle motorbike", "train": "vehicle", "van": "vehicle", "bicycle": "bike vehicle",
    "boat": "ship vessel", "airplane": "plane aircraft aeroplane", "dog": "animal puppy", "kite": "",
    "cat": "animal kitten", "horse": "animal pony", "cow": "animal", "sheep": "animal", "bird": "animal",
    "ball": "sphere", "sports ball": "ball", "crate": "box", "skateboard": "", "elephant": "animal", "bear": "animal",
    "zebra": "animal", "giraffe": "animal", "frisbee": "disc", "suitcase": "", "left hand": "hand",
    "right hand": "hand", "drone": "", "scooter": "vehicle", "tram": "vehicle",
}  # fmt: skip
"""Labels of what moves, and what else that is called."""
ANYTHING = (SOMETHING, "object", "thing", "item", "mover")

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

WHO = r"<obj:(?P<{}>[\d+]+)>"
SPOKEN: Sequence[tuple[Kind, str, dict[str, object]]] = (
    (Kind.FASTEST, r"nothing else (?:be|go) (?:as fast|faster)|fastest|quickest|faster than (?:any|every|all"
        r"|the others?)", {}),
    (Kind.FASTEST, rf"faster than {WHO.format('other')}", {}),
    (Kind.GIVES, rf"\b(?:give|pass)~?(?: over)? (?:{WHO.format('thing')}|it)(?: over)? to {WHO.format('other')}"
        rf"|\bgive~?(?: over)? {WHO.format('other2')} {WHO.format('thing2')}", {}),
    (Kind.TREMBLES, r"<tremble:(?P<value>\w*)>(?:[^<]*<hertz:(?P<amount>[\d.]+)>)?", {}),
    (Kind.FREQUENCY, r"<hertz:(?P<amount>[\d.]+)>", {}),
    (Kind.AMPLITUDE, r"<share:(?P<amount>[\d.]+)>", {}),
    (Kind.CIRCLES, r"<round:(?P<value>\w*)>", {}),
    (Kind.ACCELERATES, r"<faster>", {}),
    (Kind.SLOWS, r"<slower>", {}),
    (Kind.GROWS, r"<bigger>", {}),
    (Kind.SHRINKS, r"<smaller>", {}),
    (Kind.PASSES, rf"\bovertake~?(?: {WHO.format('other')})?", {"value": "overtaking"}),
    (Kind.PASSES, rf"\b(?:pass|go past|go by)(?: by| in front of| behind)? (?:{WHO.format('other')}|it\b"
        r"|each other)", {}),
    (Kind.REACHES, rf"<reach> (?:{WHO.format('other')}|it\b)", {}),
    (Kind.TOUCHES, rf"\btouch (?:{WHO.format('other')}|it\b)(?: for (?P<amount>[\w.]+) seconds?)?", {}),
    (Kind.BECOMES, rf"\b(?:get|end)(?: to be)? <side:(?P<value>\w+)> (?:{WHO.format('other')}|it\b)", {}),
    (Kind.OSCILLATES, r"<swing:(?P<value>\w*)>", {}),
    (Kind.UTURNS, r"<uturn:(?P<value>\w*)>", {}),
    (Kind.SHIFTS, r"<shift:(?P<value>\w*)>", {}),
    (Kind.REVERSES, r"<back:>", {}),
    (Kind.GRASPS, rf"\bgrasp~? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.RELEASES, rf"\brelease~? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.OSCILLATES, r"\brepeat\b", {}),
    (Kind.APPROACHES, rf"\b(?:get|go|be) (?:any )?(?:closer|nearer|near|towards?"
        rf"|up)(?: to)? {WHO.format('other')}", {}),
    (Kind.APPROACHES, rf"\bapproach {WHO.format('other')}|\bclose in on {WHO.format('other2')}", {}),
    (Kind.APPROACHES, r"\b(?:get|go) (?:closer|nearer)(?: together| to (?:each|one) (?:other|another))?"
        r"|\bapproach each other|\bshrink\b", {}),
    (Kind.RECEDES, rf"\b(?:get|go) (?:any )?(?:farther |further |away )+from {WHO.format('other')}"
        rf"|\brecede from {WHO.format('other2')}", {}),
    (Kind.RECEDES, r"\b(?:get|go) (?:farther |further )?(?:apart|away from each other)|\b(?:get|go) farther\b"
        r"|\bgrow\b", {}),
    (Kind.ENTERS, r"\b(?:enter|get|appear|go|get in|get into view|enter view)(?: view| in"
        r"| into view)? <from:(?P<value>left|right|top|bottom)>", {}),
    (Kind.ENTERS, r"\benter\b(?: view)?(?: (?:<(?:at|from):(?P<value>\w+)>))?|\b(?:get|go) in(?:to view\b"
        r"|(?= *$))", {}),
    (Kind.LEAVES, r"\b(?:leave|(?:go|get) out of view)\b(?: view| from view)*(?: <(?:at|way"
        r"|from):(?P<value>\w+)>)?", {}),
    (Kind.STARTS, r"\bstart (?:to )?go\b|\bset (?:off|out|in(?:to)? motion)\b|\bstart off\b|\bresume\b"
        r"|\bstart(?= *$)|\bgo on\b|\bgo off\b", {}),
    (Kind.STOPS, r"\bstop\b|\bget to (?:a |an )?(?:complete |full |sudden )?(?:stop|standstill|stay)\b", {}),
    (Kind.TURNS, r"<turn:(?P<value>\w*)>", {}),
    (
        Kind.STATIONARY,
        r"\b(?:be|stay) (?:still|in (?:one |its |the same )?(?:place|position|spot)|at (?:stay|rest)|put"
        r"|where it be|fixed)"
        r"(?: for (?P<amount>[\w.]+) seconds?)?|\bstay for (?P<amount2>[\w.]+) seconds?",
        {},
    ),
    (Kind.SPEED, r"(?:not|never) go(?: at all)?(?=[^\w<]*$| from its place)|without go\b"
        r"|\bnot leave its place", {"denied": True}),
    (Kind.MOVES, r"\bgo\b[^<]* in any direction", {}),
    (Kind.SPEED, r"(?:\bgo\b[^<]{0,25}?)?\b(?:slowly|slow)\b", {"value": "slow"}),
    (Kind.SPEED, r"(?:\bgo\b[^<]{0,25}?)?\b(?:moderate|moderately|medium)\b", {"value": "medium"}),
    (Kind.SPEED, r"(?:\bgo\b[^<]{0,25}?)?\b(?:quickly|rapidly|swiftly|fast|quick|rapid|brisk|briskly"
        r"|high speed)\b", {"value": "fast"}),
    (Kind.LIES, rf"<first:(?P<value>\w+)> {WHO.format('other')}", {"which": "first"}),
    (Kind.LIES, rf"<side:(?P<value>\w+)> {WHO.format('other')}", {}),
    (Kind.LOCATED, r"<(?:at|from):(?P<value>\w+)>", {}),
    (Kind.MOVES, r"(?:\bgo\b[^<]{0,30})?<way:(?P<value>\w+)>", {}),
    (Kind.SPEED, r"\bgo\b", {}),
)  # fmt: skip
"""What is said by which words, the longer before the shorter: what was read is not read again."""

NUMBER = {word: float(n) for n, word in enumerate(NUMBERS)} | {
    "a": 1.0,
    "an": 1.0,
    "once": 1.0,
    "twice": 2.0,
    "single": 1.0,
}
TIMES = re.compile(
    rf"\b(?P<n>once|twice|(?:\d+|{'|'.join(NUMBERS[1:])}|a single|a)(?= (?:full |complete )?(?:times?|cycles?"
    rf"|rounds?|circles?|loops?)))\b"
)
DENIED = re.compile(r"\b(?:not|never|nothing|nobody|no one|no|none|without|cannot|neither|nor)\b")
SECONDS = re.compile(r"(?P<n>[\d.]+|\w+) seconds?\b")
PAIR = re.compile(r"(^|between |[.;,] ?|when |while |time )<obj:(\d+)> and <obj:(\d+)>")
PASSIVE = re.compile(
    r"<obj:(\d+)> (?:be|get)( not| never)? (pass|overtake|grasp|release|touch|approach|<reach>) by <obj:(\d+)>"
)
PASSED = r"(?:(?:by |in front of |behind )?(?:<obj|it\b|each other)|over\b)"
"""What follows ``pass`` where something is passed."""
VERBS = "go|get|stop|start|turn|enter|leave|approach|recede|swing|bounce|repeat|pass|overtake|grasp|release|touch|give"
STRANGER = re.compile(r"\b(?:the|a|an|another) ([a-z]+)(?: [a-z]+)?\W*$")
NEUTRAL = {
    "camera", "clip", "video", "view", "two", "motion", "movement", "pace", "distance", "first", "last", "way",
    "direction", "order", "path", "position", "speed", "rest", "beginning", "end", "other", "object", "frame", "time",
    "pause", "stop", "side", "scene", "moment", "start", "turn", "bit", "while", "full", "complete",
}  # fmt: skip
"""Nouns that are no things that move."""
LONGEST = 2000
"""Characters of a text that are read."""
PAIRED = (Kind.APPROACHES, Kind.RECEDES, Kind.PASSES)
EDGED = (Kind.ENTERS, Kind.LEAVES)
EDGE = {"left": "left", "right": "right", "top": "top", "bottom": "bottom", "up": "top", "down": "bottom"}
"""The edge that a way or place is at; a corner is at none of its own."""
ADJECTIVES = "small|large|big|young|old|red|green|blue|yellow|white|black|purple|orange|grey|gray|dark|same|visible"
JOINT = re.compile(
    r"[.;:!?](?=\s|$)|,? ?\b(?:and )?(?:(?:shortly|soon|immediately|right) )?(?:[\w.]+ seconds? )?(?:before"
    r"|after(?:wards?)?|then|later|once(?= (?:<obj|it|they))|until|followed by|next)\b"
    r"|,? ?\b(?:and|but|while|whereas|as|when|which|that|who|where|with|at another|another)\b|,"
)
LATER, EARLIER = r"before|then|later|afterwards?|until|followed by|next", r"\b(?:after|once)\b"
SHOWN = re.compile(r"\b(?:show|see|there be|appear in|in (?:clip|view))\b|\bclip\b")


def number(words: str) -> float | None:
    """What ``two``, ``a`` or ``2.5`` names; None for another word."""
    return (
        NUMBER.get(words) if words in NUMBER else float(words) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", words) else None
    )


# --- objects ----------------------------------------------------------------------------------------------------------


class Cast:
    """The tracks of a clip and what each may be called."""

    def __init__(self, facts: Sequence[Fact], labels: Mapping[int, str]):
        self.facts = facts
        self.labels = labels
        self._called: dict[str, set[int]] = {}
        for label, kin in {**KIN, **{noun_of(label): KIN.get(noun_of(label), "") for label in labels.values()}}.items():
            for noun in (label, *kin.split()):
                own = {track for track, of in labels.items() if noun_of(of) == label}
                self._called.setdefault(noun, set()).update(own)
        unnamed = {track for track, label in labels.items() if label == UNNAMED}
        for own in self._called.values():
            own.update(unnamed if not own else ())
        self._called |= {noun: set(labels) for noun in ANYTHING} | {SOMETHING: unnamed or set(labels)}
        forms = [(form, noun) for noun in self._called for form in (plural(noun), noun)]
        self._nouns = {_lemmas(form): noun for form, noun in forms} | {"someone": "person", "somebody": "person"}
        self._several = {_lemmas(plural(noun)) for noun in self._called} - {_lemmas(noun) for noun in self._called}
        nouns = "|".join(sorted(map(re.escape, self._nouns), key=len, reverse=True))
        counts = "|".join((*NUMBERS, r"\d+"))
        self._phrase = re.compile(
            rf"(?:\b(?P<one>one of|any of|each of|both of|all of|both|all|each) )?"
            rf"(?:\b(?P<the>the|a|an|another|this|that|some|no) )?(?:\b(?P<rank>{'|'.join(ORDINALS)}|last"
            rf"|fastest|other) )?"
            rf"(?:\b(?P<n>{counts}|several|many|few|single) )?(?:\b(?:{ADJECTIVES}) )*\b(?P<noun>{nouns})\b"
            rf"(?: (?:to (?:appear|enter)|that appear (?P<appears>first|last)))?"
            rf"(?P<traits>(?: (?:(?:first|last) see |see |locate )?<at:\w+>| (?:go|enter|leave"
            rf"|stay)~ (?:<\w+:\w*>|in place)"
            rf"| <turn:\w+>(?= (?:{VERBS})\b|[.,?]|$))*)"
        )

    def mentions(self, words: str, before: Tracks) -> tuple[str, list[Mention]]:
        """``words`` with a token for whatever names an object, and those; ``before`` is what was spoken of last."""
        found: list[Mention] = []

        def name(phrase: re.Match) -> str:
            found.append(self._mention(phrase, before if not found else found[-1].tracks))
            return f"<obj:{len(found) - 1}>"

        return self._phrase.sub(name, words), found

    def _mention(self, phrase: re.Match, before: Tracks) -> Mention:
        noun = self._nouns[phrase["noun"]]
        several = phrase["noun"] in self._several or phrase["one"] in ("both", "all", "both of", "all of", "each of")
        tracks, said = frozenset(self._called[noun]), []
        if phrase["rank"] == "other" or phrase["the"] == "another":
            tracks = tracks - before or tracks
        elif phrase["rank"] == "fastest":
            said.append(Reading(Kind.FASTEST, tracks))
        elif rank := phrase["rank"] or phrase["appears"]:
            tracks = self._ranked(tracks, rank)
        for which, token, value in re.findall(r" *(first|last)?[^<]*?(?:<(\w+):(\w*)>|in place)", phrase["traits"]):
            kind = TRAITS.get(token, Kind.STATIONARY)
            said.append(Reading(kind, tracks, value=value or None, which=which or ("first" if token == "at" else None)))
        for reading in said:
            holding = frozenset(t for t in tracks if self.matches(replace(reading, subjects=frozenset({t}))))
            tracks = holding or tracks
        number_of = None if phrase["one"] in ("one of", "any of") else self._number(phrase, several)
        each = several and phrase["one"] not in ("one of", "any of")
        return Mention(
            tracks, each, phrase["noun"], phrase["the"] == "no" and not phrase["rank"], number_of, tuple(said), noun
        )

    def _number(self, phrase: re.Match, several: bool) -> float | None:
        if phrase["n"] in ("several", "many", "few"):
            return None
        if phrase["n"] or phrase["one"] in ("both", "both of"):
            return number(phrase["n"] or "two")
        return 1.0 if phrase["the"] in ("a", "an") and not several else None

    def _ranked(self, tracks: Tracks, rank: str) -> Tracks:
        """Which of ``tracks`` appears as the ``second``, or the ``last``: all that appear with it."""
        starts = {f.subject: f.start for f in reversed(self.facts) if f.kind == Kind.LOCATED and f.subject in tracks}
        for fact in self.facts:
            if fact.kind == Kind.LOCATED and fact.subject in tracks:
                starts[fact.subject] = min(starts[fact.subject], fact.start)
        order = sorted(starts, key=starts.get)
        place = len(order) - 1 if rank == "last" else ORDINALS.index(rank)
        return frozenset(order[place : place + 1])

    def labelled(self, label: str) -> Tracks:
        """The tracks with a label."""
        return frozenset(track for track, of in self.labels.items() if of == label)

    def count(self, noun: str) -> int | None:
        """How many tracks are called ``noun`` by their label; None where they may be so only because they have none."""
        own = {track for track in self._called[noun] if self.labels[track] != UNNAMED}
        if noun == SOMETHING:
            own = {track for track, label in self.labels.items() if label == UNNAMED}
        return len(self._called[noun]) if noun in ANYTHING[1:] else None if not own and self._called[noun] else len(own)

    def matches(self, reading: Reading) -> list[Fact]:
        """The facts that bear ``reading`` out, whether or not it is denied; its words may say less than they do."""
        if reading.objects is not None and reading.kind == Kind.FASTEST:
            return self._faster(reading)
        found = [
            fact
            for fact in self.facts
            if (fact.kind == reading.kind or (fact.kind, reading.kind) == (Kind.STOPS, Kind.STATIONARY))
            and (fact.subject in reading.subjects or fact.subject is None)
            and (reading.objects is None or fact.object in reading.objects)
        ]
        if reading.which and found:
            pick, key = (min, lambda fact: fact.start) if reading.which == "first" else (max, lambda fact: fact.end)
            found = [pick((f for f in found if f.subject == track), key=key) for track in {f.subject for f in found}]
        found = [fact for fact in found if reading.value is None or says(reading.value, fact.value)]
        return found + self._beside(reading) if reading.kind == Kind.LIES and not found else found

    def _faster(self, reading: Reading) -> list[Fact]:
        """The speeds of the subjects that are above that of one of the objects."""
        speeds = [fact for fact in self.facts if fact.kind == Kind.SPEED]
        least = min((fact.amount for fact in speeds if fact.subject in reading.objects), default=0.0)
        return [fact for fact in speeds if fact.subject in reading.subjects and fact.amount > least]

    def _beside(self, reading: Reading) -> list[Fact]:
        """Where a subject is while it lies ``left_of`` an object, by cells; ``first``: where both are first seen."""
        stays = sorted((fact for fact in self.facts if fact.kind == Kind.LOCATED), key=lambda fact: fact.start)
        if reading.which:
            stays = list({fact.subject: fact for fact in reversed(stays)}.values())
        near, far = ("left", "right") if reading.value in ("left_of", "right_of") else ("top", "bottom")
        sign = 1 if reading.value in ("left_of", "above") else -1
        along = {fact: (far in fact.value) - (near in fact.value) for fact in stays}
        return [
            one
            for one in stays
            for other in stays
            if one.subject in reading.subjects and other.subject in reading.objects
            if (reading.which or (one.start <= other.end and other.start <= one.end))
            if sign * (along[other] - along[one]) > 0
        ]


def says(value: str, whole: str | None) -> bool:
    """Whether ``left`` is part of ``up_left``, or all of ``left``."""
    return whole is not None and {*value.split("_")} <= {*whole.split("_")}


@dataclass(frozen=True)
class Mention:
    """Words that name objects: the tracks that they may mean, and what they say of them by the way."""

    tracks: Tracks
    each: bool = False
    words: str = ""
    none: bool = False
    number: float | None = None
    said: tuple[Reading, ...] = ()
    noun: str = ""


TRAITS = {"at": Kind.LOCATED, "way": Kind.MOVES, "swing": Kind.OSCILLATES, "from": Kind.ENTERS, "turn": Kind.TURNS}
"""What a token after a noun says of it."""


# --- texts ------------------------------------------------------------------------------------------------------------


def read(text: str, cast: Cast, about: Tracks = NOBODY) -> Read:
    """What ``text`` says; ``about`` is whom ``it`` means where the text itself has named nobody."""
    words, mentions = cast.mentions(plain(text), about)
    words = PASSIVE.sub(r"<obj:\4>\2 \3 <obj:\1>", IDLE.sub("", words.replace("~", "")))
    words = re.sub(rf"\bpass\b(?! {PASSED})", "go", PAIR.sub(r"\1<obj:\2+\3>", words))
    said, orders, unread = [reading for mention in mentions for reading in mention.said], [], False
    carried, opener, joints, previous = Mention(about), "", "", None
    for joint, clause in _clauses(words):
        joints += f"{joint} "
        found, carried, rest = _spoken(clause, mentions, carried)
        unread |= not found and bool(re.search(rf"\b(?:{VERBS})\b", rest))
        if not found:
            continue
        said += found
        event = next((r for r in found if r.kind not in (Kind.SPEED, Kind.LOCATED, Kind.FASTEST)), found[0])
        if previous is None:
            opener = joints
        elif after := _later(joints, opener):
            seconds = SECONDS.search(joints)
            pair = (previous, event) if after > 0 else (event, previous)
            orders.append(Order(*pair, seconds=number(seconds["n"]) if seconds else None))
            opener = ""
        joints, previous = "", event
    return Read((*said, *_counts(words, mentions, bool(said))), tuple(orders), unread, carried.tracks)


def plain(text: str) -> str:
    """Lower case, verbs in their plain form (``~`` marks what was one in -ing), and tokens."""
    words = re.sub(r"[<>~]", " ", text[:LONGEST].lower().replace("\u2019", "'"))
    words = re.sub(r"n't\b", " not", words).replace("cannot", "can not")
    words = _lemmas(words)
    for pattern, token in TOKENS:
        words = re.sub(pattern, token, words)
    return " ".join(words.split())


def _lemmas(words: str) -> str:
    return re.sub(
        r"[a-z]+",
        lambda word: LEMMAS.get(word[0], word[0]) + "~" * (word[0].endswith("ing") and word[0] in LEMMAS),
        words,
    )


def _clauses(words: str) -> Iterator[tuple[str, str]]:
    """Each clause with what joins it to those before."""
    begin, joint = 0, ""
    for found in JOINT.finditer(words):
        yield joint, words[begin : found.start()]
        begin, joint = found.end(), found[0]
    yield joint, words[begin:]


def _later(joint: str, opener: str) -> int:
    """1 where what follows ``joint`` is later, -1 where it is earlier, 0 where neither is said."""
    if re.search(EARLIER, joint):
        return -1
    if re.search(LATER, joint):
        return 1
    return 1 if re.search(EARLIER, opener) else -1 if re.search(r"\b(?:before|until)\b", opener) else 0


def _spoken(clause: str, mentions: Sequence[Mention], carried: Mention) -> tuple[list[Reading], Mention, str]:
    """What a clause says, whom the next is about where it names nobody, and the words that were not understood."""
    found: list[tuple[int, Reading]] = []
    subject = carried
    for kind, pattern, fixed in SPOKEN:
        for match in re.finditer(pattern, clause):
            groups = {name.rstrip("2"): value for name, value in match.groupdict().items() if value}
            who = _subject(clause[: match.start()], mentions, carried)
            if not (who.tracks or who.words):
                continue
            subject = who if who is not carried else subject
            value = groups.get("value")
            if kind in EDGED:
                value = EDGE.get(value)
            other = _named(groups["other"], mentions).tracks if "other" in groups else None
            if other is None and kind in PAIRED and len(who.tracks) > 1:
                other, who = who.tracks, replace(who, each=False)
            reading = Reading(
                kind, who.tracks, other, value or fixed.get("value"), denied=_denied(clause[: match.start()], who),
                each=who.each, which=fixed.get("which") or _which(clause, kind), called=who.words,
            )  # fmt: skip
            if "amount" in groups:
                reading = replace(reading, amount=number(groups["amount"]))
            elif kind in (Kind.OSCILLATES, Kind.CIRCLES) and (times := TIMES.search(clause)):
                reading = replace(reading, amount=number(times["n"].removeprefix("a ")))
            found.append((match.start(), replace(reading, denied=reading.denied != fixed.get("denied", False))))
        clause = re.sub(pattern, lambda match: "\0" * len(match[0]), clause)
    who = _subject(clause, mentions, subject if found else carried)
    return [reading for _, reading in sorted(found, key=lambda one: one[0])], subject if found else who, clause


def _subject(words: str, mentions: Sequence[Mention], carried: Mention) -> Mention:
    """Whom a verb after ``words`` is about."""
    if named := re.findall(r"<obj:([\d+]+)>", words):
        return _named(named[-1], mentions)
    if re.search(r"\bnothing\b|\bno one\b|\bnobody\b", words):
        return Mention(NOBODY, words="nothing", none=True)
    stranger = STRANGER.search(words)
    return Mention(NOBODY, words=stranger[1]) if stranger and stranger[1] not in NEUTRAL else carried


def _named(ids: str, mentions: Sequence[Mention]) -> Mention:
    named = [mentions[int(n)] for n in ids.split("+")]
    if len(named) == 1:
        return named[0]
    return Mention(frozenset().union(*(m.tracks for m in named)), each=True, words=" and ".join(m.words for m in named))


def _denied(before: str, who: Mention) -> bool:
    return who.none or bool(DENIED.search(re.split(r"<obj:[\d+]+>", before)[-1]))


def _which(clause: str, kind: Kind) -> str | None:
    """Whether the first or the last of its kind is meant."""
    if kind not in (Kind.LOCATED, Kind.MOVES):
        return None
    first = re.search(r"\b(?:first|initially|start|at first)\b", clause) and "first"
    return first or (re.search(r"\b(?:last|finally|end)\b", clause) and "last") or None


def _counts(words: str, mentions: Sequence[Mention], moving: bool) -> Iterator[Reading]:
    """How many there are of what is named by a number: so many in all where that is what a sentence is about."""
    listing = not moving and bool(SHOWN.search(words))
    for mention in mentions:
        if listing and (mention.number or mention.each or mention.none):
            yield Reading(
                Kind.COUNTS, mention.tracks, value=mention.noun, amount=0.0 if mention.none else mention.number
            )
        elif (mention.number or 0) > 1:
            yield Reading(Kind.COUNTS, mention.tracks, value=mention.noun, amount=mention.number, each=True)


# --- questions --------------------------------------------------------------------------------------------------------


def read_answer(question: str, answer: str, cast: Cast) -> Read:
    """What a question and an answer say together."""
    if not re.match(r"(?:it|they|he|she)\b", answer, re.I):
        return read(statement(question, answer), cast)
    _, mentions = cast.mentions(plain(question), NOBODY)
    found = read(answer, cast, mentions[0].tracks if mentions else NOBODY)
    return replace(found, said=(*found.said, *(reading for mention in mentions for reading in mention.said)))


def statement(question: str, answer: str) -> str:
    """Question and answer as a statement: ``Which way does the car turn?`` and ``Left`` is ``the car turn left``."""
    asked, told = question.strip().rstrip("?").lower(), answer.strip().rstrip(".")
    told = told[:1].lower() + told[1:]
    if order := re.search(
        r"^(?:which|what)\b.*\b(?:happens?|occurs?|takes place|event)\b.*?\b(?P<when>after|before)\b (?P<other>.*)$",
        asked,
    ):
        return f"{told} {order['when']} {order['other']}"
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
        and not re.match(r"(?:does|do|did|way|direction|side)\b", subject["rest"])
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
        return f"{who['who']} {wh['aux']}{who['verb']} {told}"
    return f"{re.sub(' (?:from|to|on|at|in)$', '', wh['rest'])} {told}"
