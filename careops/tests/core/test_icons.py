"""What is relied on of the function of lucide that it calls its own, which may change without notice."""

import pytest
from lucide import IconDoesNotExist

from careops.core.icons import icon


def test_icon_is_an_svg_of_our_class_that_readers_of_screens_skip():
    svg = icon("x", 16)

    assert svg.startswith("<svg ")
    assert svg.endswith("</svg>")
    assert "<path" in svg
    for said in ('class="icon"', 'aria-hidden="true"', 'width="16"', 'height="16"', 'data-size="16"'):
        assert said in svg
    assert "xmlns" not in svg
    assert "data-size" not in icon("x")


def test_icon_of_no_such_name_is_refused():
    with pytest.raises(IconDoesNotExist):
        icon("no-such-icon")
