"""The command line, ``fm`` or ``python -m fm_tasks``."""

from __future__ import annotations

import argparse
import hashlib
import logging
import signal
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from fm_tasks import __version__, settings
from fm_tasks.errors import BadConfig, FoundryError
from fm_tasks.model import dag_id
from fm_tasks.step import STEPS

EPILOG = """\
Settings are read from the environment (FM_…), or from .fm/env, which `fm local up` writes. That file, sources.yaml and
the folder of weights are looked for in the checkout; where fm is installed without one, in the current folder.
Exit codes: 0 done, 64 the request or configuration is wrong, 75 a service is down (try again), 1 a defect.
"""


def parser() -> argparse.ArgumentParser:
    """Every command with its help."""
    top = argparse.ArgumentParser(
        prog="fm",
        description="Motion Foundry: raw video in, motion-annotated and gated datasets out.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"fm {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, call, help: str):
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(call=call)
        return made

    command("sources", _sources, "check sources.yaml and list the sources it declares")
    command("migrate", _migrate, "bring the database to this version's schema")
    command("buckets", _buckets, "make the buckets that are missing")
    command("doctor", _doctor, "look at every service and setting: what is wrong, and how to mend it")
    status = command("status", _status, "how a batch stands, a line a cause; without a batch, the latest batches")
    status.add_argument("batch", nargs="?", help="the batch's id, <source>--<start>--<end>")
    why = command("why", _why, "what became of one video or clip at each step, and why")
    why.add_argument("item", help="a clip's id, a video's id, or a video's object key")
    retry = command(
        "retry", _retry, "list what of a batch has no answer; with --yes, clear its failures and run it again"
    )
    retry.add_argument("batch", help="the batch's id, <source>--<start>--<end>")
    retry.add_argument("--yes", action="store_true", help="do it; without this nothing is changed")
    forecast = command("forecast", _forecast, "what a run will cost, and how long its GPU steps take, before it")
    forecast.add_argument("source", help="the source's id")
    forecast.add_argument("start", type=day, metavar="FROM", help="first day, YYYY-MM-DD, in the source's zone")
    forecast.add_argument("end", type=day, nargs="?", metavar="TO", help="the day after the last; default: one day")
    show = command("show", _show, "everything that is said of one clip, and the frames that prove it")
    show.add_argument("clip", help="its id or how that begins, its address, its SHA-256, its video's key, or KEY:FRAME")
    show.add_argument(
        "--out", type=Path, metavar="FOLDER", help="copy its files there too, with a page to look at: index.html"
    )
    audit = command("audit", _audit, "how precise a batch is by a sample of its statements; with --person, judge them")
    audit.epilog = (
        "2 % of the statements of a batch, and at least 30, are drawn by lot from all kinds of claims. Whoever judges "
        "them sees their words and frames of the clip, and nothing that the pipeline found. Each answer is saved at "
        "once: quit when you like, and call it again to go on. The precision, true of true and false, stands with its "
        "interval at 95 % in the report of the gate and in what is published. A batch is held where that interval "
        "begins below `min_precision` of its source."
    )
    audit.add_argument("batch", help="the batch's id, <source>--<start>--<end>")
    what = audit.add_mutually_exclusive_group()
    what.add_argument("--person", metavar="NAME", help="your name, which the report shows: judge what is left for you")
    what.add_argument("--json", action="store_true", help="how it stands, as JSON")
    audit.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where clips and contact sheets go; default: audit-BATCH, here"
    )
    waive = command("waive", _waive, "let the failures of a rule pass for one source, until a day")
    unwaive = command("unwaive", _unwaive, "end a waiver before its day")
    for one in (waive, unwaive):
        one.add_argument("source", help="the source's id")
        one.add_argument("rule", help="the rule's name, as `fm status BATCH` shows it; a wrong one lists all")
        one.add_argument("--person", required=True, help="your name, which every report that the waiver touches shows")
    waive.add_argument("--reason", required=True, help="why its failures may pass; reports show it too")
    waive.add_argument("--until", required=True, type=day, metavar="YYYY-MM-DD", help="the last day, in UTC")
    command("waivers", _waivers, "every waiver, and whether it is in force")
    run = command("run", _run, "work through one shard of a step; what Airflow starts, and what a container runs")
    run.add_argument("step", help=", ".join(STEPS))
    run.add_argument("--shard", required=True, metavar="URI", help="shard document, s3://fm-work/shards/…")
    inspect = command("inspect", _inspect, "what the one decode of a video file sees, and which clips it would make")
    inspect.add_argument("file", type=Path, help="a video file on this machine")
    inspect.add_argument("--picture", type=Path, metavar="PNG", help="where to draw it; default: FILE.png, here")
    weights = command("weights", _weights, "weights of the GPU profiles: list them with licences, fetch, verify")
    weights.add_argument(
        "action",
        choices=["list", "fetch", "verify"],
        help="list: what is pinned, its licence, and what is there; fetch: bring what is missing into FM_WEIGHTS and "
        "record every SHA-256; verify: compare every file with them",
    )
    weights.add_argument("name", nargs="*", help="a profile (paper, sam3) or a model; without one, all")
    local = command("local", _local, "run PostgreSQL, an S3 server and Airflow on this machine, from packages")
    local.add_argument(
        "action",
        choices=["up", "down", "status", "demo"],
        help="up: start what is not running; down: stop everything; status: what runs and where; "
        "demo: upload the demo source and have the scheduler run it",
    )
    return top


