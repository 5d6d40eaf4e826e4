"""Features by eFEL: of traces whose features are known, and the same of an uneven trace."""

import builtins
from typing import Any

import efel
import numpy as np
import pytest

import rheobase as rb
from tests.analysis.cells import axon_patch, bag, resistance


def test_of_a_passive_step_they_are_its_own_numbers() -> None:
    cell, soma = bag()
    cell.place(rb.IClamp(50, 200, -0.01), soma(0.5))
    results = rb.run(cell, tstop=300, dt=0.05, record=soma(0.5).v)
    names = ["voltage_base", "steady_state_voltage_stimend", "ohmic_input_resistance", "spike_count", "all_ISI_values"]
    found = rb.features(results, names=names, stim_start=50, stim_end=250, current=-0.01)
    assert found.mean("voltage_base") == pytest.approx(-65, abs=1e-9)
    assert found.mean("ohmic_input_resistance") == pytest.approx(resistance(cell), rel=1e-4)
    assert found.units["ohmic_input_resistance"] == "megohm"
    assert found.mean("spike_count") == 0
    assert found["all_ISI_values"] is None
    assert list(found.to_dataframe().index) == names
    assert len(found.figure().data) == 2


def test_an_uneven_trace_is_interpolated_first() -> None:
    cell, soma = axon_patch()
    cell.place(rb.IClamp(5, 40, 0.3), soma(0.5))
    results = rb.run(cell, tstop=60, record=soma(0.5).v)
    even = rb.features(results, stim_start=5, stim_end=45)
    # Dense where the voltage moves, sparse elsewhere, as the steps of an adaptive run are.
    v = results.values[0]
    kept = np.flatnonzero((np.abs(np.gradient(v)) > 0.01) | (np.arange(len(v)) % 5 == 0))
    uneven = rb.features(v[kept], t=results.t[kept], stim_start=5, stim_end=45)
    assert even.mean("spike_count") == len(rb.spikes(results)[0])
    for name in ("spike_count", "AP_amplitude", "AP_duration_half_width", "ISI_CV", "AHP_depth_abs"):
        assert uneven.mean(name) == pytest.approx(even.mean(name), rel=1e-3)


def test_settings_of_the_library_are_left_as_they_were() -> None:
    before = dict(vars(efel.get_settings()))
    rb.features([-70.0] * 50 + [20.0] * 5 + [-70.0] * 50, t=np.arange(105.0), names="spike_count", threshold=0.0)
    assert dict(vars(efel.get_settings())) == before


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    trace: dict[str, Any] = {"source": np.zeros(10), "t": np.arange(10.0)}
    with pytest.raises(KeyError, match="spike_count"):
        rb.features(**trace, names=["spike_cout"])
    with pytest.raises(ValueError, match="stimulus must lie within the trace, from 0 to 9 ms"):
        rb.features(**trace, stim_start=5, stim_end=50)
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name == "efel":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match="pip install efel"):
        rb.features(**trace)
