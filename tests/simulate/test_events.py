"""How events travel through a run: self-events, thresholds, weights, queues, batches and derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel.events import Event, Response, Send
from rheobase.mechanisms import Mechanism, Parameter, PointProcess, registry


class Held(PointProcess):
    """Nothing of it moves between events."""

    receives = True
    weights: ClassVar[tuple[str, ...]] = ("weight",)

    @classmethod
    def initial(cls, v: Any, p: Any, ions: Any, clock: Any) -> Mapping[str, Any]:
        return dict.fromkeys(cls.states, 0 * v)

    @classmethod
    def advance(cls, v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Mapping[str, Any]:
        return {}


class Echo(Held):
    """Answers an event by one to itself after a while; takes note of all."""

    name = "Echo"
    parameters = (Parameter("wait", 1.0, "ms", minimum=0),)
    states = ("events", "echoes", "latest", "heard")

    @staticmethod
    def receive(v: Any, s: Any, p: Any, ions: Any, event: Event, clock: Any) -> Response:
        outside = event.flag == 0
        states = {
            "events": s.events + outside,
            "echoes": s.echoes + ~outside,
            "latest": event.t,
            "heard": s.heard + jnp.where(outside, 0.0, event.weights["weight"]),
        }
        return Response(states, sends=(Send("self", outside, event.t + p.wait, 1.0), Send("spike", ~outside, event.t)))


class Forever(Held):
    name = "Forever"

    @staticmethod
    def receive(v: Any, s: Any, p: Any, ions: Any, event: Event, clock: Any) -> Response:
        return Response(sends=(Send("self", event.t == event.t, event.t, 1.0),))


class Postponed(Held):
    """Each event moves the one self-event that was sent at first."""

    name = "Postponed"
    kind = "artificial"
    states = ("latest", "count")

    @staticmethod
    def begin(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> tuple[Send, ...]:
        return (Send("self", jnp.isfinite(v), clock.t + 5.0, 1.0),)

    @staticmethod
    def receive(v: Any, s: Any, p: Any, ions: Any, event: Event, clock: Any) -> Response:
        outside = event.flag == 0
        states = {"latest": jnp.where(outside, s.latest, event.t), "count": s.count + ~outside}
        return Response(states, sends=(Send("move", outside, event.t + 5.0),))


class Crossing(Held):
    """Watches its voltage: sends itself an event of flag 2 when it rises above 0."""

    name = "Crossing"
    weights = ()
    watches = True
    states = ("above", "count", "latest")

    @staticmethod
    def watch(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Response:
        now = v > 0
        return Response({"above": 1.0 * now}, sends=(Send("self", now & (s.above == 0), clock.t, 2.0),))

    @staticmethod
    def receive(v: Any, s: Any, p: Any, ions: Any, event: Event, clock: Any) -> Response:
        return Response({"count": s.count + (event.flag == 2), "latest": event.t})


class Plastic(Held):
    """An event raises its own weight by 1 and the others' by 0.5; a second value counts from its start of 10."""

    name = "Plastic"
    weights = ("weight", "count")
    streams = True
    states = ("total", "connections")

    @staticmethod
    def initial_weights(weights: Any, p: Any) -> Mapping[str, Any]:
        return {"count": 10 + 0 * weights.count}

    @staticmethod
    def receive(v: Any, s: Any, p: Any, ions: Any, event: Event, clock: Any) -> Response:
        assert event.present is not None
        assert event.own is not None
        raised = event.streams["weight"] + jnp.where(event.own, 1.0, 0.5)
        return Response(
            {"total": jnp.sum(raised * event.present, axis=0), "connections": 1.0 * jnp.sum(event.present, axis=0)},
            weights={"count": event.weights["count"] + 1},
            streams={"weight": raised},
        )


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    for definition in (
        Echo,
        Forever,
        Postponed,
        Crossing,
        Plastic,
    ):
        monkeypatch.setitem(registry._written, definition.name, definition)


def one(mechanism: str = "pas") -> tuple[rb.Cell, Any]:
    cell = rb.Cell("one")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert(mechanism)
    return cell, soma(0.5)


def last(cell: rb.Cell, *recordables: Any, **run: Any) -> list[float]:
    results = rb.run(cell, record=list(recordables), **({"tstop": 20} | run))
    return [float(results[r][-1]) for r in recordables]


def spikes(cell: rb.Cell, *times: float) -> Any:
    return cell.place(rb.VecStim(times=times))


def test_self_events_know_their_instant_and_the_connection_that_caused_them() -> None:
    cell, here = one()
    echo = cell.place(Echo(wait=1.2345), here)
    rb.connect(spikes(cell, 3, 8), echo, weight=0.25, delay=0.1)
    rb.connect(spikes(cell, 5.5), echo, weight=2, delay=0)
    assert last(cell, echo["events"], echo["echoes"], echo["heard"]) == [3, 3, 2.5]
    assert last(cell, echo["latest"])[0] == pytest.approx(8 + 0.1 + 1.2345, abs=1e-12)