def day(text: str) -> date:
    """The day written as YYYY-MM-DD; argparse names this function where ``text`` is none."""
    return date.fromisoformat(text)


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    for name in ("httpx", "urllib3"):  # what they would say of a request, the error says
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        return arguments.call(arguments) or 0
    except FoundryError as error:
        print(f"fm {arguments.command}: {error}", file=sys.stderr)
        return error.exit_code


def _sources(arguments: argparse.Namespace) -> None:
    from fm_tasks import sources

    for source in sources.load(settings.load().sources_file).values():
        print(f"{source.id}: {source.keys} ({source.zone}), profile {source.profile}, clips by {source.clip_policy}")


def _migrate(arguments: argparse.Namespace) -> None:
    from fm_tasks import store

    lacked = store.migrate(settings.load().require("database_url"))
    print(lacked.told("applied") or "the schema is up to date")


def _buckets(arguments: argparse.Namespace) -> None:
    from fm_tasks.objects import Objects

    objects = Objects(settings.load())
    objects.make_buckets()
    print(f"buckets: {objects.raw}, {objects.work}, {objects.release}")


def _doctor(arguments: argparse.Namespace) -> int:
    from fm_tasks.operations import doctor

    codes = []
    for finding in doctor.examine(settings.load(), datetime.now(UTC), Path(tempfile.gettempdir())):
        print(finding, flush=True)
        codes.append(finding.exit_code)
    return min(filter(None, codes), default=0)


def _status(arguments: argparse.Namespace) -> None:
    from fm_tasks import store
    from fm_tasks.operations import status

    with store.transaction(settings.load().require("database_url")) as db:
        for line in status.status(db, arguments.batch) if arguments.batch else status.recent(db):
            print(line)


def _why(arguments: argparse.Namespace) -> None:
    from fm_tasks import store
    from fm_tasks.operations import status

    with store.transaction(settings.load().require("database_url")) as db:
        for line in status.why(db, arguments.item):
            print(line)


def _retry(arguments: argparse.Namespace) -> None:
    from fm_tasks import runtime, store
    from fm_tasks.objects import Objects
    from fm_tasks.operations import retry
    from fm_tasks.operations.airflow_api import Airflow

    config = settings.load()
    objects = Objects(config)
    with store.transaction(config.require("database_url")) as db:
        batch = runtime.batch_of(db, arguments.batch)
        items = retry.open_items(db, objects, batch)
        print(*retry.lines(batch, items), sep="\n")
        if not items:
            return
        if not arguments.yes:
            print("nothing was changed; with --yes the failures are cleared and Airflow runs the batch again")
            return
        retry.clear(db, objects, batch)
    print("failures are cleared")
    if not config.airflow_url:
        print(f"FM_AIRFLOW_URL is not set: {retry.by_hand(batch)}")
        return
    try:
        run = Airflow.at(config.airflow_url).run_again(dag_id(batch.source), batch.window.start, batch.window.end)
    except FoundryError:
        print(retry.by_hand(batch))
        raise
    print(f"Airflow runs it again: {dag_id(batch.source)}, run {run}")


def _forecast(arguments: argparse.Namespace) -> None:
    from fm_tasks import sources, store
    from fm_tasks.llm.budget import Budget
    from fm_tasks.model import Window
    from fm_tasks.objects import Objects
    from fm_tasks.operations import forecast

    config = settings.load()
    declared = sources.load(config.sources_file)
    if arguments.source not in declared:
        raise BadConfig(f"there is no source {arguments.source}; {config.sources_file} declares {', '.join(declared)}")
    source = declared[arguments.source]
    days = (arguments.start, arguments.end or arguments.start + timedelta(days=1))
    start, end = (datetime.combine(one, datetime.min.time(), ZoneInfo(source.zone)) for one in days)
    window = Window(start=start, end=end)
    with store.transaction(config.require("database_url")) as db:
        found = forecast.forecast(db, Objects(config), Budget.of(config), source, window, datetime.now(UTC))
    print(*forecast.lines(source, window, found), sep="\n")


def _show(arguments: argparse.Namespace) -> None:
    from fm_tasks import store
    from fm_tasks.objects import Objects
    from fm_tasks.operations import show

    config = settings.load()
    with store.transaction(config.require("database_url")) as db:
        shown = show.shown(db, show.find(db, arguments.clip))
    for line in show.lines(shown):
        print(line)
    if arguments.out:
        print(f"page: {show.fetch(shown, Objects(config), arguments.out)}")


