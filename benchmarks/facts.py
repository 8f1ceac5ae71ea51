"""Motion facts: recall and precision of each kind on rendered scenes, against what their authors declare.

The scenes of `choreography` vary by a seed in size, speed, noise, frame rate and camera; a fact is right where kind,
track, value, amount and times are. What is measured is of the true tracks, over many seeds: what the definitions get
wrong. Beside it stands the same of the tracks that the profile `cpu` finds in the rendered video of one seed, and the
difference, which is the error that the pipeline adds. It is given each track's true label, because no detector knows a
drawn ball; it sees no tremor, because it looks a few times a second, and of what hands do only what they carry.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import Ratio, choreography, main
from benchmarks.scoring import Score, compare
from fm_tasks import motion
from fm_tasks.errors import Rejected
from fm_tasks.model import CameraMotion, ClipFile, FactKind, Trajectories
from fm_tasks.synthetic import scenes
from fm_tasks.tracking.profiles import PROFILES, followed

SEEDS = range(20)
"""Of the true tracks; of these, the profile `cpu` is given the first."""
NEAR = 0.1
"""Diagonals within which a track is that of the nearest mover, on average."""


def measure() -> list[Ratio]:
    """Recall and precision of every kind, and what finding facts costs."""
    began, seconds = time.process_time(), 0.0
    true = Score.none()
    for name in choreography.SCENES:
        for seed in SEEDS:
            made = choreography.scene(name, seed)
            true += on_tracks(made, scenes.truth(made))
            seconds += made.seconds
        print(f"true tracks of {name}: {len(SEEDS)} scenes", flush=True)
    cost = float((time.process_time() - began) / seconds)
    found = Score.none()
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        for name in choreography.SCENES:
            made = choreography.scene(name, SEEDS[0])
            found += on_tracks(made, tracked(made, Path(folder) / f"{name}.mp4"))
            print(f"tracks of the cpu profile in {name}", flush=True)
    return [
        *(_ratio("recall", kind, true.recall(kind), found.recall(kind), true, found) for kind in FactKind),
        *(_ratio("precision", kind, true.precision(kind), found.precision(kind), true, found) for kind in FactKind),
        Ratio("facts_to_clip", cost, "<= 0.1", "seconds of the clips; processor time of facts and truth, on one core"),
    ]


def _ratio(what: str, kind: FactKind, true: float, found: float, of: Score, tracked: Score) -> Ratio:
    number = f"of {of.true(kind)} facts; cpu profile {found:.2f}, {found - true:+.2f}, of {tracked.true(kind)}"
    return Ratio(f"{kind}_{what}", true, ">= 0.98", number)


def on_tracks(made: scenes.Scene, trajectories: Trajectories) -> Score:
    """How right the facts of ``trajectories`` are; each track is taken for the mover that it is nearest to."""
    known = scenes.truth(made)
    movers = dict(zip((one.id for one in known.tracks), made.movers, strict=True))
    size = np.array(made.size) / np.hypot(*made.size)
    names, tracks = {}, []
    for one in trajectories.tracks:
        apart = {other.id: float(scenes.apart(one, other, size).mean()) for other in known.tracks}
        nearest = min(apart, key=apart.get)
        if apart[nearest] <= NEAR:
            names[one.id] = movers[nearest].called
            one = one.model_copy(update={"label": movers[nearest].label})
        tracks.append(one)
    found = motion.facts(trajectories.model_copy(update={"tracks": tuple(tracks)}))
    return compare(made, found, trajectories.times_us, names)


def tracked(made: scenes.Scene, path: Path) -> Trajectories:
    """What the profile `cpu` finds in the rendered scene; no track where it finds none."""
    scenes.render(made, path, seed=1)
    width, height = made.size
    still = CameraMotion(speed=0.0, static_share=1.0, scale=1.0)
    clip = ClipFile(uri="s3://b/c", sha256="", width=width, height=height, times_us=made.times_us, camera=still)
    try:
        return followed(path, clip, PROFILES["cpu"], path.parent)
    except Rejected:
        return Trajectories(width=width, height=height, times_us=made.times_us, tracks=())


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
