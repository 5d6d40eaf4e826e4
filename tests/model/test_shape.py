from __future__ import annotations

import numpy as np
import pytest

import rheobase as rb
from rheobase.model.shape import cell_shape
from tests.model.cells import ball_and_stick


def test_a_shape_counts_segments_over_the_cell_in_document_order() -> None:
    cell, soma, dend = ball_and_stick()
    cell.add_section("tap[0]", points=[(5, 5, 5, 2), (5, 9, 5, 1)], nseg=2, parent=dend(0.5), region="apic")
    shape = cell_shape(cell)
    assert shape.section_names == ("soma", "dend", "tap[0]")
    assert shape.types == ("soma", "dend", "apic")
    assert shape.first_segment.tolist() == [0, 1, 6]
    assert shape.nseg.tolist() == [1, 5, 2]
    assert shape.frusta.dtype == np.float32
    assert shape.segment.dtype == np.int32
    assert sorted(set(shape.segment.tolist())) == list(range(8))
    assert shape.n_segments == cell.n_segments
    assert shape.path_distance.tolist() == cell.path_distance(soma(0.5)).tolist()
    assert shape.diam[:6].tolist() == [20, 2, 2, 2, 2, 2]
    tap = shape.frusta[shape.segment >= 6]
    assert tap[0, :4].tolist() == [220, 0, 0, 1]  # where the dendrite is drawn that it is joined to
    assert tap[-1, 4:].tolist() == [220, 4, 0, 0.5]


def test_the_frusta_of_a_section_are_as_long_as_the_section() -> None:
    cell, *_ = ball_and_stick()
    shape = cell_shape(cell)
    lengths = np.linalg.norm(shape.frusta[:, 4:7] - shape.frusta[:, :3], axis=1)
    assert np.bincount(shape.segment, lengths) == pytest.approx([20] + [80] * 5, rel=1e-6)


def test_an_empty_cell_has_an_empty_shape() -> None:
    shape = cell_shape(rb.Cell("empty"))
    assert shape.frusta.shape == (0, 8)
    assert shape.n_segments == 0


def test_points_of_a_section_joined_by_its_end_1_are_drawn_from_that_end() -> None:
    cell = rb.Cell("c")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.add_section("a", points=[(20, 0, 0, 2), (120, 0, 0, 1)], nseg=2, parent=soma(1), child_end=1)
    shape = cell_shape(cell)
    starts = {int(segment): float(x) for segment, x in zip(shape.segment, shape.frusta[:, 0], strict=True)}
    assert starts == {0: 0.0, 1: 70.0, 2: 20.0}
