"""Morphologies that packages on PyPI carry, read here and imported by live NEURON."""

import pytest

from tests.corpora.morphologies import COLLECTION, PACKAGES, compared, published

pytestmark = [pytest.mark.neuron, pytest.mark.slow]
# It has a second root, and what NEURON joins that with lies outside its arrays.
IN_PIECES = "754538881.swc"


@pytest.mark.parametrize("package", PACKAGES)
def test_published_morphologies_give_the_same_cell(package: str) -> None:
    files = [path for name, path in published() if name == package != COLLECTION and path.name != IN_PIECES]
    assert files
    for path in files:
        row, agrees = compared(package, path)
        assert agrees, row
