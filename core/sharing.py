"""A whole experiment as a piece of an address, and back: packed tightly, checked like every other experiment."""

import base64
import binascii
import json
import zlib

from core.experiment import Experiment, parse
from core.refusal import Problem, Refusal

LONGEST = 16_000
"""Letters of a link that are read (our choice: browsers and servers take no more)."""
MOST_BYTES = 200_000
"""Bytes that a link may unfold to (our choice: a drawing of 400 points takes a tenth)."""
_BROKEN = "this link holds no setting: it was cut off or changed on its way. Ask for it again"


def packed(experiment: Experiment) -> str:
    """The experiment in the letters of an address."""
    told = experiment.model_dump(mode="json")
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(text: str) -> Experiment:
    """The experiment in a link. Raises Refusal where there is none, or none that can be trained."""
    if len(text) > LONGEST:
        raise Refusal(Problem("setting", _BROKEN))
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unfolding = zlib.decompressobj()
        plain = unfolding.decompress(data, MOST_BYTES)
        tree = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise Refusal(Problem("setting", _BROKEN)) from None
    experiment, found = parse(tree)
    if experiment is None:
        raise Refusal(*found)
    if experiment.data.kind == "file":
        raise Refusal(Problem("data.kind", "files are read on the command line only: upload the table instead"))
    return experiment
