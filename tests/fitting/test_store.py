"""The store: nothing is lost, and what goes on ends as if it had never stopped."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rheobase as rb
from tests.fitting.models import cheap_fit, passive_fit

_CHILD = """
import sys
sys.path.insert(0, {root!r})
import time
from tests.fitting.models import cheap_fit
def told(step):
    print(step.trials, flush=True)
    time.sleep(0.2)
cheap_fit().run({method!r}, budget={budget}, seed=5, store={store!r}, progress=told)
"""


@pytest.mark.parametrize(("method", "budget", "at"), [("levenberg_marquardt", 40, 3)])
def test_a_search_that_is_killed_goes_on_as_if_it_had_not_been(
    tmp_path: Path, method: str, budget: int, at: int
) -> None:
    whole = cheap_fit()
    unbroken = whole.run(method, budget=budget, seed=5, store=tmp_path / "whole.sqlite")
    store = tmp_path / "killed.sqlite"
    code = _CHILD.format(root=str(Path(__file__).parents[2]), method=method, budget=budget, store=str(store))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = 0
    while told < at:
        told = int(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    kept = int(sqlite3.connect(store).execute("select count(*) from trials").fetchone()[0])
    assert told <= kept
    assert kept < len(unbroken.history)
    fit = cheap_fit()
    best = fit.resume(store)
    np.testing.assert_array_equal(best.history.errors, unbroken.history.errors)
    assert best.parameters == unbroken.parameters
    tables = [
        pd.read_sql("select * from trials", sqlite3.connect(tmp_path / name)).drop(columns="seconds")
        for name in ("whole.sqlite", "killed.sqlite")
    ]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert {"trial", "batch", "error", "f.a", "f.tau", "note"} <= set(tables[0])
    assert rb.Fit.load(store) == fit


_AGAIN = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.fitting.models import passive_fit
def told(step):
    print(step.trials, flush=True)
fit, _ = passive_fit()
if Path({store!r}).exists():
    fit.resume({store!r}, progress=told)
else:
    fit.run("cma_es", budget={budget}, seed=5, store={store!r}, progress=told)
"""


@pytest.mark.slow
def test_a_search_that_is_killed_twenty_times_ends_like_one_that_was_not(tmp_path: Path) -> None:
    budget, batch = 2000, 6
    fit, _ = passive_fit()
    unbroken = fit.run("cma_es", budget=budget, seed=5)
    store = tmp_path / "killed.sqlite"
    code = _AGAIN.format(root=str(Path(__file__).parents[2]), store=str(store), budget=budget)
    delays = np.random.default_rng(0).uniform(0, 0.05, 20)
    for delay in delays:
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(delay)  # to anywhere in a generation
        os.kill(child.pid, signal.SIGKILL)
        told = [int(line) for line in child.stdout.read().split()[:-1]]
        child.wait()
        child.stdout.close()
        with sqlite3.connect(store) as held:
            kept = int(held.execute("select count(*) from trials").fetchone()[0])
        assert max(told, default=0) <= kept < budget
        assert kept % batch == 0  # whole generations
    best = fit.resume(store)
    np.testing.assert_array_equal(best.history.errors, unbroken.history.errors)
    assert best.parameters == unbroken.parameters


def _stop(fit: rb.Fit, _: object) -> None:
    fit.stop()


def test_stopping_after_each_batch_changes_nothing(tmp_path: Path) -> None:
    for method in ("praxis", "lbfgs", "adam", "multi_start"):
        fit, _ = passive_fit()
        unbroken = fit.run(method, budget=40, seed=2)
        store = tmp_path / f"{method}.sqlite"
        stop = partial(_stop, fit)
        fit.run(method, budget=40, seed=2, store=store, progress=stop)
        for _ in range(3):
            fit.resume(store, progress=stop)
        best = fit.resume(store)
        np.testing.assert_array_equal(best.history.errors, unbroken.history.errors, err_msg=method)


def test_a_budget_can_grow(tmp_path: Path) -> None:
    fit, _ = passive_fit()
    store = tmp_path / "fit.sqlite"
    fit.run("cma_es", budget=10, seed=1, store=store)
    best = fit.resume(store, budget=31)
    assert len(best.history) == 31
    whole = fit.run("cma_es", budget=31, seed=1)
    np.testing.assert_allclose(best.history.errors, whole.history.errors, rtol=1e-9)


def test_a_store_that_cannot_serve_says_so(tmp_path: Path) -> None:
    fit, _ = passive_fit()
    store = tmp_path / "fit.sqlite"
    fit.run("cma_es", budget=6, store=store)
    with pytest.raises(rb.StoreError, match=r"holds a run of 6 trials already: fit.resume\("):
        fit.run("cma_es", budget=6, store=store)
    fit.run("cma_es", budget=6, store=store, overwrite=True)
    fit.vary("g", high=2e-3)
    with pytest.raises(rb.StoreError, match="is of another fit than this"):
        fit.resume(store)
    fit.undo()
    (tmp_path / "noise.sqlite").write_bytes(os.urandom(4096))
    with pytest.raises(rb.StoreError, match="is no store of a fit, or is damaged"):
        fit.resume(tmp_path / "noise.sqlite")
    sqlite3.connect(tmp_path / "other.sqlite").execute("create table x (y)").connection.close()
    with pytest.raises(rb.StoreError, match="is a database, but no store of a fit"):
        fit.resume(tmp_path / "other.sqlite")
    with pytest.raises(FileNotFoundError, match="there is no store"):
        fit.resume(tmp_path / "none.sqlite")
    with pytest.raises(rb.StoreError, match="there is no folder"):
        fit.run(budget=6, store=tmp_path / "nowhere" / "fit.sqlite")
    head = bytearray(store.read_bytes())
    head[100:3000] = bytes(2900)
    (tmp_path / "broken.sqlite").write_bytes(head)
    with pytest.raises(rb.StoreError, match="damaged"):
        fit.resume(tmp_path / "broken.sqlite")


def test_a_lock_and_a_full_disk_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rheobase.fitting.store._PATIENCE", 0.1)
    fit, _ = passive_fit()
    store = tmp_path / "fit.sqlite"
    fit.run("cma_es", budget=6, store=store)
    other = sqlite3.connect(store)
    other.execute("begin exclusive")
    begun = time.perf_counter()
    with pytest.raises(rb.StoreError, match=r"is locked by another program; .* the 6 trials before are kept"):
        fit.resume(store, budget=12)
    assert time.perf_counter() - begun < 5
    other.close()
    pages = int(sqlite3.connect(store).execute("pragma page_count").fetchone()[0])
    connect = sqlite3.connect

    def small(*args: object, **options: object) -> sqlite3.Connection:
        made = connect(*args, **options)  # type: ignore[call-overload]
        made.execute(f"pragma max_page_count = {pages}")
        return made

    monkeypatch.setattr("rheobase.fitting.store.sqlite3.connect", small)
    with pytest.raises(rb.StoreError, match=r"the disk is full; make room, then fit.resume\(\) goes on"):
        fit.resume(store, budget=2000)
    monkeypatch.undo()
    assert len(fit.resume(store, budget=60).history) == 60
