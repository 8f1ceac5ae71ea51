"""Documents say what the code says: the generated ones are fresh, and what is named is there."""

from __future__ import annotations

import re
import runpy
from dataclasses import fields

import pytest
from sqlalchemy import text

from fm_tasks import motion
from fm_tasks.model import FactKind, RejectionCode
from fm_tasks.settings import PROJECT, Settings

README = (PROJECT / "README.md").read_text()
DAGS = (PROJECT / "dags" / "README.md").read_text()
PAGES = sorted(
    path.relative_to(PROJECT).as_posix()
    for folder in (".", "dags", "docs", "docs/decisions")
    for path in (PROJECT / folder).glob("*.md")
)
"""What a person reads."""
TESTS = "".join(path.read_text() for path in sorted((PROJECT / "tests").rglob("*.py")))
STEPS = sorted(path.stem for path in (PROJECT / "fm_tasks" / "steps").glob("[!_]*.py"))
generator = runpy.run_path(str(PROJECT / "docs" / "generate.py"))


@pytest.mark.parametrize(
    "path",
    [
        *("sql/schema.sql", "docs/track.schema.json", "docs/clip-record.schema.json", "dags/README.md"),
        *("README.md", "docs/architecture.md"),
    ],
)
def test_a_generated_document_is_fresh(database_url, path):
    assert (PROJECT / path).read_text() == generator["documents"](database_url)[path](), f"{path}: run `make docs`"


def test_the_page_of_motion_facts_and_its_pictures_are_fresh(database_url):
    pages = {path: make for path, make in generator["documents"](database_url).items() if "motion-facts" in path}
    assert {path for path, make in pages.items() if (PROJECT / path).read_text() != make()} == set(), "run `make docs`"
    assert len(pages) == 1 + len(FactKind)


def test_every_kind_is_defined_in_terms_of_thresholds_that_are_there():
    assert set(motion.DEFINITIONS) == set(FactKind)
    for define in motion.DEFINITIONS.values():
        assert set(re.findall(r"``(\w+)``", define.__doc__)) <= set(motion.Thresholds.model_fields)


def test_the_written_schema_makes_the_schema(db, database_url):
    db.execute(text("drop owned by current_user"))
    db.connection.cursor().execute((PROJECT / "sql" / "schema.sql").read_text())
    db.commit()
    assert generator["schema"](database_url) == (PROJECT / "sql" / "schema.sql").read_text()


def test_every_block_has_one_place():
    text = "".join((PROJECT / page).read_text() for page in generator["PAGES"])
    assert re.findall(r"<!-- generated: (\w+) -->\n", text) == re.findall(r"<!-- end: (\w+) -->\n", text)
    assert sorted(re.findall(r"<!-- generated: (\w+) -->\n", text)) == sorted(generator["BLOCKS"])


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_named(name):
    assert f"**{name}**" in README


@pytest.mark.parametrize("name", [field.metadata["name"] for field in fields(Settings)])
def test_every_setting_is_named(name):
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("code", RejectionCode)
def test_every_rejection_code_is_named_with_the_step_that_gives_it(code):
    assert f"| `{code}` | `{code.step}` |" in README
    assert f"``{code}``" in (PROJECT / "fm_tasks" / "steps" / f"{code.step}.py").read_text()


@pytest.mark.parametrize("file", sorted(path.name for path in (PROJECT / "dags").glob("*.py")))
def test_every_dag_file_has_a_section(file):
    assert f"\n## {file}\n" in DAGS


@pytest.mark.parametrize("path", PAGES)
def test_every_relative_link_leads_somewhere(path):
    for target, heading in re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", (PROJECT / path).read_text()):
        file = (PROJECT / path).parent / target if target else PROJECT / path
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings], heading


def test_every_page_is_linked_from_the_architecture():
    page = PROJECT / "docs" / "architecture.md"
    linked = {page.parent.joinpath(target).resolve() for target in re.findall(r"\]\(([^):#]+)", page.read_text())}
    assert {PROJECT / path for path in PAGES} - {page, PROJECT / "CHANGELOG.md"} <= linked


@pytest.mark.parametrize("path", [path for path in PAGES if path != "CHANGELOG.md"])
def test_every_file_and_every_test_that_is_named_exists(path):
    """A path stands for itself, or for one in ``fm_tasks``; a history may name what is gone."""
    said = re.findall(r"`([^`\n]+)`", (PROJECT / path).read_text())
    for name in (name for name in said if re.fullmatch(r"[\w./-]*/[\w.-]+\.(?:py|sql|md|toml|yaml)", name)):
        assert (PROJECT / name).exists() or (PROJECT / "fm_tasks" / name).exists(), name
    for name in (name for name in said if re.fullmatch(r"test_\w+", name)):
        assert f"def {name}(" in TESTS, name


def test_the_glossary_is_in_order_and_its_tables_are_there():
    rows = re.findall(r"^\| (.+?) \| .+ \| (.+) \|$", (PROJECT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = [word.lower() for word, _ in rows if word not in ("word", "---")]
    assert words == sorted(set(words))
    schema = (PROJECT / "sql" / "schema.sql").read_text()
    relations = re.findall(r"(table|view) `(\w+)`", " ".join(where for _, where in rows))
    assert relations and all(f"CREATE {kind.upper()} {name} " in schema for kind, name in relations)


def test_every_make_target_that_is_named_exists():
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):.*## ", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert named and named <= targets, named - targets
