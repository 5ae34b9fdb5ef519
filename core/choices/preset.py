"""What a preset is: an experiment with its story."""

from dataclasses import dataclass
from typing import Any

from core.experiment import Experiment


@dataclass(frozen=True)
class Preset:
    """An experiment with its story. symptom: what is wrong with it, the first and only cause that a diagnosis should
    name; None where it is healthy."""

    key: str
    title: str
    story: str
    symptom: str | None
    experiment: Experiment


def preset(key: str, title: str, story: str, symptom: str | None, **parts: Any) -> Preset:
    """A preset whose experiment has these parts, and the usual ones otherwise."""
    return Preset(key, title, story, symptom, Experiment(name=title, **parts))
