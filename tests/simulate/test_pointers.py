"""Pointers, random streams, geometry and parameters of a whole kind."""

from typing import Any

import jax
import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Simulation
from tests.simulate.cells import forked
from tests.simulate.mechanisms import Follower, PointRuler

pytestmark = pytest.mark.usefixtures("small_mechanisms")


def followed(target: Any, **values: float) -> tuple[Any, Any]:
    """What a follower's current is, and what it points to."""
    cell, soma, (left, _) = forked()
    cell["soma"].insert("cal")
    cell["soma"].insert("pool")
    follower = cell.place(Follower(**values), left(0.5), name="f")
    where = target(soma)
    cell.bind("f.source", where)
    ours = rb.run(cell, tstop=4, record=[follower.i, where])
    return ours[follower.i], ours[where]


@pytest.mark.parametrize(
    "target",
    [
        lambda soma: soma(0.5).v,
        lambda soma: soma(1).v,
        lambda soma: soma(0.5)["hh.m"],
        lambda soma: soma(0.5)["cai"],
    ],
    ids=["v", "end", "state", "concentration"],
)
def test_a_pointer_finds_what_it_is_bound_to(target: Any) -> None:
    current, source = followed(target, gain=1e-4)
    assert np.ptp(source) > 0
    np.testing.assert_allclose(current, -1e-4 * source, rtol=1e-12)


@pytest.mark.parametrize(
    "target",
    [
        lambda soma: soma(0.5)["ica"],
        lambda soma: soma(0.5)["hh.ik"],
        lambda soma: soma(0.5)["hh.gna"],
    ],
    ids=["total", "current", "observable"],
)
def test_a_pointer_to_a_current_finds_its_last_evaluation(target: Any) -> None:
    current, source = followed(target, gain=1e-3)
    assert np.ptp(source) > 0
    # Currents belong to the start of a step, so what was recorded a sample before is what the last step evaluated.
    np.testing.assert_allclose(current[1:], -1e-3 * source[:-1], rtol=1e-9, atol=1e-12 * np.abs(source).max())


def test_pointers_differ_by_instance_and_batches_and_gradients_pass_through_them() -> None:
    cell, soma, (left, right) = forked()
    for k, (at, of) in enumerate([(left(0.5), soma(0.5).v), (right(0.5), left(1).v), (right(0.5), soma(0.5)["hh.n"])]):
        cell.place(Follower(gain=1e-5, rest=-65), at, name=f"f[{k}]")
        cell.bind(f"f[{k}].source", of)
    record = [cell.process(f"f[{k}]").i for k in range(3)] + [soma(0.5).v, left(1).v, soma(0.5)["hh.n"], right(0.5).v]
    sim = Simulation(cell, tstop=4, record=record)
    values = sim.run().values
    np.testing.assert_allclose(values[:3], -1e-5 * (values[3:6] + 65), rtol=1e-9)
    many = sim.batch({"f[0].gain": [1e-5, 2e-4], "global.Follower.shift": [0.0, 3.0]})
    np.testing.assert_allclose(many[0], values, rtol=1e-9)
    np.testing.assert_allclose(many[1, 1], -1e-5 * (many[1, 4] + 65 - 3), rtol=1e-9)
    f, params = sim.function()

    def loss(gain: Any) -> Any:
        return f({**params, "f[0].gain": gain})[6].mean()

    central = (loss(1.1e-5) - loss(0.9e-5)) / 0.2e-5
    np.testing.assert_allclose(jax.grad(loss)(1e-5), central, rtol=1e-4)


def test_pointers_of_inserted_mechanisms_are_bound_by_place() -> None:
    cell, soma, (left, right) = forked()
    cell["dend"].insert("gap")
    cell.bind("dend.gap.vpre", soma(0.5).v)
    cell.bind("dend[1].gap.vpre", left(0.5).v)
    record = [left(0.5)["gap.i"], right(0.5)["gap.i"], soma(0.5).v, left(0.5).v, right(0.5).v]
    one, other, v_soma, v_left, v_right = rb.run(cell, tstop=4, record=record).values
    np.testing.assert_allclose(one, 1e-4 * (v_left - v_soma), rtol=1e-12)
    np.testing.assert_allclose(other, 1e-4 * (v_right - v_left), rtol=1e-12)


