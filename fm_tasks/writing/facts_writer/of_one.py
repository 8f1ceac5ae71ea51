"""Questions on one object: how it moves, in what order, where, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from fm_tasks.english.words import ADJECTIVES, CYCLES, PACES, SIDES, WAYS, infinitive, place, rate, times
from fm_tasks.model import Direction, Fact
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion.vocabulary import VOCABULARY
from fm_tasks.writing.facts_writer.drafts import MOMENTS, Draft, square
from fm_tasks.writing.facts_writer.fact_index import WHOLE, opposite
from fm_tasks.writing.facts_writer.story import LIMBS, Story

BEHAVIOUR = {
    Kind.MOVES: "it keeps moving in one direction",
    Kind.STATIONARY: "it does not move from its place",
    "horizontal": "it goes back and forth sideways",
    "vertical": "it goes back and forth vertically",
}
ORDERS = {
    (): "it moves without a pause",
    (Kind.STOPS,): "it moves, then rests",
    (Kind.STARTS,): "it rests, then moves",
    (Kind.STOPS, Kind.STARTS): "it moves, pauses and moves on",
    (Kind.STARTS, Kind.STOPS): "it rests, moves and rests again",
}
"""How movement and rest follow each other, by what happens between them."""
MANNERS = (Kind.UTURNS, Kind.SHIFTS, Kind.TURNS, Kind.CIRCLES, Kind.OSCILLATES, Kind.TREMBLES, Kind.MOVES)
"""What has an opposite, and a pace, an end or another change beside it."""
QUARTERS = tuple(f"in the {word} quarter" for word in ("first", "second", "third", "last"))
CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
MIRROR = {"left": "top", "top": "left", "right": "bottom", "bottom": "right"}
LIMBS_ASKED = (
    (Kind.RAISES, "which arm does {} raise", "it raises {}", "arm"),
    (Kind.LOWERS, "which arm does {} lower", "it lowers {}", "arm"),
    (Kind.KICKS, "with which leg does {} kick", "it kicks with {}", "leg"),
)
RATES, HERTZ = 1.7, 0.15
"""By which factor, and by how much at least, another rate is wrong for sure."""


# --- how it moves -----------------------------------------------------------------------------------------------------


def ask_direction(story: Story) -> Iterator[Draft]:
    """The way of what moves in one direction only."""
    for track in story.actors:
        straight_on = story.only(track, Kind.MOVES) if not story.of(track, Kind.OSCILLATES, Kind.TURNS) else None
        if (fact := straight_on) and (who := story.name(track, Kind.MOVES)):
            text = story.rng.choice((f"in which direction does {who} move", f"which way does {who} move"))
            yield Draft(text, _way(fact.value), _ways(fact.value), [who], [fact])


def _ways(value: str) -> list[str]:
    """The four directions among which ``value`` cannot be mistaken: straight ones, or slanting ones."""
    straight = {"right", "left", "up", "down"}
    return [_way(way) for way in Direction if (way in straight) == (value in straight)]


def _way(value: str) -> str:
    return {Direction.UP: "to the top", Direction.DOWN: "to the bottom"}.get(value, WAYS[value])


def ask_manner(story: Story) -> Iterator[Draft]:
    """Two things at once: to which side it turns and where it goes then, which way it moves and how fast."""
    for track in story.actors:
        for deed in filter(None, (story.only(track, kind) for kind in MANNERS)):
            if deed.kind == Kind.TURNS and story.of(track, Kind.UTURNS, Kind.CIRCLES):
                continue
            if deed.kind == Kind.MOVES and story.of(track, Kind.OSCILLATES, Kind.SHIFTS):
                continue
            for beside in _beside(story, deed):
                who = story.name(track, deed.kind, beside[0].kind)
                if who and not story.might(track, opposite(deed)):
                    right, wrong = square(partial(_manner, story), (deed, opposite(deed)), beside)
                    text = story.rng.choice((f"which of these does {who} do", f"what does {who} do in this clip"))
                    yield Draft(text, right, wrong, [who], [deed, beside[0]])


def _beside(story: Story, deed: Fact) -> Iterator[tuple[Fact, Fact]]:
    """What can be told beside a deed and tells nothing of it, with what is not so: where it leads, else how the pace or
    the size changes, else how fast it is."""
    track, found = deed.subject, []
    if deed.kind in (Kind.TURNS, Kind.UTURNS):
        found = [leg for leg in story.of(track, Kind.MOVES)[1:] if leg.start >= deed.start][-1:]
    elif deed.kind != Kind.MOVES:
        found = [story.only(track, Kind.MOVES)]
    else:
        changes = (story.only(track, kind) for kind in (Kind.ACCELERATES, Kind.SLOWS, Kind.GROWS, Kind.SHRINKS))
        found = [change for change in changes if change and not story.might(track, opposite(change))]
    yield from ((fact, opposite(fact)) for fact in found if fact)
    if speed := story.only(track, Kind.SPEED):
        others = [pace for pace in PACES if pace != speed.value]
        yield speed, speed.model_copy(update={"value": story.rng.choice(others)})


def _manner(story: Story, deed: Fact, beside: Fact) -> str:
    does = story.does(deed).removesuffix(" repeatedly")
    if beside.kind == Kind.SPEED:
        return f"it {does} {PACES[beside.value]}"
    if deed.kind in (Kind.TURNS, Kind.UTURNS):
        return f"it {does} and finally {story.does(beside)}"
    first, second = (story.does(beside), does) if beside.kind == Kind.MOVES else (does, story.does(beside))
    return f"it {first} and {second}"


def ask_speed(story: Story) -> Iterator[Draft]:
    """How fast it is, be it slow: most things are; or not moving at all."""
    paces = {speed: f"at a {word} pace" for speed, word in ADJECTIVES.items()} | {None: "it does not move"}
    for track in story.actors:
        fact = story.only(track, Kind.SPEED) or story.rest(track)
        if fact and (who := story.name(track, Kind.SPEED)):
            yield Draft(f"how fast does {who} move", paces[fact.value], [*paces.values()], [who], [fact], plain=True)


def ask_behaviour(story: Story) -> Iterator[Draft]:
    """What sums up its motion: that it moves straight on, or does not move, is true too often to be asked first."""
    for track in story.actors:
        if (fact := _behaviour(story, track)) and (who := story.name(track, Kind.MOVES, Kind.STATIONARY)):
            right = BEHAVIOUR[fact.value if fact.kind == Kind.OSCILLATES else fact.kind]
            text = story.rng.choice((f"which of these describes the motion of {who}", f"how does {who} behave"))
            yield Draft(text, right, [*BEHAVIOUR.values()], [who], [fact], plain=True)


def _behaviour(story: Story, track: int) -> Fact | None:
    """The one fact that sums up the motion of ``track``, where nothing else about it disagrees."""
    moves, swings = story.only(track, Kind.MOVES), story.only(track, Kind.OSCILLATES)
    if swings and not story.only(track, Kind.STATIONARY):
        return swings
    if moves and not story.of(track, Kind.STATIONARY, Kind.OSCILLATES, Kind.TURNS, Kind.STOPS, Kind.STARTS):
        return moves
    return story.rest(track)


def ask_turn(story: Story) -> Iterator[Draft]:
    """To which sides something turns, be it to none; one of the two is true too often to be asked first."""
    sides = {frozenset({"left"}): "it turns left", frozenset({"right"}): "it turns right"}
    sides |= {frozenset({"left", "right"}): "it turns left as well as right", frozenset(): "it does not turn"}
    for track in story.actors:
        who, turns = story.name(track, Kind.TURNS, Kind.MOVES), story.of(track, Kind.TURNS)
        straight_on = story.only(track, Kind.MOVES)
        proof = turns or ([straight_on] if straight_on else [])
        if who and proof and not story.of(track, Kind.OSCILLATES, Kind.SHIFTS, Kind.REVERSES):
            right = sides[frozenset(fact.value for fact in turns)]
            yield Draft(f"which way does {who} turn, if at all", right, [*sides.values()], [who], proof, plain=True)


def ask_pace(story: Story) -> Iterator[Draft]:
    """How its pace changes."""
    yield from _changes(story, Kind.ACCELERATES, Kind.SLOWS, "how does the pace of {} change")


def ask_size(story: Story) -> Iterator[Draft]:
    """Whether it comes to the camera or goes from it."""
    yield from _changes(story, Kind.GROWS, Kind.SHRINKS, "how does the size of {} in the picture change")


def _changes(story: Story, up: Kind, down: Kind, text: str) -> Iterator[Draft]:
    """Whether what ``up`` says, or what ``down`` says, or the one after the other."""
    for track in story.actors:
        who, changes = story.name(track, up, down), sorted(story.of(track, up, down), key=lambda fact: fact.start)
        orders = {kinds: _in_order(story, track, kinds) for kinds in ((up,), (down,), (up, down), (down, up))}
        if who and (kinds := tuple(fact.kind for fact in changes)) in orders:
            yield Draft(text.format(who), orders[kinds], story.rng.sample([*orders.values()], 4), [who], changes)


def _in_order(story: Story, track: int, kinds: Sequence[Kind]) -> str:
    return "it " + ", then ".join(story.does(Fact(kind=kind, subject=track, start=0, end=0)) for kind in kinds)


# --- in what order ----------------------------------------------------------------------------------------------------


def ask_legs(story: Story) -> Iterator[Draft]:
    """The way that something takes first, and last, which goes more than one; and either of the two alone."""
    for track in story.actors:
        legs, who = story.of(track, Kind.MOVES), story.name(track, Kind.MOVES, Kind.TURNS)
        if who and len(legs) > 1 and not story.of(track, Kind.OSCILLATES):
            ends = [("first", legs[0]), ("last", legs[-1])]
            right, wrong = square(
                lambda first, last: f"first {WAYS[first.value]}, finally {WAYS[last.value]}",
                *((leg, opposite(leg)) for _, leg in ends),
            )
            yield Draft(f"where does {who} go first, and where in the end", right, wrong, [who], [legs[0], legs[-1]])
            for n, (when, leg) in enumerate(story.rng.sample(ends, len(ends))):
                text = story.rng.choice((f"which way does {who} move {when}", f"where does {who} go {when}"))
                yield Draft(text, _way(leg.value), _ways(leg.value), [who], [leg], plain=n > 0)


def ask_pauses(story: Story) -> Iterator[Draft]:
    """The order of movement and rest, and where it moves or how it swings; of what does only one, that it does."""
    for track in story.actors:
        who = story.name(track, Kind.STOPS, Kind.STARTS, Kind.MOVES)
        changes = sorted(story.of(track, Kind.STOPS, Kind.STARTS), key=lambda fact: fact.start)
        order = tuple(fact.kind for fact in changes)
        moves = story.of(track, Kind.OSCILLATES) or story.of(track, Kind.MOVES)
        if not who or order not in ORDERS:
            continue
        text = f"in what order does {who} move and rest"
        if order and len({fact.value for fact in moves}) == 1:
            both = (moves[0], opposite(moves[0]))
            contrary = tuple(VOCABULARY[kind].opposite for kind in order)
            right, wrong = square(partial(_paused, story), both, (order, contrary))
            yield Draft(text, right, wrong, [who], [*changes, moves[0]])
        elif proof := changes or story.of(track, Kind.SPEED):
            wrong = [words for kinds, words in ORDERS.items() if kinds or not order]
            yield Draft(text, ORDERS[order], story.rng.sample(wrong, len(wrong)), [who], proof, plain=not changes)
        elif rest := story.rest(track):
            wrong = story.rng.sample([*ORDERS.values()], 3)
            yield Draft(text, f"it {story.does(rest)}", wrong, [who], [rest], plain=True)


def _paused(story: Story, how: Fact, order: Sequence[Kind]) -> str:
    """``it moves, then rests``, with how it moves."""
    return ORDERS[order].replace("moves", story.does(how).removesuffix(" repeatedly"), 1)


def ask_when(story: Story) -> Iterator[Draft]:
    """The quarter of the clip in which something begins, where it is not near the border of another. What enters does
    so early, as who has not seen the clip knows."""
    for track in story.actors:
        for fact in filter(None, (story.only(track, kind) for kind in MOMENTS if kind != Kind.ENTERS)):
            at = fact.end if fact.kind == Kind.LEAVES else fact.start  # it has left when it is gone
            quarter, beside = divmod(4 * at / story.frames, 1)
            names = [story.name(track, fact.kind, Kind.BEFORE)]
            names += [] if fact.object is None else [story.name(fact.object, Kind.LOCATED)]
            if all(names) and 0.2 <= beside <= 0.8:
                text = f"in which part of the clip does {names[0]} {infinitive(story.does(fact))}"
                yield Draft(text, QUARTERS[int(quarter)], QUARTERS, names, [fact])


# --- where ------------------------------------------------------------------------------------------------------------


def ask_edges(story: Story) -> Iterator[Draft]:
    """Where one object enters and leaves."""
    for track in story.actors:
        if (fact := story.only(track, Kind.ENTERS)) and (who := story.name(track, Kind.ENTERS)):
            wrong = [f"from the {side}" for side in SIDES]
            text = story.rng.choice((f"from which side does {who} enter the frame", f"where does {who} come in from"))
            yield Draft(text, f"from the {fact.value}", wrong, [who], [fact])
        if (fact := story.only(track, Kind.LEAVES)) and (who := story.name(track, Kind.LEAVES)):
            text = story.rng.choice((f"on which side does {who} leave the frame", f"where does {who} go out of view"))
            yield Draft(text, SIDES[fact.value], [*SIDES.values()], [who], [fact])


def ask_place(story: Story) -> Iterator[Draft]:
    """Where one object is first or last seen; the centre stands beside corners, which it cannot be mistaken for."""
    for track in story.actors:
        stays, who = story.of(track, Kind.LOCATED), story.name(track, Kind.LOCATED)
        if not (stays and who):
            continue
        ends = [("first", stays[0]), ("last", stays[-1])] if story.of(track, Kind.SPEED) else [("first", stays[0])]
        for n, (when, fact) in enumerate(story.rng.sample(ends, len(ends))):
            cells = [*SIDES] if fact.value in SIDES else ["center", *CORNERS]
            wrong = [place(cell) for cell in story.rng.sample(cells, len(cells))]
            text = story.rng.choice((f"where in the frame is {who} {when} seen", f"where is {who} when {when} seen"))
            yield Draft(text, place(fact.value), wrong, [who], [fact], plain=n > 0 or fact.value == "center")


def ask_journey(story: Story) -> Iterator[Draft]:
    """From where to where: the other options are the way back, and both in a mirror."""
    for track in story.actors:
        stays, who = story.of(track, Kind.LOCATED), story.name(track, Kind.LOCATED)
        if who and stays and story.of(track, Kind.MOVES) and stays[0].value != stays[-1].value:
            here, there = stays[0].value, stays[-1].value
            ways = [(here, there), (there, here), *(_mirrored(*way) for way in ((here, there), (there, here)))]
            right, *wrong = (f"first {place(one)} and last {place(other)}" for one, other in ways)
            text = story.rng.choice((f"where is {who} first and last seen", f"between which places does {who} move"))
            yield Draft(text, right, wrong, [who], [stays[0], stays[-1]])


def _mirrored(here: str, there: str) -> tuple[str, str]:
    """Two cells on a way that crosses that from ``here`` to ``there``: about the diagonal, or left for right."""
    columns = [next((word for word in cell.split("_") if word in ("left", "right")), "") for cell in (here, there)]
    rows = [next((word for word in cell.split("_") if word in ("top", "bottom")), "") for cell in (here, there)]
    slanting = columns[0] != columns[1] and rows[0] != rows[1]
    other = {"left": "right", "right": "left"} if slanting else MIRROR
    words = ([other.get(word, word) for word in cell.split("_")] for cell in (here, there))
    one, two = ("_".join(sorted(cell, key=("top", "bottom", "left", "right", "center").index)) for cell in words)
    return one, two


def ask_view(story: Story) -> Iterator[Draft]:
    """Whether something comes into view and goes out of it."""
    views = {
        (True, True): "from when it enters until it leaves",
        (True, False): "only after it has entered",
        (False, True): "only until it leaves",
        (False, False): "from the beginning to the end",
    }
    for track in story.actors if story.complete else ():
        who = story.name(track, Kind.ENTERS, Kind.LEAVES, Kind.LOCATED, Kind.BEFORE)
        stays = story.of(track, Kind.LOCATED)
        enters, leaves = story.only(track, Kind.ENTERS), story.only(track, Kind.LEAVES)
        if not (who and stays) or (enters and leaves and leaves.start < enters.start):
            continue
        throughout = (1 - WHOLE) * story.frames
        if (enters or stays[0].start <= throughout) and (leaves or stays[-1].end >= story.frames - 1 - throughout):
            proof = [fact for fact in (enters, leaves) if fact] or [stays[0], stays[-1]]
            text, seen = f"for which part of the clip is {who} in view", (bool(enters), bool(leaves))
            yield Draft(text, views[seen], [*views.values()], [who], proof, plain=not enters)


# --- how often --------------------------------------------------------------------------------------------------------


def ask_count(story: Story) -> Iterator[Draft]:
    """Along which line or in which sense, and how many times; another count is two or three away, so that one cycle
    more or less does not decide."""
    for track in story.actors:
        for kind, how in ((Kind.OSCILLATES, "move to and fro"), (Kind.CIRCLES, "go round")):
            fact, who = story.only(track, kind), story.name(track, kind)
            if fact and who and not story.might(track, opposite(fact)):
                n = int(fact.amount)
                m = story.rng.choice([count for count in 2 * (n - 3, n - 2) + (n + 2, n + 3) if count >= 2])
                right, wrong = square(
                    lambda swing, often: f"it {_swings(swing)} {times(int(often.amount))}",
                    (fact, opposite(fact)),
                    (fact, fact.model_copy(update={"amount": m})),
                )
                yield Draft(f"in what way does {who} {how}, and how many times", right, wrong, [who], [fact], True)


def ask_times(story: Story) -> Iterator[Draft]:
    """How many times it jumps, waves or taps: another number is two or more away."""
    for track in story.actors:
        for fact in filter(None, (story.only(track, kind) for kind in (Kind.JUMPS, Kind.WAVES, Kind.TAPS))):
            if who := story.name(track, fact.kind):
                n = int(fact.amount)
                others = [count for count in (n - 6, n - 4, n - 2, n + 2, n + 4, n + 6) if count > 0]
                text = f"how many times does {who} {infinitive(story.does(fact))}"
                wrong = [times(count) for count in story.rng.sample(others, 3)]
                yield Draft(text, times(n), wrong, [who], [fact], True)


def ask_limb(story: Story) -> Iterator[Draft]:
    """Which arm it raises or lowers, or with which leg it kicks; none where it does so with one, and then another."""
    for track in story.actors:
        for kind, text, option, limb in LIMBS_ASKED:
            values = {fact.value for fact in story.of(track, kind)}
            if len(values) == 1 and (who := story.name(track, kind)):
                fact = story.first(track, kind)
                options = {value: option.format(words.format(limb)) for value, words in LIMBS.items()}
                neither = option.format(f"neither {limb}")
                yield Draft(text.format(who), options[fact.value], [*options.values(), neither], [who], [fact])


def ask_rate(story: Story) -> Iterator[Draft]:
    """Along which line, and how often a second: slower or faster by ``RATES`` is wrong, and by ``HERTZ`` at least."""
    for track in story.actors:
        for fact in filter(None, (story.only(track, kind) for kind in (Kind.FREQUENCY, Kind.TREMBLES))):
            who, swing = story.name(track, Kind.OSCILLATES), fact.model_copy(update={"kind": Kind.OSCILLATES})
            right, *others = (rate(fact.amount * factor)[1] for factor in (1, RATES, 1 / RATES))
            false = [hertz for hertz in others if abs(hertz - fact.amount) >= HERTZ]
            if who and false and not story.might(track, opposite(swing)):
                said = [fact.model_copy(update={"amount": hertz}) for hertz in (right, story.rng.choice(false))]
                options = square(_swings_at, (fact, opposite(fact)), said)
                text = f"in what way does {who} move to and fro, and how often"
                yield Draft(text, *options, [who], said[:1], True)


def _swings_at(swing: Fact, often: Fact) -> str:
    return f"it {_swings(swing)} {rate(often.amount)[0]}"


def _swings(fact: Fact) -> str:
    match fact.kind:
        case Kind.CIRCLES:
            return f"goes round {fact.value}"
        case Kind.TREMBLES:
            return f"trembles {fact.value}ly"
    return f"goes {CYCLES[fact.value]}"
