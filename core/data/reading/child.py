"""The limited process itself: takes orders as JSON lines on stdin, answers on the pipe whose number it is given."""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import replace
from pathlib import Path

ADDRESS_SPACE_FACTOR = (
    3  # virtual memory per byte of resident memory allowed: Arrow and malloc reserve more than they use
)
CPU_S = 1800


def main() -> None:
    """Serve until stdin closes."""
    pipe, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_FACTOR * memory, ADDRESS_SPACE_FACTOR * memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    from core.data.reading import limited, reader  # noqa: F401

    os.write(pipe, b"ready\n")
    for line in sys.stdin.buffer:
        answer = _answer(json.loads(line), pipe)
        _send(pipe, answer)


def _answer(order: dict, pipe: int) -> dict:
    from core.data.reading.limited import to_json
    from core.data.reading.model import Message, Reading, ReadingChoices, ReadingLimits
    from core.data.reading.reader import read

    try:
        last = [0.0]

        def progress(share: float) -> None:
            if share - last[0] >= 0.01:
                last[0] = share
                _send(pipe, {"progress": round(share, 3)})

        reading = read(
            Path(order["path"]), ReadingChoices(**order["choices"]), ReadingLimits(**order["limits"]), progress
        )
        table = reading.table
        if table is not None:
            if order["propose"]:
                from core.data.proposing import proposal

                reading = replace(reading, proposal=proposal(table))
            table.write_parquet(order["save"])
            reading = replace(reading, saved=order["save"], table=None)
        return to_json(reading)
    except MemoryError:
        text = "The file needs more memory than the limit. Load fewer rows or columns."
    except OSError as error:
        text = f"The table could not be written: {error.strerror or error}."
    except Exception as error:  # a fault of ours must not end the call for the other files, nor show a traceback
        text = (
            f"The file could not be read because of a fault in the reader ({type(error).__name__}). Please report it."
        )
    return to_json(Reading("refused", messages=(Message("refusal", text),)))


def _send(pipe: int, answer: dict) -> None:
    content = json.dumps(answer).encode("utf-8", "replace") + b"\n"
    while content:
        content = content[os.write(pipe, content) :]


if __name__ == "__main__":
    main()
