"""Evolution along the front of the parts of the error."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import rheobase as rb


def disagreeing() -> rb.Fit:
    """Schaffer's problem, in two parameters: the front is where a goes from 0 to 2 and b is 1."""
    fit = rb.Fit(name="schaffer")
    fit.add_function("low", "a + 0 * x", [0], [0], bounds={"a": (-10, 10)}, start={"a": 8})
    fit.vary("low.a", name="a")
    fit.add_formula("high", "a", target=2)
    fit.add_function("other", "b + 0 * x", [0], [1], bounds={"b": (-10, 10)}, start={"b": -6})
    return fit


def test_the_front_is_found_and_kept(tmp_path: Path) -> None:
    fit = disagreeing()
    store = tmp_path / "front.sqlite"
    whole = fit.run("nsga2", budget=800, seed=3, store=tmp_path / "whole.sqlite", population=20)
    front = whole.history.front("low", "high")
    frame = front.to_dataframe()
    assert len(front) > 30
    assert frame["a"].between(-0.01, 2.01).all()
    # On the true front the roots of both parts sum to 2.
    np.testing.assert_allclose(np.sqrt(frame["error of low"]) + np.sqrt(frame["error of high"]), 2, atol=0.02)
    assert np.diff(np.sort(frame["a"])).max() < 0.4
    assert set(whole.front.parts) == set(fit.compiled().labels)

    def stop(at: int, step: object) -> None:
        if getattr(step, "trials", 0) >= at:
            fit.stop()

    fit.run("nsga2", budget=800, seed=3, store=store, population=20, progress=partial(stop, 200))
    again = fit.resume(store)
    np.testing.assert_array_equal(again.history.errors, whole.history.errors)
    np.testing.assert_array_equal(again.front.trials, whole.front.trials)


def test_one_part_has_no_front() -> None:
    fit = rb.Fit()
    fit.add_function("f", "line", [0, 1, 2], [0, 1, 2])
    with pytest.raises(ValueError, match="sets parts of the error against each other, and this fit has one"):
        fit.run("nsga2")
