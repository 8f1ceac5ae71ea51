"""How the list of a vision-language model is read."""

from __future__ import annotations

import re

import pytest

from fm_tasks.tracking.naming import LONGEST, names_in


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("Cup, red ball, coffee table", ("cup", "red ball", "coffee table")),
        ("1. a cup\n2. the table\n3) an umbrella.", ("cup", "table", "umbrella")),
        ("- cup\n* cup (red)\n• two chairs", ("cup", "chairs")),
        ("A person, hands, left hand, woman's face, cup", ("cup",)),
        ("handbag, manhole cover, armchair", ("handbag", "manhole cover", "armchair")),
        ("x, tv, 7up, <b>lamp</b>", ("tv", "b lamp b")),
        ("", ()),
        ("I'm sorry, but I cannot see any objects in this picture because it is black", ("i m sorry",)),
        ("cup " * 40, ()),
    ],
)
def test_what_an_answer_names(answer, names):
    assert names_in(answer) == names


def test_an_answer_that_was_cut_off_loses_its_last_word():
    assert names_in("cup, table, umbr", cut_off=True) == ("cup", "table")


def test_every_name_may_be_a_label():
    told = names_in("'; drop table, naïve café, 100% wool, a/b testing, C++, under_score, " + "o" * (LONGEST + 1))
    assert told and all(re.fullmatch(r"[a-z][a-z0-9 _-]{0,39}", name) for name in told)