def test_several_self_events_may_be_on_their_way() -> None:
    cell, here = one()
    echo = cell.place(Echo(wait=9), here)
    rb.connect(spikes(cell, *np.arange(1, 9.5, 0.25)), echo, weight=1)
    assert last(cell, echo["events"], echo["echoes"]) == [34, 34]


def test_spikes_of_processes_travel_and_instances_are_told_apart() -> None:
    cell, here = one()
    source = spikes(cell, 1, 2)
    first, second, third = (cell.place(Echo(wait=w), here) for w in (1, 2, 3))
    rb.connect(source, first, weight=1, delay=0)
    rb.connect(first, second, weight=1, delay=0)
    rb.connect(second, third, weight=5, delay=0.5)
    assert last(cell, first["echoes"], second["echoes"], third["echoes"], third["heard"]) == [2, 2, 2, 10]
    assert last(cell, third["latest"])[0] == pytest.approx(2 + 1 + 2 + 0.5 + 3)


def test_a_self_event_is_moved() -> None:
    cell, _ = one()
    postponed = cell.place(Postponed())
    rb.connect(spikes(cell, 2, 4.5), postponed, weight=1, delay=0)
    assert last(cell, postponed["latest"], postponed["count"]) == [9.5, 1]


def test_a_crossing_is_watched() -> None:
    cell, here = one("hh")
    cell.place(rb.IClamp(1, 30, 0.5), here)
    watching = cell.place(Crossing(), here)
    results = rb.run(cell, tstop=30, record=[here.v, watching["count"], watching["latest"]])
    v = results[here.v]
    rises = np.flatnonzero((v[1:] > 0) & (v[:-1] <= 0)) + 1
    assert results[watching["count"]][-1] == len(rises) >= 2
    assert results[watching["latest"]][-1] == pytest.approx(results.t[rises[-1]])


def test_all_connections_of_a_process_can_be_changed_by_an_event() -> None:
    cell, here = one()
    plastic, other = cell.place(Plastic(), here), cell.place(Plastic(), here)
    a = rb.connect(spikes(cell, 1, 2), plastic, weight=1)
    b = rb.connect(spikes(cell, 3), plastic, weight=2, count=77)
    c = rb.connect(spikes(cell, 4), other, weight=3)
    assert last(cell, plastic["connections"], other["connections"], plastic["total"]) == [2, 1, 3.5 + 4]
    assert last(cell, a["weight"], b["weight"], c["weight"]) == [3.5, 4, 4]
    assert last(cell, a["count"], b["count"], c["count"]) == [12, 11, 11]
    with pytest.raises(KeyError, match=r"NetCon\[0\] has no 'mass' to record; it has weight, count"):
        rb.run(cell, record=[a["mass"]])


def test_queues_grow_as_events_fill_them() -> None:
    cell, here = one()
    echo = cell.place(Echo(wait=0), here)
    rb.connect(rb.NetStim(start=0, interval=0.01, number=500), echo, weight=1, delay=6)
    assert last(cell, echo["events"], echo["echoes"]) == [500, 500]


def test_events_without_end_are_refused() -> None:
    cell, here = one()
    rb.connect(spikes(cell, 3), cell.place(Forever(), here), weight=1)
    with pytest.raises(rb.SimulationError, match="events followed one another without end"):
        rb.run(cell, tstop=10)


def test_a_source_that_sends_nothing_is_refused() -> None:
    cell, here = one()
    syn = cell.place(rb.ExpSyn(), here)
    rb.connect(cell.place(rb.IClamp(), here), syn, weight=1)
    with pytest.raises(ValueError, match=r"NetCon\[0\]: 'IClamp\[0\]' sends no spikes"):
        rb.run(cell)


def test_a_state_of_any_mechanism_can_be_a_source() -> None:
    cell, here = one("hh")
    cell.place(rb.IClamp(1, 30, 0.5), here)
    echo = cell.place(Echo(), here)
    rb.connect(here["hh.m"], echo, threshold=0.5)
    count = cell.place(rb.APCount(thresh=-30), here)
    events, spiked = last(cell, echo["events"], count["n"])
    assert events == spiked >= 1


def test_connections_are_parameters_of_runs() -> None:
    cell, here = one()
    syn = cell.place(rb.ExpSyn(tau=2), here)
    rb.connect(spikes(cell, 1), syn, weight=0.001)
    rb.connect(rb.NetStim(start=2.5, number=2, interval=1), syn, weight=0.002, delay=0.5)
    sim = rb.Simulation(cell, tstop=6, record=[syn["g"], here.v])
    values = {
        "NetCon[0].weight": [0.001, 0.003, 0.0],
        "NetCon[1].delay": [0.5, 0.0, 2.0],
        "NetStim[0].interval": [1, 1, 0.4],
    }
    batch = sim.batch(values)
    for run, (weight, delay, interval) in enumerate(zip(*values.values(), strict=True)):
        cell.connection("NetCon[0]").weight = weight
        cell.connection("NetCon[1]").delay = delay
        cell.process("NetStim[0]").interval = interval
        alone = rb.run(cell, tstop=6, record=[syn["g"], here.v]).values
        np.testing.assert_allclose(batch[run], alone, rtol=1e-12, atol=1e-12)
    with pytest.raises(ValueError, match=r"NetCon\[1\]\.delay = -1"):
        sim.batch({"NetCon[1].delay": [-1.0]})
    with pytest.raises(KeyError, match=r"NetCon\[0\]\.weight"):
        sim.batch({"NetCon[0].wieght": [1.0]})


