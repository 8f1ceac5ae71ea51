from __future__ import annotations

import numpy as np
import pytest

from fm_tasks.tracking.appearance import BANDS, LOOKS_DEVIATION, looks

RED, BLUE = (0, 0, 220), (220, 0, 0)


@pytest.fixture
def image() -> np.ndarray:
    """A red thing on the left, one half red and half blue on the right, on grey."""
    image = np.full((100, 200, 3), 128, np.uint8)
    image[20:80, 20:60] = RED
    image[20:50, 120:160], image[50:80, 120:160] = RED, BLUE
    return image


def test_bands_have_the_colours_of_the_object(image):
    red, both = looks(image, np.array([(0.1, 0.2, 0.3, 0.8), (0.6, 0.2, 0.8, 0.8)]))
    assert red.shape == both.shape == (3 * BANDS,)
    assert red.reshape(BANDS, 3) == pytest.approx(np.tile(red[:3], (BANDS, 1)), abs=0.1)
    assert both[:3] == pytest.approx(red[:3], abs=0.1) and both[-3:] != pytest.approx(red[-3:], abs=30)


def test_the_same_thing_elsewhere_looks_alike_and_another_does_not(image):
    one, shifted, other = looks(image, np.array([(0.1, 0.2, 0.3, 0.8), (0.11, 0.22, 0.31, 0.82), (0.4, 0.2, 0.5, 0.8)]))
    assert np.linalg.norm(one - shifted) < LOOKS_DEVIATION < np.linalg.norm(one - other)


def test_boxes_of_less_than_a_pixel_and_at_the_border_have_looks(image):
    found = looks(image, np.array([(0.5, 0.5, 0.5001, 0.5001), (0.999, 0.999, 1, 1), (0, 0, 1, 1)]))
    assert found.shape == (3, 3 * BANDS) and np.isfinite(found).all()


def test_no_boxes_have_no_looks(image):
    assert looks(image, np.zeros((0, 4))).shape == (0, 3 * BANDS)
