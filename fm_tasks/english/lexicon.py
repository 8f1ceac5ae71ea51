"""English words of motion in their plain form: one verb for all that mean the same, tokens for ways and places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from fm_tasks.english.words import FRACTIONS, NUMBERS, ORDINALS

SAME = {
    "go": "move travel head drive walk run ride roll slide drift fly proceed progress cross float glide climb rise "
    "fall sink descend ascend continue advance race jog cycle crawl journey shift step stroll spin",
    "enter": "arrive emerge", "leave": "exit disappear vanish depart", "stop": "halt pause cease settle",
    "start": "begin commence restart", "turn": "veer swerve curve bend steer hook",
    "stay": "remain keep stand sit rest wait hover", "get": "come draw",
    "approach": "near", "recede": "retreat withdraw", "swing": "sway oscillate wave rock",
    "bounce": "bob", "repeat": "",
    "shrink": "decrease narrow reduce diminish",
    "see": "spot", "grow": "increase widen enlarge expand quicken", "end": "finish conclude", "be": "lie",
    "do": "", "have": "", "set": "", "resume": "", "locate": "", "park": "",
    "reverse": "", "change": "switch", "grasp": "grab seize clutch clasp snatch", "release": "drop relinquish",
    "pass": "",
    "show": "contain feature depict present include", "touch": "hold contact grip",
    "lift": "hoist elevate raise", "carry": "transport haul convey bring", "place": "deposit",
    "give": "transfer deliver", "reach": "stretch extend",
    "tremble": "shake quiver shiver vibrate jitter twitch",
    "accelerate": "", "decelerate": "brake",
    "circle": "orbit rotate loop revolve",
    "close": "", "pick": "", "appear": "", "meet": "", "become": "", "put": "",
    "overlap": "cover hide occlude obscure intersect", "take": "receive accept", "pull": "", "catch": "", "double": "",
}  # fmt: skip
"""Verbs, and which others say the same of motion in the picture."""
IRREGULAR = {
    "met": "meet",
    "is": "be", "are": "be", "was": "be", "were": "be", "been": "be", "being": "be", "lying": "be", "lay": "be",
    "went": "go", "gone": "go", "ran": "go", "rode": "go", "flew": "go", "drove": "go", "fell": "go", "rose": "go",
    "slid": "go", "did": "do", "does": "do", "done": "do", "doing": "do", "came": "get", "got": "get", "drew": "get",
    "began": "start", "begun": "start", "stood": "stay", "kept": "stay", "sat": "stay", "has": "have", "had": "have",
    "grew": "grow", "shrank": "shrink", "bent": "turn", "seen": "see", "saw": "see", "shown": "show", "swung": "swing",
    "made": "make", "makes": "make", "making": "make", "sank": "go", "goes": "go", "visible": "see",
    "stationary": "still", "motionless": "still", "immobile": "still", "unmoving": "still", "parked": "still",
    "static": "still",
    "held": "touch", "gave": "give", "given": "give", "shook": "tremble", "shaken": "tremble", "took": "take",
    "taken": "take", "caught": "catch", "hid": "overlap", "hidden": "overlap", "sped": "speed",
    "became": "become", "placed": "put", "placing": "put", "withdrew": "recede", "withdrawn": "recede",
    "brought": "carry", "laid": "put", "lays": "put",
    "laying": "put", "lowers": "shrink", "lowered": "shrink",
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
    if form not in ("left", "fl", "bed", "bing", "sees", "cycle", "cycles")
} | IRREGULAR  # fmt: skip
IDLE = re.compile(
    r"\b(?:clearly|slightly|gently|sharply|steadily|smoothly|continuously|directly|straight|also|again"
    r"|still(?= go)|about|around"
    r"|roughly|approximately|abruptly|briefly|partly|partially|diagonally|generally|mainly|mostly|very|far|extreme"
    r"|towards?(?= the (?:left"
    r"|right|top|bottom|upper|lower) of)|its way|horizontally(?= <)|repeatedly|repeated|gradually|simply|just"
    r"|being|observed|then"
    r"(?= go))\b ?"
)
"""Words that change nothing of what is read."""

ITS = r"(?:its|his|her|their|the|an?|one|one of (?:its|his|her|their|the))"
LIMB = r"(?:(?P<both>both(?: of)?(?: its| his| her| their| the)?|its|his|her|their|the|two) (?:arms|hands)"
LIMB += rf"|{ITS}(?: (?P<side>left|right))? (?:arm|hand))(?: (?:above|over) (?:its|his|her|their|the) heads?)?"
RAISE = r"(?:rais(?:e|es|ed|ing)|lift(?:s|ed|ing)?|put(?:s|ting)?|throw(?:s|n|ing)?|threw|mov(?:e|es|ed|ing))"
LOWER = r"(?:lower(?:s|ed|ing)?|drop(?:s|ped|ping)?|let(?:s|ting)?|bring(?:s|ing)?|brought|put(?:s|ting)?"
LOWER += r"|tak(?:e|es|ing)|took|mov(?:e|es|ed|ing))"
UPRIGHT = r"(?: again| back)?(?: up(?:right)?)?(?: again)?"


def _limb(token: str) -> Callable[[re.Match], str]:
    """The token of what is done with an arm, or with both."""
    return lambda found: f"<{token}:{'both' if found['both'] else found['side'] or ''}>"


FILM, THIS = r"(?:video|clip|film|scene|recording|footage)", "(?:the|this)"
ITS_ARM = r"(?:'s| \b(?:his|her|its|their))(?: (?P<side>left|right))? (?:arm|hand)"
LET_DOWN = r"\b(?:lower(?:s|ed|ing)?|drop(?:s|ped|ping)?|let(?:s|ting)?|bring(?:s|ing)?|put(?:s|ting)?) (?:it|them)"
LEG = rf"{ITS}(?: (?P<side>left|right))?(?: (?:leg|foot)|(?<=left)|(?<=right))"
DEEDS: Sequence[tuple[str, str | Callable[[re.Match], str]]] = (
    (rf",? \b(?:as|while) the {FILM} (?:goes|moves|runs) on\b", ""),
    (rf"\b(?:until|till|up to) (?:the )?(?:very )?end(?: of {THIS} {FILM})?\b|\bfor good\b"
        rf"|\bfor the rest of {THIS} {FILM}\b", "<end>"),
    (rf"\b(?:throughout(?: {THIS} (?:whole |entire )?{FILM})?|(?:for |during )?the (?:whole|entire) (?:time|{FILM})"
        r"|all the (?:time|while)|all along|from start to finish|for the duration(?: of (?:the|this) \w+)?"
        rf"|from (?:the )?(?:very )?(?:beginning|start|first (?:moment|frame))(?: of {THIS} {FILM})?"
        rf" to (?:the )?(?:very )?(?:end|last)(?: of {THIS} {FILM})?)\b", "<whole>"),
    (rf"\b(?:near|at) the (?:very )?(?:start|beginning)(?: of the {FILM})?\b", "initially"),
    (rf"\b(?:near|at) the (?:very )?end(?: of the {FILM})?\b", "finally"),
    (rf"\b(?:rais(?:e|es|ed|ing)|lift(?:s|ed|ing)?) {LIMB}(?: up)?(?: high)?\b(?! of\b)", _limb("armup")),
    (rf"\b{RAISE} {LIMB} up(?:wards?)?\b", _limb("armup")),
    (rf"\b(?:put|hold|throw)(?:s|t?ing)? up {LIMB}\b", _limb("armup")),
    (r"(<armup:\w*>[^.;<]*?),? (?:and )?\b(?:holds?|keeps?|holding|keeping) (?:it|them) (?:up|there)"
        r"(?: for (?:a|some) (?:while|moment|time))?\b", r"\1"),
    (rf"{ITS_ARM} (?:goes|comes|moves|swings|shoots|is (?:raised|lifted|put|held)) up(?:wards?)?\b"
        , lambda found: f" <armup:{found['side'] or ''}>"),
    (rf"{ITS_ARM} (?:goes|comes|moves|sinks|falls|drops|is (?:lowered|put|let))(?: back)? down(?:wards?)?\b"
        , lambda found: f" <armdown:{found['side'] or ''}>"),
    (rf"\b(?:lower(?:s|ed|ing)?|drop(?:s|ped|ping)?) {LIMB}(?: down)?(?: again)?\b(?! of\b)", _limb("armdown")),
    (rf"\b(?:put|lay)(?:s|ting|ing)? down {LIMB}\b", _limb("armdown")),
    (rf"\b(?:rais(?:e|es|ed|ing)|lift(?:s|ed|ing)?|lower(?:s|ed|ing)?|bend(?:s|ing)?|bent) {ITS}(?: (?:left|right))?"
        r" (?:legs?|foot|feet|knees?|heads?)\b", "<limb>"),
    (rf"\b{LOWER} {LIMB}(?: back)? down(?:wards?)?(?: again)?\b", _limb("armdown")),
    (r"\b(?:bend(?:s|ing)?|bent|lean(?:s|ed|ing)?|stoop(?:s|ed|ing)?) (?:down|over|forwards?|at the waist)"
        r"(?: (?:down|over|forwards?|at the waist))?\b|\b(?:stoop(?:s|ed|ing)?|bow(?:s|ed|ing)?)(?: down)?\b", "<bow>"),
    (rf"\bstraighten(?:s|ed|ing)?(?: (?:itself|himself|herself|its back|his back|her back))?{UPRIGHT}(?! out)\b"
        r"|\b(?:stand(?:s|ing)?|stood|ris(?:e|es|ing)|rose|com(?:e|es|ing)|came)"
        r" (?:back (?:upright|up straight)|(?:upright|up straight) again)\b", "<unbend>"),
    (r"\b(?:sit(?:s|ting)?|sat) (?:back )?down\b|\b(?:take(?:s|n)?|taking|took) a seat\b", "<seat>"),
    (r"\b(?:stand(?:s|ing)?|stood|get(?:s|ting)?|got) (?:back )?up(?: again)?\b"
        r"|\b(?:ris(?:e|es|ing)|rose|get(?:s|ting)?|got) to (?:its|his|her|their) feet\b", "<onfeet>"),
    (r"\b(?:(?:make|makes|made|making) (?:an? |\w+ )?)?(?:jump|leap|hop)(?:s|ed|t|ing|ped|ping)?"
        r"(?: up(?: and down)?)?\b(?! (?:over|off|onto|into|from)\b)", "<leap>"),
    (rf"(<armup:(\w*)>[^.;<]*?){LET_DOWN}(?: back)?(?: down)?(?: again)?\b", r"\1<armdown:\2>"),
    (rf"\bkick(?:s|ed|ing)?(?: out)?(?:,? (?:first )?(?:with|using) {LEG})?\b(?! (?:off|with both|(?:the|an?) ))"
        , lambda found: f"<legkick:{found['side'] or ''}>"),
    (rf"(<legkick:\w*>)((?:,? and|,)(?: then| later)?) (?:with )?{ITS} (left|right)(?: one| leg| foot)?\b"
        , r"\1\2 <legkick:\3>"),
    (r"\b(?:throw(?:s|n|ing)?|threw|toss(?:es|ed|ing)?|hurl(?:s|ed|ing)?|fling(?:s|ing)?|flung)\b", "<hurl>"),
    (r"\bturn(?:s|ed|ing)? (?:back )?a?round(?! in an? u)(?: again)?\b(?! (?:and round|to|towards?|on) (?:the |its )?"
        r"(?:left|right))(?! the)", "<roundabout>"),
    (r"\b(?:tilt|tip)(?:s|ped|ed|ping|ing)?\b(?! of| from)", "<tilting>"),
    (r"\bwav(?:e|es|ed|ing)(?: (?:its|his|her|their|the|an?|one) (?:left |right )?(?:hand|arm))?\b", "<wag>"),
    (r"\btap(?:s|ped|ping)?(?: (?:(?:with )?(?:its |the )?(?:thumb and index finger|index finger and thumb)"
        r"|(?:its|the) fingers(?: together)?))?\b(?! (?:on|at|against|the|an?)\b)", "<fingertap>"),
    (r"\bopen(?:s|ed|ing)?(?: up)?(?: (?:its|his|her|their|the) (?:(?:left |right )?(?:hand|palm|fist)|fingers))?\b"
        r"(?! (?:the|an?|its|his|her)\b)", "<unfold>"),
)  # fmt: skip
"""Deeds of bodies and fingers, which are rewritten before verbs get their plain form: ``raises an arm`` and ``raises
the cup`` have one verb."""

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


WHERE = rf"(?:(?:top|upper|bottom|lower)(?:[- ](?:left|right))?|(?:left|right)(?!_)|cent(?:re|er)|middle){PART}"
UP, SIDE = r"(?:up|down)(?:wards?)?", r"(?:to (?:the )?|towards? (?:the )?)?(?:left|right)(?:wards?)?"
PACE = r"(?:speed|pace)"
HOW = r"(?: rapidly| quickly| slightly| sharply| gently| abruptly| smoothly| fast)?"
COUNT = f"an?|single|\\d+|{'|'.join(NUMBERS[1:])}"
CYCLES = r"(?:times?|cycles?|rounds?|oscillations?|swings?)\b"
OTHERS = r"(?: (?:(?:go~ )?(?:object|thing|mover|one)\b|(?:of|among) (?:them )?(?:all|the)(?: go~)?(?: \w+s\b)?))?"
TOSIDE = r"(?: (?:to|towards?|on) (?:the |its )?(left|right)(?: side)?\b)?"
SIDED = r"\b(left|right) hand(s?)\b(?!(?<=s) (?:over|off|the|an?|it|one)\b)"
SIDED += r"(?! (?:side|edge|corner|part|portion|half|third|border|area|end|turn)\b)"
"""A hand that is told from the other."""
LOOP, SENSE = r"in (?:an? |full )?(?:circles?|loops?)", r"(?:anti|counter)?-?clockwise"


def _round(found: re.Match) -> str:
    """Going round, with the sense where it is told."""
    groups = found.groupdict()
    way = groups["way"] or groups.get("way2") or ""
    often = f" {groups['n']} times" if groups.get("n") not in (None, "a", "an") else ""
    return f"<round:{'anti' if way.startswith(('anti', 'counter')) else ''}{'clockwise' if way else ''}>{often}"


def _ranked(ordinal: str) -> str:
    """The place by speed: ``second`` is ``<rank:2>``, the last is ``<rank:0>``."""
    if ordinal not in (*ORDINALS, "last"):
        return ordinal
    return "fastest" if ordinal == "first" else f"<rank:{ORDINALS.index(ordinal) + 1 if ordinal in ORDINALS else 0}>"


def _rank(found: re.Match) -> str:
    return _ranked(found["rank"] or found["rank2"] or "last")


def _hertz(found: re.Match) -> str:
    """How often a second: ``twice a second``, ``once every two seconds``."""
    often, seconds = number(found["often"] or found["rate"]), number(found["seconds"] or "one")
    return f"<hertz:{often / seconds:g}>" if often and seconds else found[0]


def _share(found: re.Match) -> str:
    return f"<share:{1 / FRACTIONS[found['part']]:.4g}>"


TOKENS: Sequence[tuple[str, str | Callable[[re.Match], str]]] = (
    (r"\bright (?=at the (?:very )?(?:start|beginning|end)\b)|\bin turn\b", ""),
    (r"\bbe~? (?:in (?:constant )?motion|on the move)\b", "go"),
    (rf"\b(?:at least|more than|up to|fewer than|less than) (?:{'|'.join(NUMBERS[1:])}|\d+) (?=\w)",
        "<least> one of the "),
    (r"\b(?:show|give)~? no sign of\b", "not"),
    (r"\b(?:at the same time|meanwhile|in the meantime),?(?=[ .]|$)", ""),
    (r"\bget~? (?:up )?from behind(?: and)?(?= )", ""),
    (r"\bstay(~?) where (?:it|they|he|she) be\b", r"stay\1 still"),
    (r"\bhalf a dozen\b", "six"), (r"\ba dozen\b", "twelve"), (r"\bgo~? as far as (?=\w+~)", ""),
    (r"\btouch~? (?:(?:it|an?|the|its|his|her) )?(?:hand )?still\b", "stay still"),
    (r"\b(?:neither|none) of (?:them|the (?:two|three|four|others))\b"
        r"|\bneither(?= (?!the|a|an|of|nor|object)\w+~?\b(?! nor))",
        "no object"),
    (r"\b(?:both of (?:them|the two)|the two of them|they both)\b"
        r"|\bboth(?= (?:go|stay|stop|turn|be|get|leave|enter)\b)", "both object"),
    (r"\b(?:neither|none) of (?:the|these|those) (?=\w)", "no "),
    (r"\bneither (?=object\b)", "no "),
    (r"(?<!\bon the )(?<!\bat the )(?<!\bto the )\b(left|right)(?:[- ]hand)? turn\b", r"<turn:\1>"),
    (r"\b(one|any|each|all|two|three|four|five|six) of (?:them|the two|the three)\b", r"\1 of the object"),
    (r"\bboth (?=(?:the|an?|one) [^,.;<]*? and (?:the|an?|another|one)\b)", ""),
    (r"\bthe faster one\b", "the fastest object"),
    (r"\b(the|an?) (other|slower|nearer|first|second|third|last) one\b", r"\1 \2 object"),
    (r"\b(the) one (?=(?:on|at|in) the\b)", r"\1 object "),
    (r"\b(to|from|by|past) another(?=[.,;]|$)", r"\1 another object"),
    (r"[^.;]*\bcan not be make out\b", ""),
    (SIDED, r"\1_hand\2"),
    (r"\b(?:bear(?:s|ing)?|bore) (?=(?:to (?:the|its) )?(?:left|right)\b)|\brounds? (?:a|the) (?:corner|bend) (?=to)"
        r"|\bround(?:ed|ing) (?:a|the) (?:corner|bend) (?=to)|\bswing~? (?=to (?:the|its) (?:left|right)\b"
        r"(?! and (?:the |its )?(?:left|right)))", "turn "),
    (r"\b(one|an?|the) (\w+) to the other\b(?=[.,;?!]|$| and\b)", r"\1 \2 to the other \2"),
    (r"\bgain(?:s|ed|ing)? on\b", "approach"),
    (r"\bshrink~? its distance to\b", "approach"),
    (r"\bgrow~? its distance (?:to|from)\b", "recede from"),
    (r"\bmake~? its way\b", "go"),
    (r"\bmake~? (?:its|an) (?:entrance|entry|appearance)\b", "enter"),
    (r"\bmake~? (?:its|an) (?:exit|departure)\b", "leave"),
    (r"\bgo~? off (?:of )?(?:the )?(?:frame|view|screen|picture|scene)\b", "leave view"),
    (r"\bblock(?:s|ed|ing)? (?:the view of )?(?=the|an?|one|it\b)", "overlap "),
    (r"\boutpac(?:e|es|ed|ing) (?:everything|everyone|all|any)[a-z]*(?: (?:else|others?|the others?))?\b"
        , "be fastest"),
    (r"\b(?:go~? for|go~? to grasp|reach~? over to|make~? a reach~ (?:motion|movement) (?:for|to|towards?)) "
        r"(?=the|an?|one|it\b)", "reach for "),
    (r"\b(speed|pace) of ([^,.;]*?) (?:release|fall|drop)\b", r"\1 of \2 shrink"),
    (r"\bstart~? (?:its|the) (?:motion|movement)\b|\btak(?:e|es|ing)~? off\b|\btake~? off\b", "start"),
    (r"\b(?:show|make)~? no (?:motion|movement)\b|\b(?:do |be )?not change~? (?:its )?(?:position|place|location)\b",
        "stay in place"),
    (r"\beas(?:e|es|ed|ing) off\b", "slow down"),
    (r",? (?:but |and )?before (?:that|this),?(?= )", " after"),
    (r"\bprior to(?: when)?\b", "before"),
    (r"\bas soon as\b", "once"),
    (r"\bno other \w+ (be|go~?) ", r"nothing else \1 "),
    (r"\bquicker than\b", "faster than"),
    (r"\bpass~ by\b", "go past"),
    (r"\bgo~? up to (?=the|an?|one|it\b)", "approach "),
    (r"\b(?:wind(?:s|ing|ed)?|wound) up\b", "end"),
    (r"\bstart~? up(?: again)?\b", "start"),
    (r"\btake~? (?:a |its )?(?:short |brief )?stop\b", "stop"),
    (r"\bgo~?(?: on)? after (?:a|its|the)(?: short| brief| long)? (?:stop|stay)\b", "resume"),
    (r"\bmore (?:quickly|rapidly|slowly) (?:as time go on|over time|and more \w+)",
        lambda found: "<slower>" if "slowly" in found[0] else "<faster>"),
    (r"\b(distance|gap|space|separation)\b([^.;]*?)\bgrow\b", r"\1\2get farther"),
    (r"\b(distance|gap|space|separation)\b([^.;]*?)\bshrink\b", r"\1\2get closer"),
    (FRAME, "view"),
    (r"\bapproach (?=(?:the )?(?:(?:top|upper|bottom|lower|left|right)\b|cent(?:re|er)|middle))", "at "),
    (r",? (?:after|upon) (?:which|that)\b", " then"),
    (r" after (?:a|its|the)(?: short| brief| long)? (?:stop|stay)\b", ""),
    (r"\bin an? (\S*clockwise) (?:direction|manner|motion|fashion|sense)\b", r"\1"),
    (r"\bcounter clockwise\b", "counterclockwise"),
    (rf"\b(?:the )?(?P<rank>{'|'.join(ORDINALS)}|last) (?:fastest|quickest|(?:highest|greatest) speed)\b{OTHERS}"
        rf"|\b(?:ranks )?(?P<rank2>{'|'.join(ORDINALS)}|last) (?:in|by) speed\b|\b(?P<last>slowest)\b", _rank),
    (r"\bby speed, (.*? be) in (\w+) place\b|\bin (\w+) place by speed\b",
        lambda found: f"{found[1] or ''} {_ranked(found[2] or found[3])}"),
    (r"\bthe (?:fastest|quickest)(?: \w+)? be (?=the\b|an?\b|one\b)([^,.;]*)", r"\1 be fastest"),
    (rf"\bbe the (?:fastest|quickest)\b(?![\w~ ]* that\b){OTHERS}", "be fastest"),
    (r"\b(?:the )?(?:highest|greatest) speed\b|\bfaster than everything(?: else)?\b", "fastest"),
    (rf"\b(?:(?P<often>once|twice|[\w.]+(?= {CYCLES}))(?: {CYCLES})?) (?:a|per|each|every) "
        r"(?:(?P<seconds>[\w.]+) )?seconds?\b|\b(?P<rate>\d[\d.]*|\w+)[ -]?(?:hz|hertz)\b", _hertz),
    (rf"\b(?:an? )?(?P<part>{'|'.join(FRACTIONS)}) of (?:the )?(?:view|diagonal)(?:'s)?(?: diagonal)?", _share),
    (rf"\b(?:go|follow\w*|traces?|traced|tracing|make|completes?|completed|completing|describes?)~?(?: along| on| in)?"
        rf"(?: (?P<n>{COUNT}))?(?: full| complete)?(?: (?P<way>{SENSE}))?"
        rf" (?:circular (?:path|motion|movement|route|track|orbit)s?|circle)\b(?: (?P<way2>{SENSE}))?", _round),
    (rf"\b(?:circle~?|turn~?|go~?(?: a?round)*(?: and round| {LOOP})?) (?P<way>{SENSE})", _round),
    (rf"\b(?:circle~?|go~? (?:a?round )?{LOOP}|go~? round and round)(?: (?P<way>{SENSE}))?", _round),
    (rf"\b(?:accelerate|(?:get|go|grow|become)~? faster(?: and faster|(?! than))|speed(?:s|ed|ing)? up"
        rf"|grow~?(?: its)? {PACE}|(?:pick~?|gain(?:s|ed|ing)?|gather(?:s|ed|ing)?) (?:up )?{PACE})\b", "<faster>"),
    (rf"\b(?:decelerate(?:~? down)?|slow down|(?:get|go|grow|become)~? slower(?: and slower|(?! than))"
        rf"|shrink~?(?: its)? {PACE}|(?:loses?|losing|lost|release~?)(?: its)? {PACE})\b", "<slower>"),
    (r"\b(?:grow|get|looks?|looms?|loomed|looming|appear|become)~?(?: to (?:be|grow|get))? (?:larger|bigger)"
        r"(?: and (?:larger|bigger))?|\b(?:get|go)~?(?: closer| nearer)?(?: (?:to|towards?))? the (?:camera|viewer)\b"
        r"|\bapproach~? the (?:camera|viewer)\b", "<bigger>"),
    (r"\b(grow|shrink)~? in size\b", lambda found: {"grow": "<bigger>", "shrink": "<smaller>"}[found[1]]),
    (r"\b(?:shrink|grow|get|look|looks|appear|become)~?(?: to (?:be|shrink|get))? smaller(?: and smaller)?"
        r"|\b(?:get|go|recede|backs?|backed|backing)~?(?: farther| further)?(?: away)? from the"
        r" (?:camera|viewer)\b", "<smaller>"),
    (rf"\btremble~?{HOW}(?: (?:from )?(?:side to side|sideways|horizontally|left and right))", "<tremble:horizontal>"),
    (rf"\btremble~?{HOW}(?: (?:up and down|vertically))", "<tremble:vertical>"),
    (rf"(?<!<)\btremble\b{HOW}|\b(?:have )?a tremor\b", "<tremble:>"),
    (r"\breach~? (?:out )?(?:for|to|towards?)\b", "<reach>"),
    (r"\btouch~? (?:its|the same) (?:place|position|spot|ground)\b", "stay in place"),
    (r"\bchange~? hands (?=from\b)", "be give "),
    (r"\bhand(?:s|ed|ing) off\b", "give"),
    (r"\bhand(?:s|ed|ing) (?=(?:over|the|a|an|it|one)\b)|\bhand(?:ed|ing) (?=(?:from|to|by)\b)"
        r"|\bhand (?=(?:the|an?|it)\b[^,.;]*\bto\b)", "give "),
    (r"\b(?:be |get |stay )?in touch with\b|\b(?:make|maintain\w*)~? touch with\b"
        r"|\b(?:stay|have)~? touch (?:of|on)\b", "touch"),
    (r"\b(?:los(?:e|es|t|ing)|loosen(?:s|ed|ing)?) (?:its )?touch (?:of|on)\b", "release"),
    (r"\b(?:leave|left)~? ((?:the |an? |one of the |one |it\b)[\w ]*?) ?\bbehind\b", r"recede from \1"),
    (r"\bclose~? (?:in on|up on|the (?:gap|distance) (?:to|with))\b|\bcatch~? up (?:with|to)\b", "approach"),
    (r"\bdistanc(?:e|es|ed|ing) (?:itself|himself|herself) from\b"
        r"|\b(?:pull|back(?:s|ed|ing)?)~? away from\b(?! the (?:camera|viewer))", "recede from"),
    (r"\bpull~? (?:ahead|in front) of\b|\bsurpass(?:es|ed|ing)?\b", "overtake"),
    (r"\bcross(?:es|ed|ing)? paths\b|\bgo~? paths\b", "pass each other"),
    (r"\bclose~? (?:a?round|on)\b(?= (?:the|an?|it)\b)", "grasp"),
    (r"\bget~? go~", "start"),
    (r"\bset~? (?:itself|himself|herself) in(?:to)? (?:motion|movement)\b", "set in motion"),
    (r"\boverlap~? (?:with |(?:a )?part of )", "overlap "),
    (r"\bend~? up\b(?! and)", "end"),
    (r"\b(?:(?:to|on|at) the )?(left|right)(?:-hand)? (?:side )?of(?! (?:the )?(?:view|diagonal))", r"<side:\1_of>"),
    (r"\bhigher(?: up)? than\b", "above"),
    (r"\blower(?: down)? than\b|\bbeneath\b|\bunder(?:neath)?\b", "below"),
    (r"\b(above|below) (?=the |an? |one |it\b)", r"<side:\1> "),
    (r"\b(first see(?:,.*| ))<side:", r"\1<first:"),
    (rf"\b(?:turn|swing)~? a?round{TOSIDE} in an? u[- ]?turn\b", r"<uturn:\1>"),
    (rf"\b(?:make~? |do~? )?(?:an? )?(?<!<)u[- ]?turn\b{TOSIDE}", r"<uturn:\1>"),
    (rf"\b(\d+)[- ]degrees?(?: (left|right))? turn\b{TOSIDE}",
        lambda found: f"<turn:{found[2] or found[3] or ''}> by {found[1]} degrees"),
    (r"\b(?:turn|get|return(?:s|ed|ing)?|go)~?(?: back)?(?: on| along)? (?:the|its) (?:same )?(?:way|path)"
        r" (?:it|they|he|she) (?:get|go|take|have get)\b", "<back:>"),
    (r"\breturn(?:s|ed|ing)? to (?:where|the place where) (?:it|they|he|she) start\b", "<back:>"),
    (r"\b(?:retrac(?:e|es|ed|ing)|return(?:s|ed|ing)? along|go~? back along) its (?:own )?(?:path|way|steps|route)\b"
        , "<back:>"),
    (rf"\bturn~? (?:back )?a?round\b{TOSIDE}", r"<uturn:\1>"),
    (r"\bturn~? back\b|\bbacktrack(?:s|ed|ing)?\b", "<back:>"),
    (rf"\b(?:change|go)~?(?: over)?(?: (?:a|one|its|the))? lanes?\b{TOSIDE}", r"<shift:\1>"),
    (rf"\b(?:make~? |do~? )?(?:an? )?lane change\b{TOSIDE}", r"<shift:\1>"),
    (r"\bgo~? over to its (left|right)\b", r"<shift:\1>"),
    (r"\b(?:change|go|get|merges?|merged|merging)~?(?: over)? (?:in|on)?to (?:(?:the|its) (left|right)(?:-hand)? lane"
        r"|(?:the|another|an?)(?: next| adjacent| neighbou?ring| other)? lane (?:to|on) (?:the|its) (left|right))\b"
        , lambda found: f"<shift:{found[1] or found[2]}>"),
    (r"\bgo~? back (?:on|the) (?:its path|(?:same )?way (?:it|they|he|she) (?:get|go))|\bdouble~? back\b"
        r"|\breverse~?(?: its| the)?(?: direction| course| way| path)?\b", "<back:>"),
    (r"\b(?:take|get)~? touch of\b|\blatch(?:es|ed|ing)? onto\b", "grasp"),
    (r"\bpick~? up(?= (?:the|an?|it|one|by)\b)", "grasp"),
    (r"\blet(?:s|ting)? go~? of\b|\b(?:put|set|places?)~? down(?= (?:the|an?|it|one|by)\b)", "release"),
    (r"\bup and down\b", "<swing:vertical>"),
    (r"\bto and fro\b(?! sideways| horizontally| vertically)", "<swing:>"),
    (r"\b(?:back(?:wards)? and for(?:th|wards)|to and fro|side to side"
        r"|left and right)(?: and back)?\b", "<swing:horizontal>"),
    (r"<swing:horizontal> vertically|\bswing vertically|\bbounce\b", "<swing:vertical>"),
    (r"\bchange~? (?:its |the |his |her )?(?:direction|course)\b", "<newway>"),
    (r"\bswing (?=[^<]*$|horizontally|sideways)", "<swing:horizontal> "),
    (r"\bturn~? (left|right),?(?: as well as| and| and then| then| or)(?: turn)? (left"
        r"|right)\b", r"<turn:\1> and <turn:\2>"),
    (rf"\bturn(~?){HOW}(?: to| towards?)?(?: the| its)? (left|right)(?:wards?)?\b", r"<turn:\2>\1"),
    (r"\b(?:make|take)~?(?: an?)?(?: (?!two|three|four|five|six|\d)\w+)? (left|right)(?:[- ]hand)? turn\b",
        r"<turn:\1>"),
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
    (r"\b(?:you|we|one) can see ([^<,.;]+) (?=<at:)", r"\1 be "),
)  # fmt: skip
"""What is rewritten, in this order."""
COMPILED_DEEDS = tuple((re.compile(pattern), token) for pattern, token in DEEDS)
COMPILED = tuple((re.compile(pattern), token) for pattern, token in TOKENS)

VERBS = (
    "overlap|close|pick|put|take|go|get|stop|start|turn|enter|leave|approach|recede|swing|bounce|repeat|pass|overtake"
    "|grasp|release|touch|give"
)
"""Plain forms that tell of motion."""

NUMBER = {word: float(n) for n, word in enumerate(NUMBERS)} | {
    "a": 1.0,
    "an": 1.0,
    "once": 1.0,
    "twice": 2.0,
    "single": 1.0,
}
"""What words for numbers name."""

WORD = re.compile("[a-z]+")
LONGEST = 2000
"""Characters of a text that are read."""


def plain(text: str) -> str:
    """Lower case, verbs in their plain form (``~`` marks what was one in -ing), and tokens."""
    words = re.sub(r"[<>~]", " ", text[:LONGEST].lower().replace("\u2019", "'"))
    words = re.sub(r"n't\b", " not", words).replace("cannot", "can not")
    for pattern, token in COMPILED_DEEDS:
        words = pattern.sub(token, words)
    words = lemmas(words)
    for pattern, token in COMPILED:
        words = pattern.sub(token, words)
    return " ".join(words.split())


def lemmas(words: str) -> str:
    """Verbs in their plain form, with ``~`` behind what was one in -ing."""
    return WORD.sub(
        lambda word: LEMMAS.get(word[0], word[0]) + "~" * (word[0].endswith("ing") and word[0] in LEMMAS), words
    )


def number(words: str) -> float | None:
    """What ``two``, ``a`` or ``2.5`` names; None for another word."""
    return (
        NUMBER.get(words) if words in NUMBER else float(words) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", words) else None
    )
