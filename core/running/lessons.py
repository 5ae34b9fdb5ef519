"""Lessons run from the command line, one after the other: each is a study, trained like any other and then judged."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from core.lessons.lesson import Lesson, Outcome, new_study_id
from core.running.following import Tell
from core.running.recorded import recorded
from core.running.study import train_arms
from core.settings import Settings
from core.store import Store


def run_lessons(
    lessons: Sequence[Lesson], store: Store, owner: str, chosen: Settings, seed: int = 0, tell: Tell | None = None
) -> Iterator[dict[str, Any]]:
    """Train and judge each lesson; gives what came of it as JSON. Raises Refusal where an arm cannot be trained. tell:
    hears how far the runs of the lesson at hand are; with it, each lesson's claim is said on stderr."""
    for number, lesson in enumerate(lessons, 1):
        if tell is not None:
            print(f"lesson {number} of {len(lessons)}: {lesson.claim}", file=sys.stderr, flush=True)
        began = time.monotonic()
        trained = train_arms(lesson.with_seed(seed), store, owner, chosen, tell, new_study_id(lesson.id))
        runs = {arm["label"]: store.run(arm["run"], owner) for arm in trained["arms"]}
        outcome = lesson.judged({label: recorded(store, run) for label, run in runs.items() if run is not None})
        yield {**_told(lesson, outcome), "seed": seed, "seconds": round(time.monotonic() - began, 1), **trained}


def _told(lesson: Lesson, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": lesson.id,
        "claim": lesson.claim,
        "source": lesson.source,
        "measured": [
            {"says": check.says, "values": list(check.values), "wanted": check.wanted, "holds": list(check.holds)}
            for check in outcome.checks
        ],
        "condition": outcome.condition,
        "verdict": outcome.verdict,
        "sentence": outcome.sentence,
    }
