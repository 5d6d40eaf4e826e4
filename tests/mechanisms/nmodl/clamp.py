"""One mechanism under a series of voltages, a step each: in live NEURON, and by its own methods."""

import subprocess
import sysconfig
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import ion_called
from rheobase.mechanisms.mechanism import Mechanism

LENGTH = DIAMETER = 10.0


def compiled_by_neuron(texts: dict[str, str], folder: Path) -> Path:
    """NEURON's own library of mechanisms from their texts."""
    for name, text in texts.items():
        (folder / f"{name}.mod").write_text(text)
    program = Path(sysconfig.get_path("scripts")) / "nrnivmodl"
    done = subprocess.run([program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return next(folder.glob("*/libnrnmech.so"))


def in_neuron(
    library: Path,
    name: str,
    record: list[str],
    v: list[float],
    dt: float,
    values: dict[str, float],
    point: bool = False,
) -> list[list[float]]:
    """What `record` names after each step, the first entry at time 0; `v` holds the voltage of each."""
    from neuron import h

    h.load_file("stdrun.hoc")
    h.nrn_load_dll(str(library))
    section = h.Section()
    section.L, section.diam, section.cm = LENGTH, DIAMETER, 1e12
    owner = getattr(h, name)(section(0.5)) if point else getattr(section.insert(name)(0.5), name)
    for key, value in values.items():
        setattr(owner, key, value)
    h.celsius, h.dt, h.steps_per_ms = 20.0, dt, 1 / dt
    section(0.5).v = v[0]
    h.finitialize(v[0])

    def now() -> list[float]:
        found = []
        for variable in record:
            key, _, index = variable.partition("[")
            there = getattr(owner, key) if hasattr(owner, key) else getattr(section(0.5), key)
            found.append(there[int(index[:-1])] if index else there)
        return found

    told = [now()]
    for voltage in v[1:]:
        section(0.5).v = voltage
        h.fadvance()
        told.append(now())
    return told


def here(mechanism: type[Mechanism], record: list[str], v: Any, dt: float, values: dict[str, Any]) -> jax.Array:
    """The same by the mechanism's own methods, `(times, record)`; `values` may be traced."""
    given = {p.name: jnp.full((1,), p.default) for p in mechanism.parameters}
    given |= {key: jnp.asarray(value)[None] for key, value in values.items()}
    given |= {"area": jnp.full((1,), np.pi * LENGTH * DIAMETER), "diam": jnp.full((1,), DIAMETER)}
    given |= mechanism.prepare(SimpleNamespace(**given), jnp.asarray(20.0))
    p = SimpleNamespace(**given)
    voltages = jnp.asarray(v)
    pools = {}
    for use in mechanism.ions:
        ion = ion_called(use.name)
        pools[use.name] = {
            "reversal": jnp.full((1,), ion.reversal),
            "inside": jnp.full((1,), ion.inside),
            "outside": jnp.full((1,), ion.outside),
            "current": jnp.zeros((1,)),
        }

    def split(changes: Any, states: dict[str, Any], pools: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        pools = {name: dict(pool) for name, pool in pools.items()}
        states = dict(states)
        for key, value in changes.items():
            ion, _, aspect = key.partition(".")
            if aspect:
                pools[ion][aspect] = jnp.broadcast_to(value, (1,))
            elif key in mechanism.states:
                states[key] = jnp.broadcast_to(value, (1,))
        return states, pools

    def spaces(states: dict[str, Any], pools: dict[str, Any]) -> tuple[Any, Any, Any]:
        ions = SimpleNamespace(**{name: SimpleNamespace(**pool) for name, pool in pools.items()})
        return SimpleNamespace(**states), p, ions

    def shown(told: dict[str, Any], states: dict[str, Any], pools: dict[str, Any]) -> jax.Array:
        all_ = {**told, **states}
        for name, pool in pools.items():
            all_ |= {f"{name}i": pool["inside"], f"{name}o": pool["outside"]}
        return jnp.concatenate([jnp.broadcast_to(all_[variable], (1,)) for variable in record])

    first = Clock(jnp.asarray(0.0), jnp.asarray(dt))
    at = jnp.full((1,), voltages[0])
    states, pools = split(mechanism.initial(at, *spaces({}, pools)[1:], first), {}, pools)
    told = dict(mechanism.observables(at, *spaces(states, pools), first))
    told |= mechanism.currents(at, *spaces(states, pools), first)
    start = shown(told, states, pools)

    def step(carry: Any, voltage: jax.Array) -> Any:
        states, pools, t = carry
        at = jnp.full((1,), voltage)
        currents = mechanism.currents(at, *spaces(states, pools), Clock(t + dt / 2, jnp.asarray(dt)))
        states, pools = split(currents, states, pools)
        for name, ion in mechanism.current_names.items():
            if ion:
                pools[ion]["current"] = currents[name]
        clock = Clock(t + dt, jnp.asarray(dt))
        states, pools = split(mechanism.advance(at, *spaces(states, pools), clock), states, pools)
        told = dict(mechanism.observables(at, *spaces(states, pools), clock)) | dict(currents)
        return (states, pools, t + dt), shown(told, states, pools)

    _, later = jax.lax.scan(step, (states, pools, jnp.asarray(0.0)), voltages[1:])
    return jnp.concatenate([start[None], later])
