"""Channels from descriptions, as running mechanisms."""

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel import Clock
from tests.mechanisms.channel_spec.channels import channel, pair, potassium, sodium, three_states

IONS = SimpleNamespace(
    na=SimpleNamespace(reversal=50.0),
    k=SimpleNamespace(reversal=-77.0),
    ca=SimpleNamespace(reversal=130.0, inside=1e-4, outside=2.0),
)


def clock(dt: float = 0.025) -> Clock:
    return Clock(jnp.asarray(0.0), jnp.asarray(dt))


def prepared(spec: rb.ChannelSpec, celsius: float = 6.3, **changed: float) -> SimpleNamespace:
    p = SimpleNamespace(**{**spec.channel.numbers, **changed})
    return SimpleNamespace(**{**vars(p), **spec.mechanism.prepare(p, jnp.asarray(celsius))})


def built(*specs: rb.ChannelSpec) -> tuple[rb.Cell, Any]:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    for spec in specs:
        cell["soma"].insert(spec)
    cell.place(rb.IClamp(5, 40, 0.3), soma(0.5))
    return cell, soma


@pytest.mark.parametrize("celsius", [6.3, 16.3])
def test_sodium_and_potassium_from_descriptions_are_hh(celsius: float) -> None:
    cell, soma = built(sodium(), potassium())
    cell["soma"].insert("pas", g=3e-4, e=-54.3)
    reference, there = built()
    reference["soma"].insert("hh")
    ours = rb.run(cell, tstop=50, celsius=celsius, record=[soma(0.5).v])
    theirs = rb.run(reference, tstop=50, celsius=celsius, record=[there(0.5).v])
    assert theirs.values.max() > 20
    np.testing.assert_allclose(ours.values, theirs.values, atol=1e-6)


def test_equal_specs_are_one_class_and_moved_numbers_one_program() -> None:
    spec = sodium()
    first = spec.mechanism
    assert sodium().mechanism is first
    spec.set("m_alpha_d", -45)
    assert spec.mechanism is not first
    assert spec.mechanism == first
    assert hash(spec.mechanism) == hash(first)
    assert spec.mechanism.parameter("m_alpha_d").default == -45
    spec.set_kinetics("m", pair(channel.Constant(1), channel.Constant(2)))
    assert spec.mechanism != first


def test_a_scheme_steps_by_backward_euler_and_keeps_its_sum() -> None:
    spec = three_states()
    v = jnp.linspace(-120.0, 60.0, 13)
    p = prepared(spec, 30.0)
    s = SimpleNamespace(C=jnp.full_like(v, 0.5), O=jnp.full_like(v, 0.3), I=jnp.full_like(v, 0.2))
    after: Any = spec.mechanism.advance(v, s, p, IONS, clock(0.5))
    moved = spec.mechanism.derivative(v, SimpleNamespace(**after), p, IONS, clock())
    for name in ("C", "O", "I"):
        np.testing.assert_allclose(after[name] - 0.5 * moved[name], getattr(s, name), atol=1e-14)
    np.testing.assert_allclose(sum(after.values()), 1.0, atol=1e-14)


def test_a_scheme_starts_at_rest() -> None:
    spec = three_states()
    v = jnp.linspace(-150.0, 100.0, 26)
    p = prepared(spec)
    start = spec.mechanism.initial(v, p, IONS, clock())
    rest = spec.mechanism.derivative(v, SimpleNamespace(**start), p, IONS, clock())
    for name in ("C", "O", "I"):
        np.testing.assert_allclose(rest[name], 0.0, atol=1e-14)
    np.testing.assert_allclose(sum(start.values()), 1.0, atol=1e-14)


def test_states_that_nothing_leads_to_or_from_are_empty_or_full() -> None:
    chain = channel.Gate(
        "s",
        states=[channel.State("A"), channel.State("B"), channel.State("D", 1), channel.State("E")],
        transitions=[
            channel.Transition("A", "B", pair(channel.Constant(1), channel.Constant(1))),
            channel.Transition("B", "D", pair(channel.Constant(1), channel.Constant(0))),
        ],
    )
    spec = rb.ChannelSpec("sink", gates=[chain])
    start = spec.mechanism.initial(jnp.zeros(1), prepared(spec), IONS, clock())
    assert [float(start[name][0]) for name in "ABDE"] == pytest.approx([0, 0, 1, 0], abs=1e-12)


