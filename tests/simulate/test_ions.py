"""Ions that move, against their equations, by every way to run a model."""

from typing import Any

import jax
import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import Mechanism, UseIon, nernst, registry
from rheobase.simulate import Simulation
from tests.simulate.cells import forked

pytestmark = pytest.mark.usefixtures("small_mechanisms")
METHODS = ["implicit_euler", "crank_nicolson"]


def with_calcium(*places: str) -> tuple[rb.Cell, Any, Any]:
    cell, soma, (left, _) = forked()
    for place in places:
        cell[place].insert("cal")
        cell[place].insert("pool")
    return cell, soma, left


@pytest.mark.parametrize("method", METHODS)
def test_what_is_recorded_of_an_ion_is_that_of_the_sample(method: str) -> None:
    cell, soma, _ = with_calcium("soma")
    here = soma(0.5)
    record = [here[name] for name in ("v", "cai", "cao", "eca", "ica", "cal.ica", "cal.open")]
    v, cai, cao, eca, ica, own, opening = rb.run(cell, tstop=6, record=record, celsius=20, method=method).values
    assert np.ptp(cai) > 1e-5
    assert cai[0] == 1e-4
    assert (cao == 2).all()
    np.testing.assert_allclose(eca, [nernst(inside, 2, 2, 20) for inside in cai], rtol=1e-12)
    np.testing.assert_allclose(ica, 1e-4 * opening * (v - eca), rtol=1e-12)
    np.testing.assert_array_equal(own, ica)


def test_units_of_what_is_recorded_of_an_ion() -> None:
    cell, soma, _ = with_calcium("soma")
    sim = Simulation(cell, tstop=1, record=[soma(0.5)[name] for name in ("cai", "cao", "eca", "ica")])
    assert sim.units == ("mM", "mM", "mV", "mA/cm2")


@pytest.mark.parametrize("places", [("soma",), ("soma", "dend"), ("dend[1]",)])
def test_a_pool_moves_by_the_total_current_of_the_step_before(places: tuple[str, ...]) -> None:
    cell, _, _ = with_calcium(*places)
    section = cell.section(next(iter(cell.sections_of(places[-1]))))
    here = section(0.5)
    ica, cai = rb.run(cell, tstop=4, record=[here["ica"], here["cai"]]).values
    target = 1e-4 - 5 * 0.05182 * ica[:-1] / 0.1
    np.testing.assert_allclose(cai[1:], target + (cai[:-1] - target) * np.exp(-0.025 / 5), rtol=1e-12)


