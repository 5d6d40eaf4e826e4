import numpy as np
import pytest

from rheobase.analysis import rescaled, state_scales, steps_in_words, steps_of
from rheobase.simulate import Results
from rheobase.simulate.engine import Statistics

T = np.array([0.5, 1.0, 4.0])
TOLD = Statistics(
    steps=3,
    rejected=1,
    newton_iterations=1234,
    evaluations=9,
    t=T,
    order=np.array([1, 1, 2]),
    step_size=np.array([0.5, 0.5, 3.0]),
    largest={"v": 72.0, "hh.m": 0.98, "cai": 5e-5, "pool.b": 0.0, "x": 1e-3},
    error={"v": 1e-3, "hh.m": 2e-4, "cai": 2e-6, "pool.b": 0.0, "x": 0.0},
)


def run(statistics: Statistics | None, t: np.ndarray) -> Results:
    return Results(t, (), (), np.empty((0, len(t))), elapsed=1.5, statistics=statistics)


def test_scales_are_powers_of_ten_and_only_where_they_differ_from_one() -> None:
    assert rescaled(TOLD) == {"cai": 1e-4, "x": 1e-3}
    assert rescaled(TOLD, {"cai": 10.0, "pool.b": 0.1, "v": 1.0}) == {"cai": 1e-4, "x": 1e-3, "pool.b": 0.1}


def test_the_table_tells_what_was_allowed() -> None:
    found = state_scales(TOLD, 1e-3, 1e-2, {"cai": 1e-4})
    assert found["cai"].allowed == pytest.approx(1e-7 + 5e-7)
    assert found["v"].allowed == pytest.approx(1e-3 + 0.72)
    assert [(row.name, row.unit) for row in found.rows][:3] == [("v", "mV"), ("hh.m", ""), ("cai", "mM")]
    assert list(found.to_dataframe().index) == list(TOLD.largest)
    with pytest.raises(KeyError, match="no type of state 'nai'"):
        _ = found["nai"]


def test_each_sample_knows_the_step_that_led_to_it() -> None:
    lengths, orders = steps_of(run(TOLD, np.array([0.0, *T])))
    assert lengths.tolist() == [0.5, 0.5, 0.5, 3.0]
    assert orders.tolist() == [1, 1, 1, 2]
    lengths, orders = steps_of(run(None, np.array([0.0, 0.1, 0.2])), order=2)
    np.testing.assert_allclose(lengths, 0.1)
    assert orders.tolist() == [2, 2, 2]


def test_what_a_run_cost_is_told_in_words() -> None:
    told = steps_in_words(run(TOLD, T))
    assert told.startswith("3 steps, 0.5 to 3 ms long, of order up to 2; 1 rejected; 1,234 Newton iterations;")
    assert told.endswith("1.5 s in all")


def test_fixed_steps_between_samples_are_counted_too() -> None:
    results = run(None, np.array([0.0, 0.1, 0.2]))
    assert steps_in_words(results, every=4).startswith("8 steps of 0.025 ms")
    np.testing.assert_allclose(steps_of(results, every=4)[0], 0.025)
