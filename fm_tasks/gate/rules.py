"""The rules of the gate as rows of data: each has a view, a name, a severity and a condition.

A critical failure blocks the batch, a warning holds it for a person, a waived failure does neither. A rule that the
product promises says so, and cannot be waived. ``checks`` turns a rule into an expectation of Great Expectations, and
into the statement that names the rows which break it.
"""

from __future__ import annotations

from typing import NamedTuple

from fm_tasks.english.words import FORBIDDEN
from fm_tasks.model import LONGEST_UNSEEN, QUESTIONS_PER_CLIP, Severity

MAX_CONTRADICTED_SHARE = 0.02
"""Of the claims of a batch, those that the trajectories contradict; above this the writer is not to be trusted."""

MAX_UNCHECKABLE_SHARE = 0.20
"""Of the claims of a batch, those that the trajectories can neither prove nor contradict; a text without any is one."""

MIN_QUESTIONED_SHARE = 0.5
"""Least share of a batch's clips with so many: of things that nothing tells from their like little can be asked, and
nothing is asked of what the frames do not prove."""

MIN_EXPLAINED = 0.05
"""Least share of what moves in a clip that its tracks explain: under it, what moves is hardly followed at all, ..."""

MIN_EXPLAINED_CLIPS = 0.8
"""... and least share of a batch's clips that reach it."""

MIN_UNDOUBTED_CLIPS = 0.9
"""Least share of a batch's clips in which the writer's pictures contradict no track."""

CLIP_SECONDS = (1.4, 10.5)
"""First to last frame of a clip: 5 to 10 s, and shots of 1.5 s and more, give or take a frame."""

MIN_COVERAGE = 0.6
"""Least share of the frames searched that show a track: what is said of the rest is said of a straight line."""

MAX_RESIZE_RATE = 0.1
"""Of the steps between detections, those that may change the size of a track's box at once."""

MIN_CONFIDENCE = 0.3
"""Least mean score of a track."""

LABEL_REGEX = r"^[[:alpha:]][[:alnum:] _-]{0,39}$"
"""A label goes into text, web pages and prompts: a plain noun, no markup."""


class InSet(NamedTuple):
    """Every value is one of ``values``."""

    column: str
    values: tuple


class Between(NamedTuple):
    """Every value, or the share ``mostly`` of them, lies in ``low..high``, both included; None is no bound."""

    column: str
    low: float | None
    high: float | None = None
    mostly: float = 1.0


class Null(NamedTuple):
    """Every value is null."""

    column: str


class Matches(NamedTuple):
    """Every value matches the regular expression, as PostgreSQL has it."""

    column: str
    regex: str


class MatchesNot(NamedTuple):
    """No value matches the regular expression, as PostgreSQL has it."""

    column: str
    regex: str


class Greater(NamedTuple):
    """In every row the one value is greater than the other."""

    column: str
    than: str


class MeanAtMost(NamedTuple):
    """The mean of all values is at most ``high``."""

    column: str
    high: float


class NoRowWhere(NamedTuple):
    """No row meets the SQL condition ``broken``."""

    broken: str


class Rule(NamedTuple):
    """One rule on the rows of ``view``. A null is passed over by all but those that speak of null."""

    view: str
    name: str
    description: str
    severity: Severity
    holds: InSet | Between | Null | Matches | MatchesNot | Greater | MeanAtMost | NoRowWhere
    """What must hold."""
    promise: str | None = None
    """What the product promises by this rule, which is why it cannot be waived; None where it can."""


BLOCKS, HOLDS = Severity.CRITICAL, Severity.WARNING
PROVEN = "every sentence is proven by rows"

