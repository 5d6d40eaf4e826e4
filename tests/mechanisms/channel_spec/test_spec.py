"""The document of a channel: what it refuses, its edits, its data."""

import json
import pickle
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import channel_spec as channel
from rheobase.mechanisms.channel_spec.forms import Form

Gate: Any = channel.Gate
Linoid: Any = channel.Linoid
Exponential: Any = channel.Exponential
Constant: Any = channel.Constant
Formula: Any = channel.Formula
Table: Any = channel.Table
AlphaBeta: Any = channel.AlphaBeta
State: Any = channel.State
Transition: Any = channel.Transition


def potassium() -> rb.ChannelSpec:
    n = Gate("n", 4, alpha=Linoid(0.1, 0.1, -55), beta=Exponential(0.125, -1 / 80, -65), q10=3)
    return rb.ChannelSpec("kdr", ion="k", gmax=0.036, gates=[n])


def three_states() -> rb.ChannelSpec:
    scheme = Gate(
        "s",
        states=[State("C1"), State("C2", x=1), State("O", 1.0, 2, 0)],
        transitions=[
            Transition("C1", "C2", AlphaBeta(Exponential(0.5, 0.03, -20), Exponential(0.3, -0.02, -20))),
            Transition("C2", "O", AlphaBeta(Constant(2), Constant(1), ligand="ca.inside", coefficient=2)),
        ],
    )
    every = [
        scheme,
        Gate("b", kinetics=channel.BorgGraham(K=0.2, vhalf=-30, z=3, gamma=0.4, tau0=0.1)),
        Gate("f", 2, inf=Formula("1 / (1 + exp(-(v - half) / 9))", {"half": -30}), tau=Table([-80, 0], [5, 1])),
    ]
    return rb.ChannelSpec("every", current="ghk", ion="ca", gmax=1e-5, gates=every)


@pytest.mark.parametrize("make", [potassium, three_states])
def test_data_and_pickles_give_an_equal_spec(make: Any) -> None:
    spec = make()
    assert rb.ChannelSpec.from_json(json.dumps(spec.to_data())) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301  # made just now
    assert spec.copy() == spec
    assert spec.copy("other") != spec


def test_a_number_is_set_by_its_parameters_name_and_undone() -> None:
    spec, heard = potassium(), list[Any]()
    spec.observe(heard.append)
    for d in (-50, -45, -40):
        spec.set("n_alpha_d", d, coalesce="drag", origin="slider")
    assert [(c.path, c.origin) for c in heard] == [(("gates", "n"), "slider")] * 3
    assert spec.value("n_alpha_d") == spec["n"].kinetics.alpha.d == -40
    assert spec.undo() == "Set n_alpha_d"
    assert spec == potassium()
    spec.redo()
    assert spec.value("n_alpha_d") == -40
    spec.set("gbar", "50 mS/cm2")
    assert spec.gmax == 0.05
    spec.name = "other"
    assert spec.name == "other"


def test_every_number_is_a_parameter_that_can_be_set() -> None:
    for make in (potassium, three_states):
        spec = make()
        for parameter in spec.parameters:
            value = 0.5 * parameter.default if parameter.default else 0.25
            spec.set(parameter.name, value)
            assert spec.value(parameter.name) == value
            assert spec.channel.structure == make().channel.structure


def test_structure_differs_where_a_program_does() -> None:
    spec = three_states()
    before = spec.channel.structure
    spec.move_state("s", "O", 5, 5)
    assert spec.channel.structure == before
    spec.add_state("s", State("I"))
    assert spec.channel.structure != before


def test_a_scheme_is_drawn_by_edits() -> None:
    spec = three_states()
    spec.add_state("s", State("I", x=3))
    spec.add_transition("s", Transition("O", "I", AlphaBeta(Constant(0.1), Constant(0.01))))
    spec.rename_state("s", "I", "D")
    assert [t.name for t in spec["s"].kinetics.transitions] == ["C1_C2", "C2_O", "O_D"]
    spec.set_kinetics("s", AlphaBeta(Constant(3), Constant(4)), transition="O_D")
    assert spec.value("O_D_beta_A") == 4
    spec.remove_state("s", "D")
    for _ in range(5):
        spec.undo()
    assert spec == three_states()


