"""The reader: what each clause of a text says of which track, and the order of the events in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fm_tasks.checking.references import NOBODY, Cast, Mention, Reading, Tracks
from fm_tasks.english.lexicon import IDLE, VERBS, number, plain
from fm_tasks.english.words import NUMBERS
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion.vocabulary import EVENTS, OF_PERSONS, REPEATED


@dataclass(frozen=True)
class Order:
    """That what ``earlier`` says begins before what ``later`` says, by so many ``seconds`` where they are named."""

    earlier: Reading
    later: Reading
    seconds: float | None = None


@dataclass(frozen=True)
class Read:
    """Everything that is read in a text."""

    said: tuple[Reading, ...] = ()
    orders: tuple[Order, ...] = ()
    lost: str = ""
    """The first clause that tells something of somebody, of motion or not, in words that are not understood."""
    about: Tracks = NOBODY
    """Whom ``it`` means in what comes next."""


OBJ, NO = r"(<obj:\d+>)", r"((?: do| have)? not| never)?"
WHO = r"<obj:(?P<{}>[\d+]+)>"
SPOKEN = tuple((kind, re.compile(pattern), fixed) for kind, pattern, fixed in (
    (Kind.FASTEST, r"nothing else (?:be|go) (?:as fast|faster)|fastest|quickest|faster than (?:any|every|all"
        r"|the others?)", {}),
    (Kind.FASTEST, rf"faster than {WHO.format('other')}", {}),
    (Kind.FASTEST, r"\bbe the (?:faster|quicker)\b(?: object| of the two)*", {}),
    (Kind.GIVES, rf"\b(?:give|pass)~?(?: over)? (?:{WHO.format('thing')}|it)(?: over)? to {WHO.format('other')}"
        rf"|\bgive~?(?: over)? {WHO.format('other2')} {WHO.format('thing2')}", {}),
    (Kind.RAISES, r"<armup:(?P<value>\w*)>", {}),
    (Kind.LOWERS, r"<armdown:(?P<value>\w*)>", {}),
    (Kind.BENDS, r"<bow>", {}),
    (Kind.STRAIGHTENS, r"<unbend>", {}),
    (Kind.SITS, r"<seat>", {}),
    (Kind.STANDS, r"<onfeet>", {}),
    (Kind.JUMPS, r"<leap>", {}),
    (Kind.KICKS, rf"<legkick:(?P<value>\w*)>(?: {WHO.format('thing')})?", {}),
    (Kind.TURNS_ROUND, r"<roundabout>", {}),
    (Kind.THROWS, rf"<hurl>~? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.TILTS, rf"<tilting>~? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.WAVES, r"<wag>", {}),
    (Kind.TAPS, r"<fingertap>", {}),
    (Kind.OPENS, r"<unfold>", {}),
    (Kind.RANK, r"<rank:(?P<amount>\d+)>", {}),
    (Kind.TREMBLES, r"<tremble:(?P<value>\w*)>(?:[^<]*<hertz:(?P<amount>[\d.]+)>)?", {}),
    (Kind.FREQUENCY, r"<hertz:(?P<amount>[\d.]+)>", {}),
    (Kind.AMPLITUDE, r"<share:(?P<amount>[\d.]+)>", {}),
    (Kind.CIRCLES, r"<round:(?P<value>\w*)>", {}),
    (Kind.ACCELERATES, r"<faster>", {}),
    (Kind.SLOWS, r"<slower>", {}),
    (Kind.GROWS, r"<bigger>|\bgrow\b", {}),
    (Kind.SHRINKS, r"<smaller>|\bshrink\b", {}),
    (Kind.PASSES, rf"\bmeet~? {WHO.format('other')}", {"value": "oncoming"}),
    (Kind.APPROACHES, r"\bmeet\b(?! <obj)(?: each other)?", {}),
    (Kind.PASSES, rf"\bovertake~?(?: {WHO.format('other')})?", {"value": "overtaking"}),
    (Kind.PASSES, rf"\b(?:pass|go past|go by)(?: by| in front of| behind)? (?:{WHO.format('other')}|it\b"
        r"|each other)", {}),
    (Kind.REACHES, rf"<reach> (?:{WHO.format('other')}|it\b)", {}),
    (Kind.TOUCHES, r"\bbe in touch\b|\btouch (?:each other\b|"
        rf"{WHO.format('other')}|it\b)(?: for (?P<amount>[\w.]+) seconds?)?", {}),
    (Kind.OVERLAPS, rf"\boverlap\b(?: {WHO.format('other')}| each other| it\b)?", {}),
    (Kind.BECOMES, r"\b(?:get|end|go)(?: to be| to a (?:position|place|spot))? <side:(?P<value>\w+)>"
        rf" (?:{WHO.format('other')}|it\b)", {}),
    (Kind.OSCILLATES, r"<swing:(?P<value>\w*)>", {}),
    (Kind.UTURNS, r"<uturn:(?P<value>\w*)>", {}),
    (Kind.SHIFTS, r"<shift:(?P<value>\w*)>", {}),
    (Kind.REVERSES, r"<back:>", {}),
    (Kind.LIFTS, rf"\blift~? (?:{WHO.format('other')}|it\b)(?: <way:up\w*>)?"
        rf"|\b(?:carry|take|go)~? (?:{WHO.format('other2')}|it\b) <way:up\w*>", {}),
    (Kind.CARRIES, rf"\b(?:carry|take|go)~? (?:{WHO.format('other')}|it\b) <way:(?P<value>\w+)>"
        rf"|\bcarry~? (?:{WHO.format('other2')}|it\b)", {}),
    (Kind.PLACES, rf"\bplace~? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.GRASPS, rf"\b(?:grasp|take)~? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.RELEASES, rf"\brelease~? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.OSCILLATES, r"\brepeat\b", {}),
    (Kind.APPROACHES, rf"\b(?:get|go|be) (?:any )?(?:closer|nearer|near|towards?"
        rf"|up)(?: to)? (?:{WHO.format('other')}|it\b)", {}),
    (Kind.APPROACHES, rf"\bapproach (?:{WHO.format('other')}|it\b)", {}),
    (Kind.APPROACHES, r"\b(?:get|go) (?:closer|nearer)(?: together| to (?:each|one) (?:other|another))?"
        r"|\bapproach each other", {}),
    (Kind.RECEDES, rf"\b(?:get|go) (?:any )?(?:farther |further |away )+from (?:{WHO.format('other')}|it\b)"
        rf"|\brecede from {WHO.format('other2')}", {}),
    (Kind.RECEDES, r"\b(?:get|go) (?:farther |further )?(?:apart|away from each other)|\b(?:get|go) farther\b", {}),
    (Kind.ENTERS, r"\b(?:enter|get|appear|go|get in|get into view|enter view)(?: view| in"
        r"| into view)? <from:(?P<value>left|right|top|bottom)>", {}),
    (Kind.ENTERS, r"\benter\b(?: view)?(?: (?:<(?:at|from):(?P<value>\w+)>))?|\b(?:get|go) in(?:to view\b"
        r"|(?= *$))", {}),
    (Kind.LEAVES, r"\b(?:leave|(?:go|get) out of view)\b(?: view| from view)*(?: <(?:at|way"
        r"|from):(?P<value>\w+)>)?", {}),
    (Kind.STARTS, r"\bstart (?:to )?go\b|\bset (?:off|out|in(?:to)? motion)\b|\bstart off\b|\bresume\b"
        r"|\bstart(?= *$)|\bgo on\b|\bgo off\b", {}),
    (Kind.STOPS, r"\bstop(?: go)?\b|\bget to (?:a |an )?(?:complete |full |sudden )?(?:stop|standstill|stay)\b", {}),
    (Kind.TURNS, r"<turn:(?P<value>\w*)>", {}),
    (Kind.VEERS, r"<newway>", {}),
    (
        Kind.STATIONARY,
        r"\b(?:be|stay) (?:still|in (?:one |its |the same )?(?:place|position|spot)|at (?:stay|rest)|put"
        r"|where (?:it|they|he|she) be|fixed)"
        r"(?: for (?P<amount>[\w.]+) seconds?)?|\bstay for (?P<amount2>[\w.]+) seconds?",
        {},
    ),
    (Kind.SPEED, r"(?:not|never) go(?: at all)?(?=[^\w<]*$| from its place)|without go\b"
        r"|\bnot leave its place", {"denied": True}),
    (Kind.MOVES, r"\bgo\b[^<]* in any direction", {}),
    (Kind.SPEED, r"(?:\bgo\b[^<]{0,25}?)?\b(?:slowly|slow|low speed)\b", {"value": "slow"}),
    (Kind.SPEED, r"(?:\bgo\b[^<]{0,25}?)?\b(?:moderate|moderately|medium)\b", {"value": "medium"}),
    (Kind.SPEED, r"(?:\bgo\b[^<]{0,25}?)?\b(?:quickly|rapidly|swiftly|fast|quick|rapid|brisk|briskly"
        r"|high speed)\b", {"value": "fast"}),
    (Kind.LIES, rf"<first:(?P<value>\w+)> {WHO.format('other')}", {"which": "first"}),
    (Kind.LIES, rf"<side:(?P<value>\w+)> {WHO.format('other')}", {}),
    (Kind.LOCATED, r"<(?:at|from):(?P<value>\w+)>", {}),
    (Kind.MOVES, r"(?:\bgo\b[^<]{0,30})?<way:(?P<value>\w+)>", {}),
    (Kind.SPEED, r"\bgo\b", {}),
))  # fmt: skip
"""What is said by which words, the longer before the shorter: what was read is not read again."""

TIMES = re.compile(
    rf"\b(?P<n>once|twice|(?:\d+|{'|'.join(NUMBERS[1:])}|a single|a)(?= (?:full |complete )?(?:times?|cycles?"
    rf"|rounds?|circles?|loops?)| <(?:uturn|turn|shift|newway|back|leap|wag|bow)))\b"
)
NARROWING = re.compile(
    r"\b(?:same|opposite|half|every|than|without|nor|most|hardly|barely|old|only(?= <obj)"
    r"|only (?:one|two|three)|slower|slowest|nearer)\b|<least>|<alone>"
)
"""Words that narrow or deny what is said, where they are not understood."""
DONE_SO_OFTEN = {*OF_PERSONS, *EVENTS} - {*REPEATED}
DONE_SO_OFTEN |= {Kind.PASSES, Kind.ACCELERATES, Kind.SLOWS, Kind.CARRIES, Kind.VEERS, Kind.TILTS, Kind.REACHES}
"""What is done, or happens, and may be said to so often."""
OFTEN = re.compile(rf"\b(?:twice|(?:\d+|{'|'.join(NUMBERS[2:])}|several|many) times|(?:second|third) time)\b")
"""Words that say how often."""
EXTENT = re.compile(r"<(end|whole)>")
LASTING = (
    *(Kind.STATIONARY, Kind.STOPS, Kind.MOVES, Kind.SPEED, Kind.OSCILLATES, Kind.TREMBLES, Kind.WAVES, Kind.TAPS),
    *(Kind.LOCATED, Kind.LIES, Kind.APPROACHES, Kind.RECEDES, Kind.GROWS, Kind.SHRINKS, Kind.CIRCLES, Kind.TOUCHES),
)
"""What may last to the end, or all the time."""
UNREAD = re.compile(rf"\b(?:{VERBS})\b")
"""A verb of motion that is not understood."""
TELLING = re.compile(
    r"<obj:[\d+]+>(?: (?:be|do|have|can|not|never))*"
    r" (?!(?:be|do|have|can|not|never|and|or|with|of|in|on|at|to|from|by|first|last|both|all|each)\b)[a-z]"
)
"""Words that tell something of somebody."""
DENIED = re.compile(r"\b(?:not|never|nothing|nobody|no one|no|none|without|cannot|neither|nor)\b")
DEGREES = re.compile(r"\b(?P<n>\d+)[- ]degrees?\b")
SECONDS = re.compile(r"(?P<n>[\d.]+|\w+) seconds?\b")
SEVERAL = re.compile(
    r"(?P<before>^|between |[.;,] ?(?:and |but )?|when |while |whereas |time )"
    r"<obj:\d+>(?:, <obj:\d+>)*,? and <obj:\d+>"
)
"""Several of whom the same is said."""

HE_OR_SHE = re.compile(r"\W*(?:\w+ ){0,2}(?:he|she)\b", re.I)
"""What begins with somebody who was not named before."""

NEUTRAL = {
    "camera", "clip", "video", "view", "two", "motion", "movement", "pace", "distance", "first", "last", "way",
    "direction", "order", "path", "position", "speed", "rest", "beginning", "end", "other", "object", "frame", "time",
    "pause", "stop", "side", "scene", "moment", "start", "turn", "bit", "while", "full", "complete",
    "amplitude", "frequency", "rate", "gap", "total",
}  # fmt: skip
"""Nouns that are no things that move."""


BY_THE_WAY = (Kind.FREQUENCY, Kind.AMPLITUDE, Kind.LOCATED, Kind.RANK, Kind.LIES, Kind.SPEED)
"""What is said before it is said of whom."""
NOUN = re.compile(
    r"\b(?:its|his|her|their|the|an?|no|all|any|first|last|second|next|one|two|three|four|several|for)(?: [a-z]+)? *$"
)
"""What makes a noun of the verb behind it: ``after its first turn``."""
OF_NOUNS = {
    "long", "short", "brief", "slight", "sharp", "sudden", "quick", "full", "complete", "wide", "tight", "gentle",
    "slow", "little", "small", "single",
}  # fmt: skip
"""What stands before such a noun, or before a verb that is one: ``a long pause``."""


def _changes(found: re.Match) -> str:
    """That somebody's speed or size grows or shrinks."""
    grown, shrunk = ("bigger", "smaller") if found["what"] == "size" else ("faster", "slower")
    return f"{found['who']}{found['no']} <{grown if found['how'] == 'grow' else shrunk}>"


