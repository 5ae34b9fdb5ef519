"""Reading other people's delimited files: exactly, or not at all, and never silently wrong."""

from core.data.reading.model import Guess, Message, Reading, ReadingChoices, ReadingLimits

__all__ = ["Guess", "Message", "Reading", "ReadingChoices", "ReadingLimits", "LimitedReader", "read", "read_limited"]


def __getattr__(name: str):
    """Load the parser, and Arrow's kernels with it, when it is first asked for."""
    if name == "read":
        from core.data.reading.reader import read

        return read
    if name in ("read_limited", "LimitedReader"):
        from core.data.reading import limited

        return getattr(limited, name)
    raise AttributeError(name)
