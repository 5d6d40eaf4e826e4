"""Published files: every one that NEURON accepts is read."""

import pytest

from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.source import decode
from tests.mechanisms.nmodl.corpora import accepted


@pytest.mark.slow
def test_published_files_parse() -> None:
    files = accepted()
    assert len(files) > 100
    for file in files:
        tree = parse(decode(file.path.read_bytes()), file.path.name, file.path.parent)
        assert tree.suffix, file