LEADING = rf"(?:(?<=have~ )(?:{VERBS})\b|(?:{VERBS})~)|(?<=have~ )<(?!obj|at|way|from)[^>]*>"
"""A verb that stands before whom it is said of: ``having turned, the car ...``."""
ACTIVE = tuple((re.compile(pattern), active) for pattern, active in (
    (rf"{OBJ} (?:be|get){NO} (carry|take|go)~? (<way:\w+>) by {OBJ}", r"\5\2 \3 \1 \4"),
    (rf"{OBJ} (?:be|get){NO} (pass|overtake|grasp|release|lift|carry|place|touch|approach|overlap|<reach>|<hurl>"
        rf"|<tilting>) by {OBJ}", r"\4\2 \3 \1"),
    (rf"{OBJ} (?:be|get){NO} (pass|overtake|grasp|release|lift|carry|place|touch|approach|overlap|<reach>) by"
        rf" ((?:an?|the) (?!(?:{'|'.join(sorted(NEUTRAL))})\b)[a-z]+(?: [a-z]+)?)(?=[.,;]|$)", r"\4\2 \3 \1"),
    (rf"{OBJ} (?:be|get){NO} (?:give|pass)(?: over)? (?:from|by) {OBJ} to {OBJ}", r"\3\2 give \1 to \4"),
    (rf"{OBJ} (?:be|get){NO} (?:give|pass)(?: over)? to {OBJ} by {OBJ}", r"\4\2 give \1 to \3"),
    (rf"{OBJ} (?:be|get){NO} give {OBJ} by {OBJ}", r"\4\2 give \3 to \1"),
    (rf"{OBJ}{NO} (?:take|get|be give)(?: over)? {OBJ} from {OBJ}", r"\4\2 give \3 to \1"),
    (rf"\bmeet~? and pass~? {OBJ}|\b(?:pass|go past)~? {OBJ},? (?:(?:which|who|that) (?:get|go|come)~? the other way"
        r"|in the opposite direction)", lambda found: f"meet {found[1] or found[2]}"),
    (rf"\b(after|before|while|when|upon) ((?:(?:{VERBS})\b|<(?!obj|at|way|from))[^,;.]*), {OBJ}", r"\1 \3 \2, \3"),
    (rf"^(after|before|while|when|once) (?:it|they|he|she) ([^,;.]*), {OBJ}", r"\1 \3 \2, \3"),
    (rf"(^|[.;] )(<(?:whole|end)>),? {OBJ}([^,.;]*)", r"\1\3\4 \2"),
    (rf"(^|[.;] )(?:have~ )?((?:{LEADING})[^,;.]*), {OBJ}", r"\1\3 \2, \3"),
    (rf"\breach out and touch {OBJ}", r"<reach> \1 and touch \1"),
    (rf"(<hurl>~? {OBJ})(?: off| away| out| up| straight)* (<way:\w+>)", r"\1 and \2 go \3"),
    (rf"\bnothing else (?:be|go) (?:as fast as|faster than) {OBJ}", r"\1 be fastest"),
    (r"\bpick (<obj:\d+>|it) <way:up>", r"grasp \1"),
    (r"\b(?:put|set|places?|be) (<obj:\d+>|it) <way:down>", r"release \1"),
    (r"\bset (<obj:\d+>|it) free\b", r"release \1"),
    (rf"(<at:\w+>),? (?:there )?be {OBJ}", r"\2 be \1"),
    (rf"(<side:\w+>) {OBJ},? (?:there )?be {OBJ}", r"\3 be \1 \2"),
    (rf"(?:the )?(?P<what>speed|pace|size) of (?P<who>{OBJ})(?P<no>{NO}) (?P<how>grow|shrink)", _changes),
    (rf"(?P<who>{OBJ})'s (?P<what>speed|pace|size)(?P<no>{NO}) (?P<how>grow|shrink)", _changes),
    (r"(^|[.;,] )for ([\w.]+ seconds?),? ([^,.;]*)", r"\1\3 for \2"),
    (rf"(^|[.;,] |while )(<from:\w+>), {OBJ}([^,.;<]*?\b(?:enter|appear|get|go)\b(?: view| in)*)", r"\1\3\4 \2"),
    (r"\bfirst,? and (.*?),? (?:later|afterwards?)(?=[.;]|$)", r"first then \1"),
    (r"(?:,? and|;) ([^,;.<]*<[^,;.]*?),? (later|afterwards?)(?=[.;]|$)", r" \2 \1"),
))  # fmt: skip
"""What is said the other way round, as the clauses have it: the passive, and what stands before its subject."""
PASSED = r"(?:(?:by |in front of |behind )?(?:<obj|it\b|each other)|over\b)"
"""What follows ``pass`` where something is passed."""
STRANGER = re.compile(r"\b(?:the|a|an|another) ([a-z]+)(?: [a-z]+)?\W*$")
TOWARDS = (Kind.APPROACHES, Kind.RECEDES, Kind.PASSES, Kind.OVERLAPS, Kind.TOUCHES)
EDGED = (Kind.ENTERS, Kind.LEAVES)
EDGE = {"left": "left", "right": "right", "top": "top", "bottom": "bottom", "up": "top", "down": "bottom"}
"""The edge that a way or place is at; a corner is at none of its own."""
JOINT = re.compile(
    r"[.;:!?](?=\s|$)|,? ?\b(?:and )?(?:(?:shortly|soon|immediately|right) )?(?:[\w.]+ seconds? )?(?:before"
    r"|after(?:wards?)?|then|later|subsequently|eventually|once(?= (?:<obj|it|they))|until|followed by|next)\b"
    r"|,? ?\b(?:and|but|while|whereas|as|when|which|that|who|where|with|at another|another)\b|,"
)
LATER, EARLIER = r"before|then|later|afterwards?|subsequently|eventually|until|followed by|next", r"\b(?:after|once)\b"
ANEW = re.compile(r"(?:[.;:!?]|\b(?:and|while|whereas|but))\s+(?:only )?(?:after|once|before)\b")
"""What tells the order of what follows alone."""
WHICH = re.compile(r"\b(?:which|who|that)\b")
"""What begins a clause on whom the one before named last."""
LISTED = re.compile(r"\b(?:(?:can|could|may|to) )?(?:be )?(?:there|see|show|visible|appear|present)\b")
"""Words by which somebody is there, and nothing more."""
SHOWN = re.compile(r"\b(?:show|see|there be|appear in|in (?:clip|view))\b|\bclip\b")


