from __future__ import annotations

import pytest
from forked import ForkedReader

from safemigrate.history import reader


@pytest.fixture(autouse=True)
def _quick_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_Child", ForkedReader)