def test_pointers_that_cannot_be_followed_are_refused() -> None:
    cell, soma, (left, _) = forked()
    cell.place(Follower(), left(0.5), name="f")
    with pytest.raises(
        ValueError, match=r"the pointer 'source' of f \(Follower\) points to nothing.*cell.bind\('f.source'"
    ):
        rb.run(cell, tstop=1)
    cell.bind("f.source", soma(0.5)["hh.gnabar"])
    with pytest.raises(ValueError, match=r"f.source is bound to soma\(0.5\).hh.gnabar, which does not move"):
        rb.run(cell, tstop=1)
    cell.bind("f.source", soma(0.5).v)
    cell["dend"].insert("gap")
    with pytest.raises(ValueError, match=r"the pointer 'vpre' of dend\[0\]\(0.166667\).gap \(gap\) points to nothing"):
        rb.run(cell, tstop=1)


def test_a_parameter_of_a_whole_kind_overrides_the_values_of_each() -> None:
    cell, soma, (left, right) = forked()
    for k, at in enumerate((left(0.5), right(0.5))):
        cell.place(Follower(gain=1e-3, shift=k), at, name=f"f[{k}]")
        cell.bind(f"f[{k}].source", soma(0.5).v)
    record = [cell.process("f[0]")["shift"], cell.process("f[1]")["shift"]]
    assert rb.run(cell, tstop=1, record=record).values[:, 0].tolist() == [0, 1]
    many = Simulation(cell, tstop=1, record=record).batch({"global.Follower.shift": [5.0, 6.0]})
    assert many[:, :, 0].tolist() == [[5, 5], [6, 6]]
    cell.set("Follower.shift", 7)
    assert rb.run(cell, tstop=1, record=record).values[:, 0].tolist() == [7, 7]


def test_random_streams_are_independent_and_repeatable() -> None:
    cell, soma, (left, right) = forked()
    cell["dend"].insert("noise")
    record = [at["noise.x"] for at in (left(0.1), left(0.5), right(0.1))]
    first = rb.run(cell, tstop=5, record=record).values
    assert np.abs(np.corrcoef(first[:, 1:]) - np.eye(3)).max() < 0.3
    np.testing.assert_array_equal(rb.run(cell, tstop=5, record=record).values, first)
    cell.set("noise.seed", 2)
    assert (rb.run(cell, tstop=5, record=record).values[:, 1:] != first[:, 1:]).all()
    cell.set("noise.seed", 1)
    # Where else the mechanism is changes nothing.
    soma.insert("noise")
    np.testing.assert_array_equal(rb.run(cell, tstop=5, record=record).values[:, 1:], first[:, 1:])


def test_mechanisms_find_the_geometry_of_their_segments() -> None:
    cell, soma, (left, _) = forked()
    cell["all"].insert("ruler")
    middle = cell.place(PointRuler(), left(0.5), name="a")
    end = cell.place(PointRuler(), left(1), name="b")
    record = [at[name] for at in (soma(0.5), left(0.5)) for name in ("ruler.area_", "ruler.diam_")]
    record += [at[name] for at in (middle, end) for name in ("area_", "diam_")]
    sim = Simulation(cell, tstop=1, record=record)
    third = np.pi * 2 * 100 / 3
    # An end has no area; NEURON counts 100 um2 there.
    expected = [np.pi * 400, 20, third, 2, third, 2, 100, 2]
    np.testing.assert_allclose(sim.run().values[:, 0], expected, rtol=1e-12)
    f, params = sim.function()
    wider = f({**params, "dend[0].diam": 4.0})[:, 0]
    np.testing.assert_allclose(wider[2:6], [2 * third, 4, 2 * third, 4], rtol=1e-12)
