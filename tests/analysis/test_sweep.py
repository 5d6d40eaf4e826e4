"""Sweeps over combinations of parameters."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Cancelled
from rheobase.simulate.elsewhere import scattered
from tests.analysis.cells import bag


def swept() -> tuple[rb.Simulation, Any]:
    cell, soma = bag()
    cell.place(rb.IClamp(delay=1, dur=5, amp=0.01), soma(0.5), name="ic")
    return rb.Simulation(cell, tstop=5, record=[soma(0.5).v]), soma


def test_every_combination_is_run_and_lies_where_its_coordinates_say() -> None:
    sim, soma = swept()
    found = rb.sweep(sim, {"soma.pas.g": [1e-4, 2e-4, 4e-4], "ic.amp": [0.0, 0.02]})
    cube = found.to_xarray()["soma(0.5).v"]
    for g in (1e-4, 4e-4):
        for amp in (0.0, 0.02):
            alone = sim.varied({"soma.pas.g": g, "ic.amp": amp}).run()
            np.testing.assert_allclose(cube.sel({"soma.pas.g": g, "ic.amp": amp}), alone[soma(0.5).v], atol=1e-9)
    assert cube.coords["ic.amp"].attrs["units"] == "nA"
    family = found.family("soma.pas.g", amp=1)
    np.testing.assert_array_equal(family.runs[2].values, found.results(2, 1).values)
    assert len(found.to_dataframe()) == 6 * 201


def test_an_executor_gives_the_same_and_survives_a_worker() -> None:
    sim, _ = swept()
    values = {"soma.pas.g": np.geomspace(1e-5, 1e-3, 9), "ic.amp": np.linspace(0, 0.05, 10)}
    told: list[float] = []
    with ThreadPoolExecutor(2) as executor:
        there = rb.sweep(sim, values, executor=executor, progress=told.append)
        np.testing.assert_array_equal(there.values, rb.sweep(sim, values).values)
        assert told[-1] == 1
        with pytest.raises(Cancelled):
            rb.sweep(sim, values, executor=executor, cancelled=lambda: True)
        deaths = iter([True, False])

        class KilledWorker(Exception):
            pass

        def fragile(number: int) -> int:
            if number == 1 and next(deaths):
                raise KilledWorker
            return number * number

        assert scattered(executor, fragile, [(0,), (1,), (2,)]) == [0, 1, 4]


def test_what_cannot_be_swept_is_refused() -> None:
    sim, _ = swept()
    with pytest.raises(KeyError, match=r"no parameter 'soma.pas.gg'; did you mean 'soma.pas.g'"):
        rb.sweep(sim, {"soma.pas.gg": [1]})
    with pytest.raises(ValueError, match="all of them finite"):
        rb.sweep(sim, {"soma.pas.g": [np.nan]})
    with pytest.raises(ValueError, match="GB; sample less often"):
        rb.sweep(sim, {"soma.pas.g": np.linspace(1e-5, 1e-3, 2000), "ic.amp": np.linspace(0, 1, 2000)})
