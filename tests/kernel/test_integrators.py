"""Integrators: their order and stability, the register, and the models that they refuse."""

import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel import Clock, Integrator, integrator, integrators, moved, rates, register, shown, unregister

TSTOP = 3.2  # ms
EXPLICIT = ("rk4", "rk45")


def squid(**options: object) -> rb.Simulation:
    """A compartment of hh on its way into a spike."""
    cell = rb.Cell("squid")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    cell.place(rb.IClamp(delay=0.4, dur=10, amp=0.3), soma(0.5))
    return rb.Simulation(cell, tstop=TSTOP, record=soma(0.5).v, **options)  # type: ignore[arg-type]


def passive(**options: object) -> rb.Simulation:
    """A compartment with a time constant of 2 ms under a step of current."""
    cell = rb.Cell("passive")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("pas", g=5e-4, e=-65)
    cell.place(rb.IClamp(delay=0.4, dur=10, amp=0.01), soma(0.5))
    return rb.Simulation(cell, tstop=TSTOP, record=soma(0.5).v, **options)  # type: ignore[arg-type]


def voltage(simulation: rb.Simulation) -> np.ndarray:
    results = simulation.run()
    return results.values[0]


@pytest.fixture(scope="module")
def fine() -> float:
    return float(voltage(squid(method="rk4", dt=0.0025))[-1])


@pytest.mark.parametrize(
    ("method", "dts", "order"),
    [
        ("implicit_euler", (0.01, 0.005), 1),
        ("exponential_euler", (0.01, 0.005), 2),
        ("crank_nicolson", (0.02, 0.01), 2),
        ("rk4", (0.02, 0.01), 4),
    ],
)
def test_order_on_hodgkin_and_huxley(method: str, dts: tuple[float, float], order: int, fine: float) -> None:
    assert integrator(method).order == order
    errors = [abs(float(voltage(squid(method=method, dt=dt))[-1]) - fine) for dt in dts]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.2)


@pytest.mark.parametrize(("method", "order"), [("implicit_euler", 1), ("crank_nicolson", 2), ("rk4", 4), ("rk45", 5)])
def test_order_on_a_membrane(method: str, order: int) -> None:
    # Against the exponential: 0.01 nA through 1 / (5e-4 S/cm2 400 pi um2) is 1.59 mV.
    rise = 0.01 / (5e-4 * 400 * np.pi * 1e-2)
    exact = -65 + rise * (1 - np.exp(-(TSTOP - 0.4) / 2))
    dts = (0.4, 0.2)
    errors = [abs(float(voltage(passive(method=method, dt=dt))[-1]) - exact) for dt in dts]
    if method == "rk45":  # a substep is as long as the step here, within its tolerance
        assert max(errors) < 1e-6
    else:
        assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.2)


def test_exponential_euler_is_exact_on_a_membrane() -> None:
    rise = 0.01 / (5e-4 * 400 * np.pi * 1e-2)
    for dt in (0.4, 0.1):
        t = dt * np.arange(round(TSTOP / dt) + 1)
        exact = -65 + rise * (1 - np.exp(-np.maximum(t - 0.4, 0) / 2))
        np.testing.assert_allclose(voltage(passive(method="exponential_euler", dt=dt)), exact, atol=1e-9)


def test_exponential_euler_stays_within_the_batteries_at_any_step() -> None:
    for dt in (0.5, 5.0):
        v = voltage(rb.Simulation(squid().cell, tstop=400, dt=dt, method="exponential_euler"))
        assert np.isfinite(v).all()
        assert v.min() > -85
        assert v.max() < 60


def test_rk4_breaks_down_where_its_bound_is() -> None:
    cell = rb.Cell("fast")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("pas", g=0.1, e=-65)  # 100/ms
    grows, decays = (voltage(rb.Simulation(cell, tstop=1, dt=dt, v_init=-60, method="rk4")) for dt in (0.0285, 0.0270))
    assert abs(grows[-1] + 65) > 10
    assert abs(decays[-1] + 65) < 0.1
    subdivided = voltage(rb.Simulation(cell, tstop=1, dt=0.5, v_init=-60, method="rk45"))
    assert subdivided[-1] == pytest.approx(-65, abs=1e-3)


def test_rk45_keeps_its_tolerance_at_any_distance_of_samples(fine: float) -> None:
    for dt in (0.8, 0.1):  # the current jumps in the middle of a step of 0.8 ms
        assert float(voltage(squid(method="rk45", dt=dt))[-1]) == pytest.approx(fine, abs=2e-3)