def test_a_snapshot_refuses_edits() -> None:
    spec = potassium()
    frozen = spec.freeze()
    with pytest.raises(RuntimeError, match="frozen snapshot of channel 'kdr'"):
        frozen.set("gbar", 1)
    spec.set("gbar", 1)
    assert frozen.gmax == 0.036


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: rb.ChannelSpec("2x"), "cannot name a channel"),
        (lambda: rb.ChannelSpec("x", kind="area"), "must be 'density' or 'point'"),  # type: ignore[arg-type]
        (lambda: rb.ChannelSpec("x", current="ghk"), "needs the ion"),
        (lambda: rb.ChannelSpec("x", current="ghk", ion="cl"), "needs its valence"),
        (lambda: rb.ChannelSpec("x", ion="ca", valence=1), "the valence of ca is 2"),
        (lambda: rb.ChannelSpec("x", gmax=-1), "gmax = -1: must be from 0"),
        (lambda: rb.ChannelSpec("x", single_channels=True), "kind='point'"),
        (lambda: rb.ChannelSpec("x", gates=[*potassium().gates, *potassium().gates]), "'n' of gate 'n' is also"),
        (lambda: Gate("v", alpha=Constant(1), beta=Constant(1)), "meaning of its own"),
        (lambda: Gate("n", 0, alpha=Constant(1), beta=Constant(1)), "power = 0: must be a whole number from 1"),
        (lambda: Gate("n", 2, states=[State("C")]), "has no power"),
        (lambda: Gate("n", states=[State("C"), State("C")]), "two states 'C'"),
        (
            lambda: Gate(
                "n", states=[State("C")], transitions=[Transition("C", "O", AlphaBeta(Constant(1), Constant(1)))]
            ),
            "no state",
        ),
        (lambda: AlphaBeta(Constant(1), Constant(1), ligand="ca"), "'ca.inside'"),
        (lambda: Formula("a * v"), "may use v, celsius and constants"),
        (lambda: Formula("v +"), "not a formula"),
        (lambda: Table([0, 0], [1, 2]), "must increase"),
        (lambda: Table([0, 1], [1, 2, 3]), "as many values"),
        (lambda: Exponential(1, "3 nA", 0), "another dimension"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "x"}, "is no channel"),
        ({"version": 99}, "update Rheobase"),
        ({"gates": {}}, "must be a list"),
        ({"gates": [{"name": "m"}]}, r"gates\[0\]: must be an object"),
        ({"gates": [{"name": "m", "kinetics": {"form": "x"}}]}, "no form of kinetics"),
        ({"gates": [{"name": "m", "kinetics": {"form": "alpha_beta", "alpha": {"form": "x"}}}]}, "no form of a rate"),
        ({"extra": 1}, "extra"),
    ],
)
def test_data_that_cannot_be_is_refused(change: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        rb.ChannelSpec.from_data(potassium().to_data() | change)


@pytest.mark.parametrize(
    ("form", "at", "expected"),
    [
        (Constant(3), 12.0, 3.0),
        (Exponential(2, 0.1, -40), -30.0, 2 * np.e),
        (Linoid(1, 0.1, -40), -40.0, 1.0),
        (Linoid(1, 0.1, -40), -40 + 1e-9, 1 + 5e-11),
        (Linoid(2, -0.1, -40), -30.0, -2 / (1 - np.e)),
        (channel.Sigmoid(A=1, k=0.1, d=-40), -30.0, 1 / (1 + np.exp(-1))),
        (Formula("2 * v + a", {"a": 1}), 3.0, 7.0),
        (Table([-80, -40, 0], [0, 1, 5]), -20.0, 3.0),
        (Table([-80, -40, 0], [0, 1, 5]), 50.0, 5.0),
    ],
)
def test_forms_have_the_values_of_their_formulas(form: Form, at: float, expected: float) -> None:
    assert form(at) == pytest.approx(expected, rel=1e-12)
