"""Published files: every one that NEURON accepts is read."""

import pytest

from rheobase.mechanisms.nmodl import NmodlError
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.source import decode
from tests.mechanisms.nmodl.corpora import accepted


@pytest.mark.slow
def test_published_files_are_read() -> None:
    files = accepted()
    assert len(files) > 100
    refused = {}
    for file in files:
        try:
            tree = parse(decode(file.path.read_bytes()), file.path.name, file.path.parent)
        except NmodlError as error:
            refused[str(file)] = error
        else:
            assert tree.suffix, file
    # PatternStim keeps its spikes in structures of C.
    assert set(refused) <= {"neuron/pattern.mod"}
    assert all(error.line > 1 and error.hint for error in refused.values())