@pytest.mark.parametrize("method", EXPLICIT)
def test_pools_states_and_events_move(method: str) -> None:
    cell = rb.Cell("pool")
    soma = cell.add_section("soma", L=20, diam=20)
    for name in ("hh", "cat_huguenard", "ca_shells"):
        soma.insert(name)
    synapse, counter = cell.place(rb.AMPA(), soma(0.5)), cell.place(rb.APCount(thresh=0), soma(0.5))
    train = cell.place(rb.NetStim(start=1, interval=2, number=2))
    rb.connect(train, synapse, weight=0.05, delay=0.5)
    record = [soma(0.5).v, soma(0.5)["cai"], synapse["g"], counter["n"]]
    found = rb.run(cell, tstop=8, dt=0.0125, method=method, record=record)
    like = rb.run(cell, tstop=8, dt=0.0125, method="crank_nicolson", record=record)
    assert found[counter["n"]][-1] == like[counter["n"]][-1] == 1
    for one, within in ((record[0], 3.0), (record[1], 1e-6), (record[2], 1e-3)):
        np.testing.assert_allclose(found[one], like[one], atol=within)
    assert np.ptp(found[record[1]]) > 5e-6


def test_a_batch_and_a_derivative_run_explicitly() -> None:
    simulation = passive(method="rk4", dt=0.1)
    ran = simulation.batch({"soma.pas.g": [5e-4, 1e-3]})
    np.testing.assert_allclose(ran[0, 0], voltage(simulation), atol=1e-9)
    assert ran[1, 0, -1] < ran[0, 0, -1]


def test_what_does_not_fit_is_refused_before_the_run() -> None:
    cell = rb.Cell("two")
    soma = cell.add_section("soma", L=20, diam=20)
    end = cell.place(rb.IClamp(), soma(1))
    with pytest.raises(ValueError, match="'rk4' is for a single compartment, and this model has 1 point without mem"):
        rb.Simulation(cell, method="rk4")
    end.remove()
    rb.Simulation(cell, method="rk4")
    soma.nseg = 3
    with pytest.raises(ValueError, match=r"has 3 segments: use 'adaptive', 'crank_nicolson' or 'implicit_euler'"):
        rb.Simulation(cell, method="exponential_euler")


def test_what_steps_by_itself_is_refused_with_its_reason() -> None:
    text = """NEURON { SUFFIX stepping_test NONSPECIFIC_CURRENT i } STATE { m } ASSIGNED { v i }
              BREAKPOINT { SOLVE step i = m*v } PROCEDURE step() { m = m + 0.1*(1 - m) }"""
    rb.load_mod(text=text, name="stepping_test.mod")
    cell = rb.Cell("stepping")
    cell.add_section("soma", L=20, diam=20).insert("stepping_test")
    with pytest.raises(ValueError, match="stepping_test cannot run under 'rk45': SOLVE step steps it by itself"):
        rb.Simulation(cell, method="rk45")
    assert rb.Simulation(cell, method="exponential_euler").run().values.shape[1] > 1


def test_the_table_tells_every_integrator() -> None:
    table = rb.integrators()
    assert list(table.columns) == ["name", "order", "adaptive", "stiff", "stability", "description", "when"]
    assert set(table.name) == {each.name for each in integrators()}
    assert (table[["stability", "description", "when"]].map(len) > 10).all(axis=None)
    assert table.set_index("name").adaptive.to_dict() == {
        "adaptive": True, "crank_nicolson": False, "exponential_euler": False, "implicit_euler": False,
        "rk4": False, "rk45": True,
    }  # fmt: skip


def test_a_user_adds_one_and_replaces_it() -> None:
    def euler(part: float) -> Integrator:
        def step(program, system, state, t, dt):  # type: ignore[no-untyped-def]
            told = rates(program, system, state, Clock(t + dt / 2, dt))
            return shown(program, system, moved(system, state, told, part * dt), Clock(t + dt, dt))

        return Integrator("mine", 1, "Euler's method.", step, stiff=False, single=True)

    register(euler(1.0))
    try:
        whole = voltage(passive(method="mine", dt=0.4))[-1]
        with pytest.raises(ValueError, match="'mine' is registered already; give replace=True"):
            register(euler(0.5))
        register(euler(0.5), replace=True)
        half = voltage(passive(method="mine", dt=0.4))[-1]
    finally:
        unregister("mine")
    assert whole - half > 0.1
    with pytest.raises(KeyError, match="no integrator is named 'mine'"):
        integrator("mine")