RULES = (
    Rule(
        "gate_item",
        "complete",
        "every item is saved or rejected",
        BLOCKS,
        InSet("state", ("saved", "rejected")),
        promise="every item is answered or refused with a reason",
    ),
    Rule(
        "gate_clip",
        "clip_in_video",
        "a clip lies inside its video",
        BLOCKS,
        Greater("source_frames", than="last_frame"),
    ),
    Rule("gate_clip", "clip_times", "the times of a clip's frames increase", BLOCKS, Between("shortest_step_us", 1)),
    Rule("gate_clip", "clip_overlap", "clips of one video do not overlap", BLOCKS, Null("overlapping_clip")),
    Rule("gate_clip", "clip_length", "a clip lasts 1.5 to 10 s", HOLDS, Between("seconds", *CLIP_SECONDS)),
    Rule(
        "gate_clip",
        "caption_scene",
        "a caption has a scene",
        BLOCKS,
        Between("scenes", 1, 1),
    ),
    Rule(
        "gate_clip",
        "question_count",
        "{:.0%} of the clips have {} to {} questions".format(MIN_QUESTIONED_SHARE, *QUESTIONS_PER_CLIP),
        HOLDS,
        Between("questions", *QUESTIONS_PER_CLIP, mostly=MIN_QUESTIONED_SHARE),
    ),
    Rule(
        "gate_track",
        "track_id",
        "a track id is of a person, a hand, a held object or an object",
        BLOCKS,
        NoRowWhere("not (track_id >= 1000 or track_id between 0 and 999 and track_id % 10 in (0, 1, 2, 4, 5))"),
    ),
    Rule("gate_track", "track_label", "a label is a plain noun", BLOCKS, Matches("label", LABEL_REGEX)),
    Rule(
        "gate_track",
        "points_stored",
        "every point of a track is stored",
        BLOCKS,
        NoRowWhere("points <> stored_points"),
        promise=PROVEN,
    ),
    Rule(
        "gate_track", "track_seen", "a track was seen, not only filled in", BLOCKS, Between("observed_share", 0.01, 1)
    ),
    Rule("gate_track", "track_jumps", "a track does not jump", BLOCKS, Between("jump_rate", 0, 0)),
    Rule(
        "gate_track",
        "track_coverage",
        f"a track is seen in {MIN_COVERAGE:.0%} of the frames that were searched",
        HOLDS,
        Between("coverage", MIN_COVERAGE, 1),
    ),
    Rule(
        "gate_track",
        "track_unseen",
        f"a track is never out of sight for more than {LONGEST_UNSEEN:g} s",
        HOLDS,
        Between("longest_unseen", 0, LONGEST_UNSEEN),
    ),
    Rule(
        "gate_track",
        "track_size",
        "a track keeps its size from one detection to the next",
        HOLDS,
        Between("resize_rate", 0, MAX_RESIZE_RATE),
    ),
    Rule("gate_track", "track_score", "a track is seen with confidence", HOLDS, Between("score", MIN_CONFIDENCE, 1)),
    Rule(
        "gate_limit",
        "all_followed",
        "everything that was seen is followed, so that what is said of all holds of all",
        HOLDS,
        Between("unfollowed", 0, 0),
    ),
    Rule(
        "gate_limit",
        "unwitnessed",
        "what is said of a clip rests on frames that were looked at for motion",
        BLOCKS,
        InSet("witnessed", (True,)),
        promise="no trajectory counts that the frames do not prove",
    ),
    Rule(
        "gate_limit",
        "motion_explained",
        f"in {MIN_EXPLAINED_CLIPS:.0%} of the clips the tracks explain {MIN_EXPLAINED:.0%} of what moves",
        HOLDS,
        Between("explained_share", MIN_EXPLAINED, 1, mostly=MIN_EXPLAINED_CLIPS),
    ),
    Rule(
        "gate_limit",
        "tracks_doubted",
        f"in {MIN_UNDOUBTED_CLIPS:.0%} of the clips the writer saw nothing else than was measured",
        HOLDS,
        Between("doubted", 0, 0, mostly=MIN_UNDOUBTED_CLIPS),
    ),
    Rule(
        "gate_point",
        "point_box",
        "a box lies in the frame, left of right and top above bottom",
        BLOCKS,
        NoRowWhere("not (0 <= x1 and x1 < x2 and x2 <= 1 and 0 <= y1 and y1 < y2 and y2 <= 1)"),
    ),
    Rule(
        "gate_point",
        "point_frame",
        "a point lies on a frame of its clip",
        BLOCKS,
        NoRowWhere("frame not between 0 and clip_frames - 1"),
    ),
    # With times that increase from frame to frame this makes them increase along every track. As Great Expectations'
    # own pair of equal columns the rule took 3.6 s on 500,000 points.
    Rule("gate_point", "point_time", "a point has the time of its frame", BLOCKS, NoRowWhere("t_us <> frame_us")),
    Rule("gate_point", "point_score", "a score lies in 0 to 1", BLOCKS, Between("score", 0, 1)),
    Rule(
        "gate_fact",
        "fact_frames",
        "a fact holds over frames of its clip",
        BLOCKS,
        NoRowWhere("not (0 <= start_frame and start_frame <= end_frame and end_frame < clip_frames)"),
    ),
    Rule("gate_fact", "fact_tracks", "a fact is about tracks of its clip", BLOCKS, Null("unknown_track")),
    Rule("gate_fact", "fact_amount", "an amount is a finite number from 0", BLOCKS, Between("amount", 0, 1e6)),
    Rule("gate_sentence", "sentence_text", "a sentence says something", BLOCKS, Matches("text", r"\w")),
    Rule(
        "gate_sentence",
        "sentence_words",
        "a sentence has no metric units, boxes or track ids",
        BLOCKS,
        MatchesNot("text", FORBIDDEN),
    ),
    Rule(
        "gate_sentence",
        "sentence_judged",
        "every sentence has a verdict",
        BLOCKS,
        InSet("judged", (True,)),
        promise=PROVEN,
    ),
    Rule("gate_question", "question_text", "a question asks something", BLOCKS, Matches("text", r"\w")),
    Rule(
        "gate_question",
        "question_words",
        "a question has no metric units, boxes or track ids",
        BLOCKS,
        MatchesNot("words", FORBIDDEN),
    ),
    Rule(
        "gate_question",
        "question_options",
        "a question has four distinct options",
        BLOCKS,
        InSet("distinct_options", (4,)),
    ),
    Rule("gate_question", "question_repeated", "no question is asked twice of a clip", BLOCKS, Null("repeated")),
    Rule(
        "gate_question", "question_tracks", "a question's evidence is tracks of its clip", BLOCKS, Null("unknown_track")
    ),
    Rule(
        "gate_question",
        "question_judged",
        "every question has a verdict",
        BLOCKS,
        InSet("judged", (True,)),
        promise=PROVEN,
    ),
    Rule(
        "gate_claim",
        "claims_of_today",
        "a claim was read from the text of today",
        BLOCKS,
        InSet("read_now", (True,)),
        promise="what is proven is the text that is published",
    ),
    Rule(
        "gate_claim",
        "claims_contradicted",
        "no contradicted claim is published",
        BLOCKS,
        NoRowWhere("published and contradicted = 1"),
        promise="nothing that its trajectories contradict is published",
    ),
    Rule(
        "gate_claim",
        "claims_unproven",
        "no claim of motion is published that cannot be checked",
        BLOCKS,
        NoRowWhere("published and not_checkable = 1 and kind <> 'counts'"),
        promise=PROVEN,
    ),
    Rule(
        "gate_claim",
        "texts_understood",
        "no text is published whose words are not understood",
        BLOCKS,
        NoRowWhere("published and verdict = 'not_understood' and kind is null"),
        promise=PROVEN,
    ),
    Rule(
        "gate_claim",
        "claims_proven",
        "a supported claim names the frames that prove it",
        BLOCKS,
        NoRowWhere(
            "verdict = 'supported' and (0 <= start_frame and start_frame <= end_frame and end_frame < clip_frames)"
            " is not true"
        ),
        promise="every row is proven by a frame",
    ),
    Rule(
        "gate_claim",
        "contradicted_share",
        f"at most {MAX_CONTRADICTED_SHARE:.0%} of the claims are contradicted",
        HOLDS,
        MeanAtMost("contradicted", MAX_CONTRADICTED_SHARE),
    ),
    Rule(
        "gate_claim",
        "unchecked_share",
        f"at most {MAX_UNCHECKABLE_SHARE:.0%} of the claims cannot be checked",
        HOLDS,
        MeanAtMost("not_checkable", MAX_UNCHECKABLE_SHARE),
    ),
    Rule(
        "gate_audit",
        "audited_precision",
        "the audited precision reaches what the source asks for",
        HOLDS,
        NoRowWhere("reachable < min_precision"),
    ),
)
"""Every rule; those of one view stand together, in the order in which they are judged."""
