"""
### Purpose
Turn one source's raw video of one window of time into a published partition of motion-annotated clips.
A run takes its data interval (nightly and backfill) or the params `from` and `to` (manual). The same window is the same
batch, however often and by whatever it is run.

### Reads
`fm-raw`, under the keys that `sources.yaml` declares for the source.

### Writes
Clips, previews and results under `fm-work`; rows in Postgres (`video, clip, track, track_point, motion_evidence,
camera_motion, inside_motion, motion_fact, caption, doubt, qa, second_reading, claim, caption_score, judgement,
rejection, failure, quality_report, partition`); one partition under `fm-release`.

### Re-running
Always safe. What is answered is not asked again; a run with nothing left to do calls no model and changes no row.
Use the Backfill tab for past dates, or *Clear* on a run to take up late files and failed items.

### When it fails
* `discover` red: the source's prefix, the S3 key or PostgreSQL; its log says which, and what to do.
* a shard red: a service was down or a step has a defect; the other shards went on. *Clear* the task.
* `gate` red (`blocked`): the log names the failed checks and the first rows that break them. Nothing was published, and
  the partition published before stays current.
* `publish` skipped, run green: nothing was found, every video was rejected with a code, or the batch is held for a
  person, whom `approve_partition` asks.
* `reread` red, where a language model writes: texts wait for their second reading, and the run ends red at `gate`.
* `judge` red, where the source has one: captions are not scored; what is published does not depend on it.
* `audit` red, where the source has an auditor: what was not judged is not audited; nothing else depends on it.
* `request_approval` red: the batch is held and nobody is asked; unpause `approve_partition` and *Clear* the task.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_parsing_context
from foundry.approval import RequestApproval
from foundry.steps import DEFAULTS, tasks_of

from fm_tasks import settings, sources
from fm_tasks.model import dag_id

WINDOW = {"type": ["null", "string"], "format": "date-time"}


def annotate(source: sources.Source) -> None:
    @dag(
        dag_id=dag_id(source.id),
        doc_md=__doc__,
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone=source.zone),
        start_date=datetime.combine(source.start, datetime.min.time(), ZoneInfo(source.zone)),
        catchup=False,
        max_active_runs=2,
        dagrun_timeout=timedelta(hours=20),
        params={
            "from": Param(
                None, **WINDOW, description="start of the window; leave empty in scheduled and backfill runs"
            ),
            "to": Param(None, **WINDOW, description="end of the window, not included"),
        },
        default_args=DEFAULTS,
        tags=["annotate", f"source:{source.id}"],
    )
    def batch():
        discover, step, gate, publish = tasks_of(source)

        found = discover()
        cut = step("cut")
        track = step("track")
        preview = step("preview")
        facts = step("facts")
        caption = step("caption")
        ask = step("ask")
        verify = step("verify")
        judged = gate()

        found >> cut >> track >> [preview, facts]
        facts >> caption >> ask >> verify
        [preview, verify] >> judged
        if "reread" in source.models:
            ask >> step("reread") >> verify
        if source.judge:
            verify >> step("judge") >> judged
        if source.auditor:
            verify >> step("audit") >> judged
        RequestApproval(task_id="request_approval", judged=judged) >> publish(judged["ruling"])

    batch()


# A task parses this file again, and needs only its own DAG of it.
asked = get_parsing_context().dag_id
for source in sources.load(settings.load().sources_file).values():
    if asked in (None, dag_id(source.id)):
        annotate(source)