def read(text: str, cast: Cast, about: Tracks = NOBODY) -> Read:
    """What ``text`` says; ``about`` is whom ``it`` means where the text itself has named nobody."""
    if not about and HE_OR_SHE.match(text):
        about = cast.alone()
    if not about and len(cast.labels) == 1:
        about = frozenset(cast.labels)
    words, mentions = cast.mentions(plain(text), about)
    words = IDLE.sub("", words.replace("~", ""))
    for passive, active in ACTIVE:
        words = passive.sub(active, words)
    words = re.sub(rf"\bpass\b(?! {PASSED})", "go", SEVERAL.sub(_together, words))
    said, orders, passed_over = [reading for mention in mentions for reading in mention.said], [], []
    narrowed = ""
    carried, mentioned, opener, joints, previous = Mention(about), [], "", "", None
    for joint, clause in _clauses(words):
        joints += f"{joint} "
        if WHICH.search(joint) and mentioned:
            carried = _named(mentioned[-1], mentions)
        mentioned = re.findall(r"<obj:([\d+]+)>", clause) or mentioned
        found, carried, rest = _spoken(clause, mentions, carried)
        narrowed = narrowed or (rest if _narrowed(rest, found) else "")
        if not found:
            passed_over.append(rest)
            continue
        said += found
        event = next((r for r in found if r.kind not in (Kind.SPEED, Kind.LOCATED, Kind.FASTEST)), found[0])
        if previous is None or ANEW.search(joints):
            opener = joints
        elif after := _later(joints, opener):
            seconds = SECONDS.search(joints)
            pair = (previous, event) if after > 0 else (event, previous)
            orders.append(Order(*pair, seconds=number(seconds["n"]) if seconds else None))
            opener = ""
        joints, previous = "", event
    telling = (clause for clause in passed_over if UNREAD.search(clause) or TELLING.search(LISTED.sub("", clause)))
    lost = _in_words(next(telling, narrowed), mentions)
    return Read((*said, *_counts(words, mentions, said)), tuple(orders), lost, carried.tracks)


