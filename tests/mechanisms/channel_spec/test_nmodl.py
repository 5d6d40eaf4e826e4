"""Channels as NMODL: what the text says, and the currents that live NEURON makes of it."""

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.fresh_process import in_fresh_process
from tests.mechanisms.channel_spec.channels import channel, pair, potassium, sodium, three_states
from tests.mechanisms.channel_spec.neuron_channel import clamp_in_neuron

LEVELS = [(5, -70), (10, 0), (10, -40)]


def formulas() -> rb.ChannelSpec:
    """Every function of the language, and every sign."""
    text = "1 / (1 + exp(-(v - half) / max(s, 2, 3))) ** 2 - 0 * min(1, abs(v)) * heaviside(-v) + -0.0 * tanh(v)"
    x = channel.Gate("x", inf=channel.Formula(text, {"half": -30, "s": 9}), tau=channel.Formula("2 ** 0.5 ** 2 + 1"))
    y = channel.Gate(
        "y",
        2,
        alpha=channel.Formula("0.3 * exprelr((d - v) / 10) + pow(2, -3) / 2 - (1 - (v - v))/16", {"d": -40}),
        beta=channel.Formula("log10(100) / (2 + sqrt(4) + log(exp(1)) + cos(0) + sin(0))"),
        q10=2.3,
    )
    return rb.ChannelSpec("formulas", ion="k", gates=[x, y])


def bound() -> rb.ChannelSpec:
    """A GHK current with ligands in particles and in a scheme, and an ion of its own."""
    gates = [
        channel.Gate("p", kinetics=channel.BorgGraham(K=0.3, vhalf=-20, z=2.5, gamma=0.3, tau0=0.2), q10=3),
        channel.Gate("a", 2, inf=channel.Sigmoid(1, 0.1, -30), tau=channel.Constant(2), ligand="ca.inside"),
        channel.Gate("b", alpha=channel.Constant(5e5), beta=channel.Constant(0.1), ligand="ca.inside", coefficient=2),
        channel.Gate(
            "s",
            states=[channel.State("C0"), channel.State("C1", 0.2), channel.State("O1", 1)],
            transitions=[
                channel.Transition("C0", "C1", pair(channel.Constant(3), channel.Constant(0.2), ligand="glu.outside")),
                channel.Transition(
                    "C1", "O1", channel.BorgGraham(K=1, vhalf=-10, z=1, ligand="ca.inside", coefficient=1)
                ),
            ],
        ),
    ]
    return rb.ChannelSpec("bound", ion="ca", current="ghk", gmax=1e-3, gates=gates)


def tables() -> rb.ChannelSpec:
    v = np.linspace(-90, 20, 23)
    t = channel.Gate("w", 3, inf=channel.Table(v, 1 / (1 + np.exp(-(v + 35) / 8))), tau=channel.Table([-60, 0], [4, 1]))
    return rb.ChannelSpec("tables", e=-20, gates=[t])


CASES = {
    "sodium": sodium(),
    "potassium": potassium(),
    "ring": three_states(),
    "point": three_states(kind="point", ion=None, e=-10).copy("pring"),
    "point ghk": bound().copy("pbound"),
    "bound": bound(),
    "formulas": formulas(),
    "tables": tables(),
    "leak": rb.ChannelSpec("openleak", e=-65, gmax=1e-4),
}
CASES["point ghk"].put_field("kind", "point")
CASES["point ghk"].put_field("gmax", 1e-9)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All cases, compiled by NEURON."""
    folder = tmp_path_factory.mktemp("mod")
    for spec in CASES.values():
        (folder / f"{spec.name}.mod").write_text(spec.to_nmodl(), encoding="utf-8")
    compiler = Path(sysconfig.get_path("scripts")) / "nrnivmodl"
    done = subprocess.run([compiler, "."], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(next(folder.glob("*/libnrnmech.so")))


@pytest.mark.neuron
@pytest.mark.slow
@pytest.mark.parametrize("celsius", [6.3, 30.0])
@pytest.mark.parametrize("case", CASES)
def test_neuron_makes_the_same_current_of_the_text(case: str, celsius: float, library: str) -> None:
    spec = CASES[case]
    name = f"i{spec.ion or ''}"
    described: dict[str, Any] = {
        "name": spec.name,
        "kind": spec.kind,
        "current": name,
        "celsius": celsius,
        "levels": LEVELS,
        "concentrations": {"cai": 2e-3, "gluo": 0.5} if "bound" in spec.name else {},
    }
    i, v = map(np.array, in_fresh_process(clamp_in_neuron, library, described))
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    if spec.kind == "density":
        cell["soma"].insert(spec)
        wanted = soma(0.5)[f"{spec.name}.{name}"]
    else:
        wanted = cell.place(spec(), soma(0.5))[name]
    if "bound" in spec.name:
        cell.set_ion("ca", inside=2e-3)
        cell.set_ion("glu", outside=0.5)
    steps = {
        f"{what}{k}": x for k, level in enumerate(LEVELS, 1) for what, x in zip(("dur", "amp"), level, strict=True)
    }
    cell.place(rb.SEClamp(rs=1e-3, **steps), soma(0.5))
    found = rb.run(cell, tstop=25, v_init=-70, celsius=celsius, record=[wanted, soma(0.5).v])
    np.testing.assert_allclose(found.values[1], v, atol=1e-5)
    # NEURON tells the current at the start of a step, from the states before it and the voltage then.
    ours, theirs = found.values[0][:-1], i[1:]
    np.testing.assert_allclose(ours, theirs, atol=1e-6 * np.abs(theirs).max())


def test_the_text_is_loaded_back_to_the_same_currents() -> None:
    for spec in (sodium(), three_states(), formulas(), tables()):
        assert f"SUFFIX {spec.name}" in spec.to_nmodl()
        assert max(map(len, spec.to_nmodl().splitlines())) < 400