def test_batch_and_function_move_ions_as_a_run_does() -> None:
    cell, soma, left = with_calcium("all")
    here = soma(0.5)
    record = [here.v, here["cai"], here["eca"], here["ica"], left(0.1)["cai"], here["cal.half"]]
    sim = Simulation(cell, tstop=3, record=record)
    expected = sim.run().values
    f, params = sim.function()
    np.testing.assert_allclose(f(params), expected, rtol=1e-9)
    many = sim.batch(
        {"all.pool.tau": [5, 2], "global.cal.half": [-30, -45], "celsius": [6.3, 30], "all.ca.outside": [2, 3]}
    )
    np.testing.assert_allclose(many[0], expected, rtol=1e-9)
    cell.set("pool.tau", 2)
    cell.set("cal.half", -45)
    cell.set_ion("ca", outside=3)
    alone = Simulation(cell, tstop=3, record=record, celsius=30).run().values
    np.testing.assert_allclose(many[1], alone, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_gradients_pass_through_moving_ions(method: str) -> None:
    cell, soma, _ = with_calcium("all")
    cell["soma"].set("cal.g", 2e-4)
    record = [soma(0.5).v, soma(0.5)["cai"], soma(0.5)["ica"]]
    f, params = Simulation(cell, tstop=2.5, record=record, method=method).function()
    weight = np.array([1.0, 1e4, 1e3])[:, None]

    @jax.jit
    def loss(varied: Any) -> Any:
        return (weight * f({**params, **varied})).mean()

    names = ["all.pool.tau", "soma.cal.g", "global.cal.half", "all.ca.outside", "celsius"]
    values = {name: params[name] for name in names}
    gradient = jax.jit(jax.grad(loss))(values)
    tangent = jax.jit(lambda x: jax.jvp(loss, (x,), (x,))[1])(values)
    for name in names:
        step = 1e-5 * max(abs(float(values[name])), 1e-3)
        up, down = ({**values, name: values[name] + sign * step} for sign in (1, -1))
        central = (loss(up) - loss(down)) / (2 * step)
        assert abs(central) > 0
        np.testing.assert_allclose(gradient[name], central, rtol=1e-4)
    np.testing.assert_allclose(tangent, sum(gradient[name] * values[name] for name in names), rtol=1e-6)


class Reader(Mechanism):
    """It looks at concentrations and does nothing."""

    name = "reader"
    ions = (UseIon("ca", reads=("inside",), writes=()),)
    observable_names = ("seen",)

    @staticmethod
    def observables(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"seen": ions.ca.inside + 0 * v}


class Holder(Mechanism):
    """It holds a reversal potential itself."""

    name = "holder"
    ions = (UseIon("ca", reads=(), writes=("reversal",)),)

    @staticmethod
    def initial(v: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ca.reversal": 77.0}

    @staticmethod
    def advance(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ca.reversal": 77.0 + clock.t}


def reversals(cell: rb.Cell, *sites: Any) -> list[float]:
    sim = Simulation(cell, tstop=1, record=[site["eca"] for site in sites], celsius=6.3)
    return [float(e) for e in sim.run().values[:, 0]]


def test_who_uses_an_ion_decides_where_its_reversal_potential_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._written, "reader", Reader)
    cell, soma, (left, right) = forked()
    cell["all"].insert("cal")
    default = 132.4579341637009  # NEURON's, while nobody asks for concentrations
    assert reversals(cell, soma(0.5), left(0.5)) == [default, default]
    left.insert("reader")
    found = reversals(cell, soma(0.5), left(0.5))
    assert found == [default, pytest.approx(nernst(5e-5, 2, 2, 6.3), rel=1e-12)]
    cell["all"].set_ion("ca", reversal=50)
    assert reversals(cell, soma(0.5), left(0.5)) == [50, 50]  # what was set holds while concentrations stand still
    right.insert("pool")
    assert reversals(cell, left(0.5), right(0.5)) == [50, pytest.approx(nernst(1e-4, 2, 2, 6.3), rel=1e-12)]


def test_a_reversal_potential_that_a_mechanism_writes_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._written, "holder", Holder)
    cell, soma, left = with_calcium("all")
    soma.insert("holder")
    held, other = rb.run(cell, tstop=2, record=[soma(0.5)["eca"], left(0.5)["eca"]]).values
    np.testing.assert_allclose(held, 77 + 0.025 * np.arange(81), rtol=1e-12)
    assert other[0] == pytest.approx(nernst(1e-4, 2, 2, 6.3), rel=1e-12)


class Charged(Mechanism):
    """An ion of its own, with a valence to be set."""

    name = "charged"
    ions = (UseIon("xx", reads=("reversal", "inside"), valence=2),)
    current_names = {"ixx": "xx"}  # noqa: RUF012  a mechanism's class is its definition

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ixx": 1e-4 * (v - ions.xx.reversal)}


class Contrary(Charged):
    name = "contrary"
    ions = (UseIon("xx", valence=1),)


class Untold(Charged):
    name = "untold"
    ions = (UseIon("yy", reads=("reversal", "inside")),)
    current_names = {"ixx": "yy"}  # noqa: RUF012

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ixx": 1e-4 * (v - ions.yy.reversal)}


def test_any_ion_can_be_named_and_must_have_one_valence(monkeypatch: pytest.MonkeyPatch) -> None:
    for definition in (Charged, Contrary, Untold):
        monkeypatch.setitem(registry._written, definition.name, definition)
    cell, soma, _ = forked()
    soma.insert("charged")
    cell["soma"].set_ion("xx", inside=0.5, outside=4)
    record = [soma(0.5)[name] for name in ("exx", "xxi", "xxo", "ixx", "v")]
    e, inside, outside, i, v = rb.run(cell, tstop=1, record=record).values
    np.testing.assert_allclose(e, nernst(0.5, 4, 2, 6.3), rtol=1e-12)
    assert (inside[0], outside[0]) == (0.5, 4)
    np.testing.assert_allclose(i, 1e-4 * (v - e), rtol=1e-12)
    soma.insert("contrary")
    with pytest.raises(ValueError, match=r"'xx' has valence 1 in contrary, but 2 in charged"):
        rb.run(cell, tstop=1)
    cell["soma"].uninsert("contrary")
    soma.insert("untold")
    with pytest.raises(ValueError, match=r"no mechanism states the valence of the ion 'yy'.*untold"):
        rb.run(cell, tstop=1)
    with pytest.raises(KeyError, match="did you mean 'xx'"):
        cell.set_ion("xxx", inside=1)


def test_two_writers_of_a_concentration_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    definition = type("Rival", (registry.mechanism("pool"),), {"name": "rival"})
    monkeypatch.setitem(registry._written, "rival", definition)
    cell, _, _ = with_calcium("soma")
    cell["soma"].insert("rival")
    with pytest.warns(UserWarning, match="pool and rival both write the inside concentration of 'ca'"):
        rb.run(cell, tstop=1)