def _narrowed(rest: str, found: Sequence[Reading]) -> bool:
    """Whether what is left of a clause narrows what was ``found`` in it: how often or how long, where that is no part
    of it, or of whom nobody knows."""
    often = OFTEN.search(rest) and not any(one.times is not None or one.amount is not None for one in found)
    lasting = EXTENT.search(rest) and not any(one.extent for one in found)
    return bool(NARROWING.search(rest) or often or lasting)


def _in_words(clause: str, mentions: Sequence[Mention]) -> str:
    """A clause for a person to read."""
    named = re.sub(r"<obj:([\d+]+)>", lambda found: _named(found[1], mentions).words, clause)
    return re.sub(r"[^\w' ]+", " ", re.sub(r"<\w+:(\w*)>", r"\1", named)).strip()


def _together(found: re.Match) -> str:
    """One token for several."""
    return f"{found['before']}<obj:{'+'.join(re.findall(r'<obj:([0-9]+)>', found[0]))}>"


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
    subject, alone = carried, False
    for kind, pattern, fixed in SPOKEN:
        for match in pattern.finditer(clause):
            groups = {name.rstrip("2"): value for name, value in match.groupdict().items() if value}
            who = _subject(clause[: match.start()], mentions, carried)
            if not (who.tracks or who.words):
                verb = kind not in BY_THE_WAY and not match[0].startswith("<way")
                alone = alone or (verb and not NOUN.search(clause[: match.start()]))
                continue
            subject = who if who is not carried else subject
            value = groups.get("value")
            if kind in EDGED:
                value = EDGE.get(value)
            other = _named(groups["other"], mentions).tracks if "other" in groups else None
            if other is None and kind in TOWARDS and len(who.tracks) > 1 and not match[0].endswith(" it"):
                other, who = who.tracks, replace(who, each=False)
            reading = Reading(
                kind, who.tracks, other, value or fixed.get("value"), denied=_denied(clause[: match.start()], who),
                each=who.each, which=fixed.get("which") or _which(clause, kind), called=who.words,
            )  # fmt: skip
            if who.exactly:
                reading = replace(reading, exactly=who.number)
            if kind in LASTING and (extent := EXTENT.search(clause)):
                reading = replace(reading, extent=extent[1])
            if kind in DONE_SO_OFTEN and (times := TIMES.search(clause)):
                reading = replace(reading, times=number(times["n"].removeprefix("a ")))
            if "amount" in groups:
                reading = replace(reading, amount=number(groups["amount"]))
            elif kind == Kind.TURNS and (degrees := DEGREES.search(clause)):
                reading = replace(reading, amount=number(degrees["n"]))
            elif kind in REPEATED and (times := TIMES.search(clause)):
                reading = replace(reading, amount=number(times["n"].removeprefix("a ")))
            reading = replace(reading, denied=reading.denied != fixed.get("denied", False))
            alone = alone or (reading.denied and reading.extent is not None)
            if not (reading.denied and reading.extent):  # it may last for a part of the time
                found.append((match.start(), reading))
        clause = pattern.sub(_taken, clause)
    first = re.search(r"<obj:([\d+]+)>", clause)
    who = _named(first[1], mentions) if first else _subject(clause, mentions, carried)
    said = [reading for _, reading in sorted(found, key=lambda one: one[0])]
    if any(reading.denied and reading.kind != Kind.SPEED for reading in said):
        # "It does not go back and forth" does not say that it does not go.
        said = [reading for reading in said if not (reading.denied and reading.kind == Kind.SPEED)]
    return said, subject if found else who, clause + (" <alone>" if alone else "")


