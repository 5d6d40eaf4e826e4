"""The made-up cell: the same for a seed, of the right size, and shipped as it grows."""

import numpy as np
import pytest

from rheobase import data
from rheobase.morphology import d_lambda_nseg, grow, read_swc, split_sections


def test_the_shipped_file_is_what_grows() -> None:
    shipped = read_swc(data.path("grown_pyramidal.swc"))
    assert shipped == grow()
    assert shipped.problems == ()


def test_its_size() -> None:
    sections = split_sections(grow())
    nseg = sum(d_lambda_nseg(points=section.points, Ra=100, cm=1) for section in sections)
    assert 250 <= nseg <= 350
    regions = [section.name.split("[")[0] for section in sections]
    assert {name: regions.count(name) for name in ("soma", "axon")} == {"soma": 1, "axon": 1}
    assert regions.count("dend") > 20
    assert regions.count("apic") > 20


def test_its_parts_join_where_they_should() -> None:
    sections = split_sections(grow())
    joined = {(s.name.split("[")[0], s.parent_x) for s in sections if s.parent == 0}
    assert joined == {("axon", 0.0), ("dend", 0.5), ("apic", 1.0)}
    assert sum(s.parent == 0 for s in sections) == 1 + 6 + 1


def test_it_stands_upright_and_tapers() -> None:
    samples = grow().samples
    apical, basal = (samples.xyz[samples.type == kind] for kind in (4, 3))
    assert apical[:, 1].max() > 400
    assert basal[:, 1].mean() < 0
    neurite = samples.type > 1
    follows = neurite & (samples.type[samples.parent] == samples.type)
    assert (samples.diam[follows] <= samples.diam[samples.parent[follows]]).all()
    assert samples.diam[neurite].min() >= 0.6
    steps = np.linalg.norm(samples.xyz - samples.xyz[samples.parent], axis=1)[follows]
    assert steps.max() < 8.1


@pytest.mark.parametrize("seed", range(1, 12))
def test_any_seed_gives_a_sound_cell(seed: int) -> None:
    sections = split_sections(grow(seed, basal=seed % 4, obliques=seed % 3))
    assert all(len(section.points) > 1 for section in sections)


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="basal = -1"):
        grow(basal=-1)
