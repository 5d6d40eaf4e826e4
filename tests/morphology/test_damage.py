"""Whatever happens to a good file: a located error, or a morphology that can be repaired, and undone exactly."""

import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings, strategies as st

import rheobase as rb
from rheobase.morphology import Morphology, MorphologyError, Samples, read_swc
from rheobase.morphology.problem import CODES
from rheobase.morphology.write import swc_text
from tests.morphology.damage import damaged

slowly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def assert_sound(samples: Samples) -> None:
    assert len(samples) > 0
    assert (samples.parent < np.arange(len(samples))).all()
    assert len(np.unique(samples.id)) == len(samples)
    assert np.isfinite(samples.xyz).all()
    assert (np.isfinite(samples.diam) & (samples.diam > 0)).all()
    assert np.array_equal(samples.xyz, samples.xyz.astype(np.float32))
    assert np.array_equal(samples.diam, samples.diam.astype(np.float32))


def opened(text: str) -> Morphology | None:
    try:
        return read_swc(text + "\n")
    except MorphologyError as refused:
        line = refused.line
    assert line is not None
    assert 1 <= line <= text.count("\n") + text.count("\r") + 2
    return None


def errors(morphology: Morphology) -> list[str]:
    return [str(p) for p in morphology.problems if p.severity == "error" and not p.repaired]


@slowly
@given(damaged())
@example("1 1 0 0 0 6 -1\n2 3 0 9 0 1 2\n3 3 0 19 0 1 2\n")
@example("1 1 0 0 0 6 3\n2 3 0 9 0 1 1\n3 3 0 19 0 1 2\n")
@example("1 1 1e6 1e6 0 1e-3 -1\n")
@example("1 1 0 0 0 6 -1\n1 0 0 0 0 6 -1\n2 2 -7 0 0 1 1\n3 1 -14 0 0 1 2\n4 2 -7 0 0 1 1\n5 2 -14 0 0 1 2\n")
@example("1 1 0 0 0 6 -1\n" * 2 + "1 1 3 3 3 6 1\n1 3 9 9 9 0 1\n")
def test_any_damage_is_a_located_error_or_can_be_repaired_and_undone(text: str) -> None:
    morphology = opened(text)
    assume(morphology is not None)
    assert morphology is not None
    samples, problems = morphology.samples, morphology.problems
    assert_sound(samples)
    for problem in problems:
        assert problem.code in CODES
        assert problem.repaired or problem.remedies or problem.severity != "error"
        if problem.sample is not None:
            assert problem.xyz == tuple(samples.xyz[problem.sample])
    if errors(morphology):
        with pytest.raises(MorphologyError) as refused:
            rb.Cell.from_morphology(morphology)
        first = next(p for p in problems if p.severity == "error" and not p.repaired)
        assert refused.value.line == first.line
        assert first.remedies[0].name in refused.value.hint
    morphology.repair_all(safe=False)
    assert not errors(morphology)
    assert_sound(morphology.samples)
    cell = rb.Cell.from_morphology(morphology)
    assert len(cell.sections) == len(morphology.sections)
    repaired, told = morphology.samples, morphology.problems
    if morphology.undo() is None:
        assert repaired is samples
        return
    assert morphology.samples is samples
    assert morphology.problems == problems
    assert morphology.undo() is None
    morphology.redo()
    assert morphology.samples is repaired
    assert morphology.problems == told


@slowly
@given(damaged())
@example("1 1 0 0 0 6 -1\n4 2 -14 0 0 1 2\n5 2 -19 0 0 1 2\n6 2 -24 0 0 1 3\n7 1 -24 0 0 1 4\n")
def test_every_remedy_that_is_offered_can_be_taken_and_settles_its_problem(text: str) -> None:
    morphology = opened(text)
    assume(morphology is not None)
    assert morphology is not None
    for problem in [p for p in morphology.problems if p.open][:6]:
        for remedy in problem.remedies:
            after = morphology.preview(problem.code, remedy.name, line=problem.line)
            assert_sound(after.samples)
            left = [p for p in after.problems if p.open and p.code == problem.code and p.line == problem.line]
            assert len(left) < sum(
                p.open and p.code == problem.code and p.line == problem.line for p in morphology.problems
            )


@slowly
@given(damaged(), st.data())
def test_edits_by_hand_keep_a_sound_forest_and_undo_exactly(text: str, data: st.DataObject) -> None:
    morphology = opened(text)
    assume(morphology is not None)
    assert morphology is not None
    seen = [(morphology.samples, morphology.problems)]
    for _ in range(data.draw(st.integers(1, 5))):
        count = len(morphology.samples)
        k, other = (data.draw(st.integers(0, count - 1)) for _ in range(2))
        before = len(morphology.history.done)
        try:
            match data.draw(st.sampled_from(["shift", "average", "median", "attach", "remove", "type", "diam"])):
                case "shift":
                    morphology.shift_subtree(k, 7.5)
                case "average":
                    morphology.average_with_neighbours(k)
                case "median":
                    morphology.median_z(window=data.draw(st.sampled_from([3, 5, 9])))
                case "attach":
                    morphology.reattach(k, other)
                case "remove":
                    morphology.remove_subtree(k)
                case "type":
                    morphology.set_type(k, data.draw(st.integers(0, 7)), subtree=data.draw(st.booleans()))
                case "diam":
                    morphology.set_diam(k, data.draw(st.sampled_from([0.5, 3, 0, -1])))
        except ValueError:
            assert len(morphology.history.done) == before
        assert_sound(morphology.samples)
        assert len(morphology.history.done) - before in (0, 1)
        if len(morphology.history.done) > before:
            seen.append((morphology.samples, morphology.problems))
    for samples, problems in reversed(seen[:-1]):
        morphology.undo()
        assert morphology.samples is samples
        assert morphology.problems == problems


@slowly
@given(damaged(), st.integers(0, 99), st.integers(0, 99))
def test_what_was_repaired_and_moved_is_saved_as_it_is(text: str, sample: int, parent: int) -> None:
    morphology = opened(text)
    assume(morphology is not None)
    assert morphology is not None
    morphology.repair_all(safe=False)
    count = len(morphology.samples)
    with contextlib.suppress(ValueError):
        morphology.reattach(sample % count, parent % count)
    again = read_swc(swc_text(morphology))
    for column in ("type", "xyz", "diam", "parent"):  # ids out of order are numbered anew
        assert np.array_equal(getattr(again.samples, column), getattr(morphology.samples, column))
    assert again.sections == morphology.sections