def _taken(match: re.Match) -> str:
    """Blanks for what is read."""
    return "\0" * len(match[0])


def _subject(words: str, mentions: Sequence[Mention], carried: Mention) -> Mention:
    """Whom a verb after ``words`` is about."""
    if named := re.findall(r"<obj:([\d+]+)>", words):
        return _named(named[-1], mentions)
    if re.search(r"\bnothing\b|\bno one\b|\bnobody\b", words):
        return Mention(NOBODY, words="nothing", none=True)
    stranger = STRANGER.search(words)
    known = not stranger or (NEUTRAL | OF_NOUNS) & {*stranger[0].split()}
    return carried if known else Mention(NOBODY, words=stranger[1])


def _named(ids: str, mentions: Sequence[Mention]) -> Mention:
    named = [mentions[int(n)] for n in ids.split("+")]
    if lost := next((one for one in named if len(named) == 1 or not one.tracks), None):
        return lost
    return Mention(frozenset().union(*(m.tracks for m in named)), each=True, words=" and ".join(m.words for m in named))


def named(words: str, cast: Cast) -> Mention | None:
    """Whom ``words`` mean that stand alone: the first thing that they name, or several that they join, with all that
    they tell it apart by; None where they name nothing that is known."""
    told, mentions = cast.mentions(plain(words), NOBODY)
    first = re.search(r"<obj:([\d+]+)>", SEVERAL.sub(_together, told))
    said = tuple(reading for mention in mentions for reading in mention.said)
    return replace(_named(first[1], mentions), said=said) if first else None


