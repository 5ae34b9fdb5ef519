"""What the command line is given: files of JSON, and the experiments in them."""

import json
import sys
from pathlib import Path
from typing import Any

from core.experiment import Experiment, parse
from core.refusal import Problem, Refusal


def json_of(path: str, what: str) -> Any:
    """What a JSON file holds, or standard input for "-". Raises Refusal. what: how it is called in problems."""
    try:
        return json.loads(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(Problem("", f"the {what} cannot be read: {error.strerror or error}")) from None
    except ValueError as error:
        raise Refusal(Problem("", f"the {what} is not JSON: {error}")) from None


def experiment_of(path: str) -> Experiment:
    """The experiment in a JSON file. Raises Refusal with every problem."""
    tree = json_of(path, "experiment")
    experiment, problems = parse(tree)
    if experiment is None:
        raise Refusal(*problems, *_file_problems(tree))
    return experiment


def warn(text: str) -> None:
    """What was guessed or left out while the file was read is said also where a run goes on."""
    print(f"warning: {text}", file=sys.stderr)


def _file_problems(tree: Any) -> list[Problem]:
    """What is wrong with a data file's path, said beside what else is wrong."""
    data = tree.get("data") if isinstance(tree, dict) else None
    path = data.get("path") if isinstance(data, dict) and data.get("kind") == "file" else None
    if not isinstance(path, str) or Path(path).is_file():
        return []
    return [Problem("data.path", f"there is no file {path[:200]!r}: give the path of a CSV file")]