def test_ghk_and_ligands_read_concentrations() -> None:
    bound = channel.Gate(
        "b", alpha=channel.Constant(100), beta=channel.Constant(0.1), ligand="ca.inside", coefficient=2
    )
    spec = rb.ChannelSpec("cap", ion="ca", current="ghk", gmax=1e-4, gates=[bound])
    (use,) = spec.mechanism.ions
    assert (use.name, set(use.reads), use.writes) == ("ca", {"inside", "outside"}, ("current",))
    v, p = jnp.array([-60.0, 0.0, 40.0]), prepared(spec)
    s = SimpleNamespace(**spec.mechanism.initial(v, p, IONS, clock()))
    opened = 100 * 1e-8 / (100 * 1e-8 + 0.1)
    np.testing.assert_allclose(s.b, opened, rtol=1e-12)
    x = 2 * np.array([-60.0, 1e-9, 40.0]) * 96485.33212331 / (8.31446261815324 * 279.45e3)
    expected = 1e-4 * opened * 2e-3 * 96485.33212331 * x * (1e-4 - 2.0 * np.exp(-x)) / -np.expm1(-x)
    np.testing.assert_allclose(spec.mechanism.currents(v, s, p, IONS, clock())["ica"], expected, rtol=1e-7)


def test_every_number_has_a_gradient() -> None:
    spec = three_states(gates=[*three_states().gates, *sodium().gates])
    v = jnp.linspace(-100.0, 40.0, 15)

    def total(numbers: dict[str, Any]) -> Any:
        p = SimpleNamespace(**numbers)
        p = SimpleNamespace(**{**numbers, **spec.mechanism.prepare(p, jnp.asarray(16.3))})
        s = SimpleNamespace(**spec.mechanism.initial(v - 20, p, IONS, clock()))
        for _ in range(3):
            s = SimpleNamespace(**spec.mechanism.advance(v, s, p, IONS, clock(0.1)))
        return jnp.sum(spec.mechanism.currents(v, s, p, IONS, clock())["ina"])

    numbers = {name: float(x) for name, x in spec.channel.numbers.items()}
    slopes = jax.grad(total)(numbers)
    for name, slope in slopes.items():
        h = 1e-5 * max(abs(numbers[name]), 1.0)
        ends = [float(total({**numbers, name: numbers[name] + sign * h})) for sign in (1, -1)]
        assert float(slope) == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-4, abs=1e-9), name


def test_a_cell_carries_the_channel_in_its_file_and_its_code(tmp_path: Any) -> None:
    cell, soma = built(sodium())
    cell["soma"].insert(potassium(), gbar=0.03)
    cell.set("hk.n_alpha_d", -54)
    cell.save(tmp_path / "cell.json")
    again = rb.load_cell(tmp_path / "cell.json")
    assert again == cell
    scope: dict[str, Any] = {}
    exec(cell.to_code(), scope)  # noqa: S102  # the program that was just written
    assert scope["cell"] == cell
    one, other = (rb.run(each, tstop=10, record=[soma(0.5).v]).values for each in (cell, again))
    np.testing.assert_array_equal(one, other)


def test_a_specs_code_rebuilds_it() -> None:
    for spec in (sodium(), three_states(kind="point", single_channels=True)):
        scope: dict[str, Any] = {}
        exec(spec.to_code(), scope)  # noqa: S102  # the program that was just written
        assert scope["spec"] == spec


def test_a_point_channel_is_placed() -> None:
    cell, soma = built()
    spec = three_states(kind="point", ion=None, e=-10, gmax=0.002)
    placed = cell.place(spec(gbar=0.003), soma(0.5))
    found = rb.run(cell, tstop=5, record=[placed.i, placed["O"], soma(0.5).v])
    i, opened, v = found.values
    np.testing.assert_allclose(i, 0.003 * opened * (v + 10), rtol=1e-9, atol=1e-12)
    with pytest.raises(TypeError, match="is a density"):
        sodium()(gbar=1)


def test_a_number_is_varied_by_its_name() -> None:
    cell, soma = built(sodium())
    cell["soma"].insert("pas", g=3e-4, e=-54.3)
    record = [soma(0.5).v]
    several = rb.Simulation(cell, tstop=8, record=record).batch({"global.hna.m_alpha_d": [-40.0, -45.0]})
    cell.set("hna.m_alpha_d", -45)
    alone = rb.run(cell, tstop=8, record=record).values
    np.testing.assert_allclose(np.asarray(several)[1], alone, rtol=1e-9)
    assert np.abs(np.asarray(several)[0] - alone).max() > 1e-3
