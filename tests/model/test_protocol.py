from __future__ import annotations

from typing import Any

import pytest

import rheobase as rb
from rheobase.model.protocol_data import protocol_data, protocol_of
from tests.model.cells import SAID, ball_and_stick

HERE = rb.Location("soma", 0.5)


def test_a_protocol_is_frozen_and_equal_by_content() -> None:
    first = rb.Protocol(stimuli=[(HERE, rb.IClamp(5, 80, 0.3))], record=[HERE.v], tstop="0.1 s")
    assert first == rb.Protocol(stimuli=((HERE, rb.IClamp(5, 80, 0.3)),), record=HERE.v)
    assert hash(first) == hash(first.replace())
    assert first.replace(tstop=50).tstop == 50
    assert first != first.replace(dt=0.1)
    with pytest.raises(ValueError, match="frozen"):
        first.dt = 1  # type: ignore[misc]


def test_stimuli_are_named_on_from_the_cells_own() -> None:
    cell, soma, _ = ball_and_stick()
    cell.place(rb.IClamp(), soma(0))
    protocol = rb.Protocol(stimuli=[(soma(1), rb.IClamp()), (soma(1), rb.SEClamp()), (soma(1), rb.IClamp())])
    names = [placement.name for placement in protocol.placements(cell.document.placements)]
    assert names == ["IClamp[1]", "SEClamp[0]", "IClamp[2]"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"tstop": 0}, "tstop = 0 ms: must be greater than 0"),
        ({"dt": -0.1}, "dt = -0.1 ms: must be greater than 0"),
        ({"tstop": float("inf")}, "tstop = inf"),
        ({"tstop": True}, "tstop = True"),
        ({"v_init": "3 nA"}, "v_init = '3 nA'"),
        ({"celsius": -300}, "celsius = -300 degC: must be above absolute zero"),
        ({"method": "implicit euler"}, "must be the name of an integrator"),
        ({"method": 3}, "must be the name of an integrator"),
        ({"record": [3]}, "record[0] = 3"),
        ({"record": 3}, "record = 3: must be a list"),
        ({"record": "soma"}, "record = 'soma': must be a list"),
        ({"stimuli": [HERE]}, "must be a pair"),
        ({"stimuli": [(rb.IClamp(), HERE)]}, "must be a place and a point process"),
        ({"tstopp": 3}, "unexpected keyword argument 'tstopp'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(SAID) as refusal:
        rb.Protocol(**arguments)
    assert said in str(refusal.value)


def test_tolerances_are_kept_where_they_differ() -> None:
    usual, fine = rb.Protocol(), rb.Protocol(atol=1e-6, rtol=1e-4, atol_scale={"v": 10, "cai": 1e-4})
    assert not {"atol", "rtol", "atol_scale"} & protocol_data(usual).keys()
    assert protocol_of(protocol_data(fine)) == fine
    assert fine.atol_scale == (("cai", 1e-4), ("v", 10.0))
    for scale in ({"cai": 0}, {3: 1.0}, "cai", 5):
        with pytest.raises(SAID, match="atol_scale"):
            usual.replace(atol_scale=scale)
    assert protocol_of(protocol_data(usual)) == usual


@pytest.mark.parametrize(
    ("given", "words"),
    [({"atol": 0}, "atol = 0: must be greater than 0"), ({"rtol": 1}, "rtol = 1: must be from 0 to less than 1")],
)
def test_tolerances_out_of_limits_are_refused(given: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rb.Protocol(**given)  # type: ignore[arg-type]
