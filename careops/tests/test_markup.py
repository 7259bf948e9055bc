"""The checker of HTML finds what it is to find, and nothing in what is right."""

import pytest

from careops.tests.markup import faults_of

PAGE = """<!doctype html><html lang="en"><head><title>A</title></head><body><nav aria-label="Main"></nav><main>
<h1>A</h1><h2>B</h2><p>On <time datetime="2026-11-24T14:30+00:00">Tue</time> <b>C</b></p>{}</main></body></html>"""


@pytest.mark.parametrize(
    "piece",
    [
        '<p data-label="<time datetime="2026-11-24">Tue</time>">A</p>',
        "<p><span>A<div>B</div></span></p>",
        '<a href="/"><button>A</button></a>',
        "<ul><p>A</p></ul>",
        "<time>14:30</time>",
        '<time datetime="2026-11-24T14:30:00.123456+00:00">14:30</time>',
        '<p id="one">A</p><p id="one">B</p>',
        '<label for="two">A</label>',
        "<nav></nav>",
        '<form role="search"></form>',
        "<h4>A</h4>",
        "<h1>A</h1>",
        '<span aria-label="A"></span>',
        '<a href="/"></a>',
        "<span>A</span><span>B</span>",
    ],
)
def test_a_fault_is_found(piece):
    assert faults_of(PAGE.format("")) == []
    assert faults_of(PAGE.format(piece)) != []
