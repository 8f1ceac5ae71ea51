"""One clip, all that is said of it, and the frames that prove it: in lines, or as a page.

Both quote object keys, labels and texts of language models: lines escape what could steer a terminal, and the page
escapes what could be markup.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Row

from fm_tasks.errors import BadRequest
from fm_tasks.model import FactKind
from fm_tasks.motion.vocabulary import VOCABULARY
from fm_tasks.objects import Objects, split
from fm_tasks.operations import status
from fm_tasks.printable import plain
from fm_tasks.store import rows


class Shown(NamedTuple):
    """What Postgres holds of one clip today: rows of the queries ``shown_…``, and a line for each caption
    that a judge has scored and for each step."""

    clip: Row
    tracks: Sequence[Row]
    facts: Sequence[Row]
    doubts: Sequence[Row]
    texts: Sequence[Row]
    scores: Sequence[str]
    steps: Sequence[str]

    @property
    def files(self) -> dict[str, str]:
        """The addresses of the clip, of its thumbnail and of what its preview made, by what they are."""
        made = {
            "clip": self.clip.uri,
            "playable": self.clip.playable_uri,
            "overlay": self.clip.overlay_uri,
            "thumbnail": self.clip.thumbnail_uri,
        }
        return {name: uri for name, uri in made.items() if uri}

    @property
    def explained(self) -> str:
        """How much of what moves the tracks explain; empty where nobody looked."""
        share = self.clip.explained_share
        return "" if share is None else f"the tracks explain {share:.0%} of what moves"

    def phrase(
        self, kind: str, subject: int | None, object: int | None, value: str | None, amount: float | None
    ) -> str:
        """A fact or a claim in words, such as ``car 1000 moves right, 0.41 diagonals``."""
        known = VOCABULARY[FactKind(kind)]
        words = [self.track(subject), known.phrase, self.track(object), (value or "").replace("_", " ")]
        if kind in (FactKind.LIES, FactKind.BECOMES):
            words[2:] = words[:1:-1]
        elif kind == FactKind.SPEED and value is None:
            words[1] = "moves"
        elif kind == FactKind.BEFORE and value:
            first, _, second = value.partition("_")
            words = [self.track(subject), first, "before", self.track(object), second]
        number = "" if amount is None else f", {amount:.3g} {known.unit}".rstrip()
        return " ".join(filter(None, words)) + number

    def claimed(self, claim: Mapping) -> str:
        """A claim in words; what a text that makes none has in its place has no kind."""
        if claim["kind"] is None:
            return "no claim"
        said = self.phrase(*(claim[name] for name in ("kind", "subject", "object", "value", "amount")))
        return f"not so: {said}" if claim["negated"] else said

    def track(self, id: int | None) -> str:
        """The name that the overlay writes at a track: its label and id."""
        return "" if id is None else f"{next((t.label for t in self.tracks if t.track_id == id), 'track')} {id}"

    def doubted(self, doubt: Row) -> str:
        """What the writer saw otherwise than it was measured, and where."""
        return f"{self.track(doubt.track_id)}, {doubt.seconds:.1f} s after the first frame: {doubt.text}"

    def span(self, first: int, last: int) -> str:
        """Frames of the clip, with where they lie in the source video."""
        start, times = self.clip.first_frame, self.clip.times_us
        # A row that the gate refuses may lie outside of the clip.
        begins, ends = (times[min(frame, len(times) - 1)] / 1e6 for frame in (first, last))
        return f"frames {first} to {last} (source {start + first} to {start + last}, {begins:.3f} to {ends:.3f} s)"


def find(db: Connection, named: str) -> str:
    """The id of the clip that a person names: by its id or the beginning of it, the SHA-256 or address of its file, a
    video's id, key or ``s3://`` address, or ``KEY:FRAME``, a frame of that video.

    Raises ``BadRequest`` where no clip is meant, or several: then it lists them.
    """
    key = split(named)[1] if named.startswith("s3://") else named
    of_video, _, frame = key.rpartition(":")
    is_frame = frame.isdecimal() and len(frame) < 10
    found = rows(db, "named_clips", named=named, key=key, of_video=of_video, frame=int(frame) if is_frame else None)
    found = [row for row in found if row.current] or found
    if not found:
        raise BadRequest(
            f"no clip is meant by {plain(named)}; give a clip's id or the beginning of it, its address or SHA-256, "
            "a video's key, or KEY:FRAME; `fm why` tells what became of a video without clips"
        )
    if len(found) > 1:
        listed = (f"  {row.id}  frames {row.first_frame} to {row.last_frame} of {plain(row.key)}" for row in found)
        raise BadRequest("\n".join([f"{plain(named)} is in several clips; which one?", *listed]))
    return found[0].id


def shown(db: Connection, clip: str) -> Shown:
    """All that is said of the clip with id ``clip``."""
    row = rows(db, "shown_clip", clip=clip)[0]
    items = (row.video_id, clip) if row.uri else (clip,)  # why there is no clip, its own line says
    return Shown(
        clip=row,
        tracks=rows(db, "shown_tracks", clip=clip),
        facts=rows(db, "shown_facts", clip=clip),
        doubts=rows(db, "shown_doubts", clip=clip),
        texts=rows(db, "shown_texts", clip=clip),
        scores=list(status.score_lines(rows(db, "shown_scores", clip=clip))),
        steps=[line for item in items for line in status.of_item(db, item)],
    )


def lines(shown: Shown) -> Iterator[str]:
    """What is shown, in lines for a terminal."""
    clip = shown.clip
    frames = clip.last_frame - clip.first_frame + 1
    yield f"clip {clip.id}" + ("" if clip.current else ", which today's configuration no longer asks for")
    yield f"  video      {plain(clip.key)}, {shown.span(0, frames - 1)}"
    yield f"  licence    {plain(clip.licence)}"
    yield f"  batch      {clip.batch_id}"
    yield f"  size       {clip.width}x{clip.height}, {frames} frames"
    if shown.explained:
        yield f"  motion     {shown.explained}"
    for name, uri in shown.files.items():
        yield f"  {name:<11}{uri}"
    yield from _under("tracks", (_track(shown, track) for track in shown.tracks))
    yield from _under("facts", (_fact(shown, fact) for fact in shown.facts))
    yield from _under("doubts", (shown.doubted(doubt) for doubt in shown.doubts))
    for title, step in (("sentences", "caption"), ("questions", "ask")):
        yield from _under(title, (line for text in shown.texts if text.step == step for line in _text(shown, text)))
    yield from _under("scores", shown.scores)
    yield from _under("steps", map(str, shown.steps))


def _under(title: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines indented below ``title``, and nothing at all where there is none."""
    for n, line in enumerate(lines):
        if n == 0:
            yield title
        yield f"  {plain(line)}"