def _audit(arguments: argparse.Namespace) -> None:
    from fm_tasks import store
    from fm_tasks.objects import Objects
    from fm_tasks.operations import audit

    config, batch = settings.load(), arguments.batch
    database_url = config.require("database_url")
    with store.transaction(database_url) as db:
        stands = audit.standing(db, batch)
    if arguments.json:
        print(stands.model_dump_json(indent=1))
        return
    outcome = None
    if arguments.person is not None:
        if sys.stdin is None:
            raise BadConfig("nobody can answer: standard input is closed")
        folder = arguments.out or Path(f"audit-{batch}")
        auditor = audit.Auditor(arguments.person, sys.stdin, partial(print, flush=True))
        judged = audit.go_through(database_url, Objects(config), batch, folder, auditor)
        with store.transaction(database_url) as db:
            stands = audit.standing(db, batch)
            if judged or not audit.is_told(db, stands):
                outcome = audit.judge_anew(db, batch, database_url, datetime.now(UTC))
    print(*audit.lines(stands), *filter(None, [outcome]), sep="\n")


def _waive(arguments: argparse.Namespace) -> None:
    from fm_tasks import store
    from fm_tasks.gate import waivers

    at = datetime.now(UTC)
    with store.transaction(settings.load().require("database_url")) as db:
        waiver = waivers.Waiver(person=arguments.person, reason=arguments.reason, until=arguments.until)
        waivers.waive(db, arguments.source, arguments.rule, waiver, at)
    print(f"{arguments.rule} is waived for {arguments.source} until {arguments.until}, from its next gate on")


def _unwaive(arguments: argparse.Namespace) -> None:
    from fm_tasks import store
    from fm_tasks.gate import waivers

    with store.transaction(settings.load().require("database_url")) as db:
        waivers.end(db, arguments.source, arguments.rule, arguments.person, datetime.now(UTC))
    print(f"{arguments.rule} counts for {arguments.source} again, from its next gate on")


def _waivers(arguments: argparse.Namespace) -> None:
    from fm_tasks import store
    from fm_tasks.gate import waivers

    with store.transaction(settings.load().require("database_url")) as db:
        for line in waivers.lines(db, datetime.now(UTC)):
            print(line)


def _run(arguments: argparse.Namespace) -> None:
    from fm_tasks import runtime
    from fm_tasks.objects import Objects
    from fm_tasks.step import Tools

    # As an exception, so that scratch files go too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    config = settings.load()
    tally = runtime.run(Tools.of(config, Objects(config)), arguments.step, arguments.shard)
    print(f"{arguments.step}: {', '.join(f'{n} {what}' for what, n in tally.items()) or 'nothing to do'}")


def _inspect(arguments: argparse.Namespace) -> None:
    from fm_tasks import video
    from fm_tasks.operations import inspect_video
    from fm_tasks.steps import cut
    from fm_tasks.video.spans import spans_of

    request = cut.Request(key=arguments.file.name, etag="", policy="shots")
    found = video.survey(arguments.file, request.min_shot, request.max_video)
    with arguments.file.open("rb") as body:
        spans = spans_of(found, request, hashlib.file_digest(body, "sha256").hexdigest())
    picture = arguments.picture or Path(f"{arguments.file.name}.png")
    print(*inspect_video.lines(found, spans), sep="\n")
    inspect_video.chart(found, spans, request, picture)
    print(f"drawn: {picture}")


def _weights(arguments: argparse.Namespace) -> None:
    from fm_tasks import weights

    config = settings.load()
    root = Path(config.weights)
    entries = weights.chosen(weights.catalogue(), arguments.name)
    match arguments.action:
        case "list":
            print(*weights.lines(root, entries), sep="\n")
        case "fetch":
            for line in weights.fetch(root, entries, token=config.hub_token):
                print(line, flush=True)
        case "verify":
            if wrong := list(weights.verify(root, entries)):
                print(*wrong, sep="\n")
                raise BadConfig(f"{len(wrong)} files in {root} are not as they should be: run `fm weights fetch`")
            print(f"every file of {len(entries)} models in {root} has its SHA-256")


def _local(arguments: argparse.Namespace) -> int | None:
    from fm_tasks.local import demo, stack

    if not settings.IS_CHECKOUT:
        raise BadConfig(
            "this needs a checkout of the project, whose DAGs Airflow runs: clone it, and call `make up` there"
        )
    named = settings.load().pg_bin
    pg_bin = Path(named) if named else None
    match arguments.action:
        case "up":
            stack.up(pg_bin=pg_bin)
            print(*stack.status(), sep="\n")
        case "down":
            stack.down()
            print(f"everything is stopped; data stay in {stack.HOME}")
        case "status":
            print(*stack.status(), sep="\n")
        case "demo":
            return demo.run(stack.HOME, pg_bin)


if __name__ == "__main__":
    sys.exit(main())
