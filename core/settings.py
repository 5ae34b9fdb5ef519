"""What whoever runs an installation may set, read from LAYERSCOPE_* environment variables; defaults suit a laptop."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.problems import sentence
from core.refusal import Problem, Refusal

PREFIX = "LAYERSCOPE_"


def _processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _setting(default: Any, unit: str, help_: str, **bounds: Any) -> Any:
    return Field(default, description=help_, json_schema_extra={"unit": unit}, **bounds)


class Settings(BaseModel):
    """Where things are kept and how much one installation, person or run may use."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    home: Path = _setting(Path(".layerscope"), "folder", "Folder of the store and the logs, kept private (0700)")
    store: str = _setting("", "URL", "Store: sqlite:///… or postgresql+psycopg://…; empty is a file in the home folder")

    upload_bytes: int = _setting(200_000_000, "bytes", "Largest file that may be read", ge=1_000, le=2_000_000_000)
    rows: int = _setting(200_000, "rows", "Most rows of a table", ge=10, le=100_000_000)
    columns: int = _setting(2_000, "columns", "Most columns of a table", ge=2, le=100_000)
    features: int = _setting(10_000, "numbers", "Most numbers per row after preparation", ge=1, le=1_000_000)
    tables: int = _setting(50, "tables", "Most tables that one person keeps", ge=1, le=100_000)

    parameters: int = _setting(
        20_000_000, "parameters", "Most parameters of a run, all seeds together", ge=1_000, le=100_000_000_000
    )
    memory_mib: int = _setting(4_096, "MiB", "Most memory a run may need by estimate", ge=256, le=16_000_000)
    hard_memory_mib: int | None = _setting(
        None, "MiB", "Address space at which a worker process is cut off; empty: no cut", ge=512, le=16_000_000
    )
    epochs: int = _setting(20_000, "epochs", "Most epochs of a run", ge=1, le=1_000_000)
    replicas: int = _setting(50, "seeds", "Most seeds of a run", ge=1, le=100)
    wall_seconds: float = _setting(3_600.0, "seconds", "Longest a run may take", gt=0, le=31_536_000)

    patience_seconds: float = _setting(
        120.0, "seconds", "How long a run goes on while its record cannot be stored (full disk, lock)", ge=1, le=86_400
    )

    concurrent_runs: int = _setting(_processors(), "runs", "Most runs at the same time", ge=1, le=1_024)
    waiting_runs: int = _setting(100, "runs", "Most runs that one person may have waiting", ge=1, le=100_000)
    kept_runs: int = _setting(5_000, "runs", "Most runs that one person keeps", ge=1, le=1_000_000)
    niceness: int = _setting(10, "levels", "How far workers step back for other programs", ge=0, le=19)

    preview_seconds: float = _setting(10.0, "seconds", "Longest a preview may take", gt=0, le=600)
    login: bool = _setting(False, "yes or no", "People log in (through st.login) and see only what is theirs")
    start_runner: bool = _setting(True, "yes or no", "The dashboard starts a runner itself when none is alive")
    idle_seconds: float = _setting(
        900.0, "seconds", "A runner ends itself after so long without work or dashboard; 0: never", ge=0, le=31_536_000
    )


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in force. Raises Refusal that names every variable with a wrong value.

    Names that are no setting are left alone: they may belong to another part of a deployment."""
    env = os.environ if environment is None else environment
    given = {name: env[_variable(name)] for name in Settings.model_fields if env.get(_variable(name), "") != ""}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        found = [(str(e["loc"][0]), e) for e in error.errors()]
        problems = (Problem(_variable(name), sentence(e, with_given=name != "store")) for name, e in found)
        raise Refusal(*problems) from None


def help_lines() -> list[str]:
    """One line per setting: variable, default, unit and what it is for."""
    return [
        f"{_variable(name)}={'' if field.default is None else field.default} "
        f"({(field.json_schema_extra or {})['unit']}): {field.description}"  # type: ignore[index]
        for name, field in Settings.model_fields.items()
    ]


def _variable(name: str) -> str:
    return PREFIX + name.upper()
