"""The command line: the same jobs without a browser. `python -m core --help` names them."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from core.refusal import Refusal
from core.store import LOCAL_OWNER, StoreError

Jobs = Any
"""What argparse adds sub-commands to; its type has no public name."""
Parsers = tuple[argparse.ArgumentParser, ...]
STOPPED = 130
"""What a shell expects of a program that Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done; 1: a run failed; 2: refused, with every problem named; 130: stopped by Ctrl-C."""
    from core.running import commands

    given = parser().parse_args(arguments)
    try:
        return int(getattr(commands, given.job.replace("-", "_"))(given))
    except Refusal as refusal:
        commands.name_problems(refusal)
    except StoreError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. What was recorded until then is kept: `python -m core runs` lists it.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return commands.REFUSED


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    top = argparse.ArgumentParser(prog="python -m core", description="Layerscope without a browser.")
    jobs = top.add_subparsers(dest="job", required=True, metavar="JOB")
    owned = [*_training(jobs), *_judging(jobs), *_kept(jobs), *_asked(jobs)]
    _others(jobs)
    for job in owned:
        job.add_argument("--owner", default=LOCAL_OWNER, help="whose runs (default: where nobody logs in)")
    return top


def _training(jobs: Jobs) -> Parsers:
    run = jobs.add_parser("run", help="train an experiment here; progress on stderr, id and summary as JSON on stdout")
    run.add_argument("experiment", help="a JSON file, or - for standard input")
    run.add_argument("--name", default="", help="how the run is called in lists")
    run.add_argument("--quiet", action="store_true", help="no progress on stderr")

    study = jobs.add_parser("study", help="train every arm of a study here; runs, scores and best losses as JSON")
    study.add_argument("study", help="a JSON file with name, experiment, arms or grid, seeds; or - for standard input")
    study.add_argument("--quiet", action="store_true", help="no progress on stderr")

    lessons = jobs.add_parser("lessons", help="run lessons: claim, measured values, condition and verdict of each")
    lessons.add_argument("--only", action="append", default=[], metavar="ID", help="this lesson; may be repeated")
    lessons.add_argument("--seed", type=int, default=0, help="of weights, order and split (default 0)")
    lessons.add_argument("--json", action="store_true", help="a list with all numbers instead of sentences")
    lessons.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return run, study, lessons


def _judging(jobs: Jobs) -> Parsers:
    diagnose = jobs.add_parser("diagnose", help="what is wrong with a run, where, since when, and what to try")
    diagnose.add_argument("run", help="a run's id, or its beginning")
    diagnose.add_argument("--json", action="store_true", help="a list of findings instead of sentences")

    treat = jobs.add_parser("treat", help="try remedies of a run one after another until nothing is wrong")
    treat.add_argument("run", help="a run's id, or its beginning")
    treat.add_argument("--trainings", type=int, default=8, help="most trainings that it may take")
    treat.add_argument("--json", action="store_true", help="the path as JSON instead of sentences")

    check = jobs.add_parser("check", help="what can be said of an experiment before it is trained")
    check.add_argument("experiment", help="a JSON file, or - for standard input")
    check.add_argument("--json", action="store_true", help="a list of findings instead of sentences")
    return diagnose, treat, check


def _kept(jobs: Jobs) -> Parsers:
    show = jobs.add_parser("show", help="all that is known about a run, as JSON")
    show.add_argument("run", help="a run's id, or its beginning")

    export = jobs.add_parser("export", help="what a run recorded, as a file")
    export.add_argument("run", help="a run's id, or its beginning")
    export.add_argument("--kind", required=True, help="epochs, steps, layers, units, histograms, outputs, rows, …")
    export.add_argument("--format", choices=("csv", "json", "parquet"), default="csv")
    export.add_argument("--output", help="file to write; standard output if left out")

    runs = jobs.add_parser("runs", help="the runs in the store, newest first")
    runs.add_argument("--limit", type=int, default=50)
    runs.add_argument("--json", action="store_true")
    return show, export, runs


def _asked(jobs: Jobs) -> Parsers:
    preview = jobs.add_parser("preview", help="one pass at initialisation: the gradient's path, as JSON")
    preview.add_argument("experiment", help="a JSON file, or - for standard input")

    rates = jobs.add_parser("rates", help="loss against a growing learning rate, and a rate to choose, as JSON")
    rates.add_argument("experiment", help="a JSON file, or - for standard input")
    return preview, rates


def _others(jobs: Jobs) -> None:
    jobs.add_parser("schema", help="the JSON Schema of an experiment")

    read = jobs.add_parser("read", help="read files as tables and say what was understood: a line of JSON each")
    read.add_argument("files", nargs="+")
    read.add_argument("--json", action="store_true", help="JSON (there is nothing else)")
    read.add_argument("--save", metavar="FOLDER", help="keep the tables there, as Parquet")

    runner = jobs.add_parser("runner", help="start the queued runs and answer previews, until told to end")
    runner.add_argument("--forever", action="store_true", help="stay also when nobody needs it: for a service")
    runner.add_argument("--handed", action="store_true", help=argparse.SUPPRESS)

    jobs.add_parser("settings", help="what may be set in the environment, with the values in force")


if __name__ == "__main__":
    sys.exit(main())
