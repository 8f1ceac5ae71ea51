"""
### Purpose
Ask a person whether a held batch may be published, and publish it if so. A batch is held where only warnings failed;
its nightly run ends, and starts this DAG, once for each report. The question waits on the task `ask`, under *Required
Actions*, and uses no worker while it waits.

### Reads
The quality report of the batch, in Postgres.

### Writes
A row of `decision`: who answered what, and when. Where it was approved, what `publish` of a nightly run writes: one
partition under `fm-release`, whose manifest and report say who approved it.

### Re-running
Always safe. A report that was approved is not asked about again, and the same partition is not written twice. After
*Reject*, or where nobody answered in time, the batch stays held; to be asked again, *Trigger* with the param `batch`.

### When it fails
* `held` red: the batch is not held, or was judged anew after this run was started; its log says which.
* `ask` red: PostgreSQL did not answer. *Clear* it: the question is asked again.
* `publish` red: the batch changed after the question was asked and was judged anew, so nothing was published; where it
  is held again, another run asks. Or the S3 server did not answer: *Clear* it.
"""

from airflow.sdk import Param, dag
from foundry.approval import AskPerson, held, publish
from foundry.steps import DEFAULTS


@dag(
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1000,
    params={
        "batch": Param(type="string", minLength=1, description="the held batch, `<source>--<start>--<end>`"),
        "report": Param(None, type=["null", "string"], description="its report; leave empty for the present one"),
        "hours": Param(
            72,
            type="number",
            exclusiveMinimum=0,
            maximum=8760,
            description="how long to wait; no answer is a rejection",
        ),
    },
    default_args=DEFAULTS,
    tags=["approve"],
)
def approve_partition():
    report = held()
    note = Param("", type="string", maxLength=2000, description="why; published with the batch")
    AskPerson(task_id="ask", report=report, params={"note": note}) >> publish(report)


approve_partition()