def _track(shown: Shown, track: Row) -> str:
    return (
        f"{shown.track(track.track_id):<16} {shown.span(track.first_frame, track.last_frame)}, "
        f"{track.observed_share:.0%} observed, longest gap {track.longest_gap}, mean score {track.score:.2f}"
    )


def _fact(shown: Shown, fact: Row) -> str:
    said = shown.phrase(fact.kind, fact.subject, fact.object, fact.value, fact.amount)
    return f"{said}: {shown.span(fact.start_frame, fact.end_frame)}"


def _text(shown: Shown, text: Row) -> Iterator[str]:
    mark = {True: "", False: "DROPPED ", None: "not verified "}[text.accepted]
    yield f"{mark}{text.about}: {text.text}"
    if text.repeats:
        yield f"    it {text.repeats}"
    for letter, option in zip("ABCD", text.options or (), strict=False):
        yield f"    {'*' if letter == text.answer else ' '} {letter} {option}"
    for claim in text.claims:
        said = shown.claimed(claim)
        yield f"    {claim['verdict']}: {said}: {shown.span(*claim['frames']) if claim['frames'] else claim['reason']}"


def page(shown: Shown, overlay: bytes, thumbnail: bytes = b"") -> str:
    """What is shown as one HTML page that holds its video (MP4 as browsers play it; the overlay, where there is one)
    and the JPEG that is seen until it plays, and loads nothing: a click on a claim, a fact or a track plays the frames
    that prove it."""
    import jinja2

    from fm_tasks import video

    times = [(time - shown.clip.times_us[0]) / 1e6 for time in shown.clip.times_us]
    # The last frame lasts as long as the one before it.
    length = 2 * times[-1] - times[-2] if len(times) > 1 else 1.0

    def share(frame: int) -> float:
        """Where in the clip ``frame`` begins, 0..1."""
        return round(times[frame] / length, 4) if frame < len(times) else 1.0

    template = jinja2.Template(
        Path(__file__).with_suffix(".html").read_text(), autoescape=True, undefined=jinja2.StrictUndefined
    )
    palette = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in video.colours(len(shown.tracks)))
    return template.render(
        shown=shown,
        clip=shown.clip,
        colours={track.track_id: colour for track, colour in zip(shown.tracks, palette, strict=True)},
        share=share,
        seconds=times,
        video=base64.b64encode(overlay).decode(),
        thumbnail=base64.b64encode(thumbnail).decode(),
    )


def fetch(shown: Shown, objects: Objects, folder: Path) -> Path:
    """Copy the clip and what its preview made into ``folder`` and write the page beside them; return its path.

    Raises ``BadRequest`` for a span of which no clip was cut.
    """
    if not shown.clip.uri:
        seen = f"; seen in {shown.clip.thumbnail_uri}" if shown.clip.thumbnail_uri else ""
        raise BadRequest(f"there is nothing to play of {shown.clip.id}: no clip was cut; {shown.steps[-1]}{seen}")
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}{Path(uri).suffix}" for name, uri in shown.files.items()}
    for name, path in paths.items():
        objects.fetch(shown.files[name], path)
    best = paths.get("overlay") or paths.get("playable") or paths["clip"]
    at = folder / "index.html"
    at.write_text(page(shown, best.read_bytes(), paths["thumbnail"].read_bytes() if "thumbnail" in paths else b""))
    return at