def _denied(before: str, who: Mention) -> bool:
    return who.none or bool(DENIED.search(re.split(r"<obj:[\d+]+>", before)[-1]))


def _which(clause: str, kind: Kind) -> str | None:
    """Whether the first or the last of its kind is meant."""
    if kind not in (Kind.LOCATED, Kind.MOVES, Kind.LIES):
        return None
    first = re.search(r"\b(?:first|initially|start|at first)\b", clause) and "first"
    return first or (re.search(r"\b(?:last|finally|end)\b", clause) and "last") or None


def _counts(words: str, mentions: Sequence[Mention], said: Sequence[Reading]) -> Iterator[Reading]:
    """How many there are of what is named by a number: so many in all where that is what a sentence is about."""
    listing = not said and bool(SHOWN.search(words))
    doing = {(one.subjects, one.exactly) for one in said}
    for mention in mentions:
        if listing and (mention.number or mention.each or mention.none):
            yield Reading(
                Kind.COUNTS, mention.tracks, value=mention.noun, amount=0.0 if mention.none else mention.number
            )
        elif (mention.number or 0) > 1 and not (mention.exactly and (mention.tracks, mention.number) in doing):
            yield Reading(Kind.COUNTS, mention.tracks, value=mention.noun, amount=mention.number, each=True)