@pytest.mark.parametrize("definition", [rb.ExpSyn, rb.Exp2Syn])
def test_a_run_is_differentiable_by_weights(definition: Any) -> None:
    cell, here = one("hh")
    syn = cell.place(definition(), here)
    other = cell.place(definition(e=-80), here)
    source = cell.place(rb.NetStim(start=1, interval=0.7, number=3))
    rb.connect(source, syn, weight=0.001)
    rb.connect(source, syn, weight=0.0007, delay=1.003)
    rb.connect(source, other, weight=0.0005)
    f, params = rb.Simulation(cell, tstop=5, record=[here.v]).function()
    names = ["NetCon[0].weight", "NetCon[1].weight", "NetCon[2].weight", f"{syn.name}.e"]

    def loss(some: Mapping[str, Any]) -> Any:
        return f({**params, **some})[0, -1]

    found = jax.grad(loss)({name: params[name] for name in names})
    for name in names:
        step = 1e-3 * float(params[name]) or 1e-3
        up, down = (loss({name: params[name] + sign * step}) for sign in (1, -1))
        assert float(found[name]) == pytest.approx(float(up - down) / (2 * step), rel=1e-4)


def test_a_run_in_one_piece_gives_what_a_stepwise_run_gives() -> None:
    cell, here = one()
    echo = cell.place(Echo(wait=0.3), here)
    rb.connect(rb.NetStim(start=0, interval=1, number=8, noise=1), echo, weight=1)
    sim = rb.Simulation(cell, tstop=10, record=[echo["events"], echo["latest"]])
    f, params = sim.function()
    np.testing.assert_allclose(np.asarray(f(params)), sim.run().values, rtol=1e-12)


def test_what_overflows_in_a_differentiable_run_is_no_number() -> None:
    cell, here = one()
    echo = cell.place(Echo(wait=9), here)
    rb.connect(rb.NetStim(start=1, interval=0.1, number=50), echo, weight=1)
    f, params = rb.Simulation(cell, tstop=10, record=[here.v]).function()
    assert np.isnan(np.asarray(f(params))[0, -1])


def test_noise_is_drawn_from_the_seed_and_the_source() -> None:
    def times(seed: int, *, sources: int = 1) -> Any:
        cell, here = one()
        syn = cell.place(rb.ExpSyn(tau=1e6), here)
        made = [cell.place(rb.NetStim(start=0, interval=5, number=20, noise=1, seed=seed)) for _ in range(sources)]
        rb.connect(made[-1], syn, weight=1)
        return rb.run(cell, tstop=50, record=[syn["g"]])[syn["g"]]

    np.testing.assert_array_equal(times(0), times(0))
    assert not np.array_equal(times(0), times(1))
    assert not np.array_equal(times(0), times(0, sources=2))


def test_intervals_have_the_mean_and_the_spread_that_noise_says() -> None:
    for noise in (0.0, 0.3, 1.0):
        cell, here = one()
        syn = cell.place(rb.ExpSyn(tau=1e9), here)
        rb.connect(rb.NetStim(start=0, interval=1, number=1e9, noise=noise), syn, weight=1, delay=0)
        g = rb.run(cell, tstop=1000, dt=0.1, record=[syn["g"]])[syn["g"]]
        per_window = np.diff(g[::100])
        assert per_window.mean() == pytest.approx(10, rel=0.08)
        assert per_window.std() == pytest.approx(noise * np.sqrt(10), rel=0.25, abs=0.6)


def test_a_model_without_events_is_compiled_as_before() -> None:
    cell, here = one("hh")
    cell.place(rb.ExpSyn(), here)
    assembly = rb.Simulation(cell).assembly
    assert assembly.program.wiring is None
    assert assembly.system(assembly.normalised({})).connections is None


def test_mechanisms_without_events_need_say_nothing() -> None:
    assert Mechanism.receive(*[None] * 6) == Response()  # type: ignore[arg-type]
    assert not Mechanism.begin(*[None] * 5)  # type: ignore[arg-type]


def test_events_travel_in_single_precision() -> None:
    cell, here = one()
    syn = cell.place(rb.Exp2Syn(tau2=2), here)
    rb.connect(rb.NetStim(start=2, interval=3.3, number=4, noise=0.5), syn, weight=0.01, delay=1.37)
    rb.connect(here, syn, weight=0.01, threshold=-50)
    double, single = (rb.Simulation(cell, tstop=20, record=[here.v], precision=p) for p in ("float64", "float32"))
    expected = double.run().values
    np.testing.assert_allclose(single.run().values, expected, atol=1e-2)
    f, params = single.function()
    np.testing.assert_allclose(np.asarray(f(params)), expected, atol=1e-2)
