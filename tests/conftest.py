"""What holds in every test."""

from typing import Any

import pytest
from altair.utils import core


@pytest.fixture(autouse=True)
def _encodings_are_given_as_channels(monkeypatch):
    """A chart has dozens of encodings, and given as text or as what `alt.value` makes, each costs 4 to 6 ms, a
    channel 0.03 (measured): Altair goes through all its classes to find out which one is meant."""
    wrapped = core._ChannelCache._wrap_in_channel

    def known(self: Any, given: Any, encoding: str) -> Any:
        assert not isinstance(given, str | dict), f"{encoding}={given!r}: give a channel, as alt.X or alt.XValue"
        return wrapped(self, given, encoding)

    monkeypatch.setattr(core._ChannelCache, "_wrap_in_channel", known)
