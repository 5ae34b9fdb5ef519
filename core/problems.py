"""What a check found, in the words of this house: what is wrong, what was given, what to do."""

from typing import Any

from pydantic import ValidationError

from core.refusal import Problem

SHOWN_CHARACTERS = 60
WORDS = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text",
    "string_too_long": "may have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "too_long": "may have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "missing": "is missing",
    "string_pattern_mismatch": "is not written in the form {pattern}",
    "literal_error": "must be one of {expected}",
    "union_tag_invalid": "there is no such kind; there are {expected_tags}",
    "extra_forbidden": 'there is no such choice; "python -m core schema" lists them',
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object with names and values",
    "model_type": "must be an object with names and values",
    "model_attributes_type": "must be an object with names and values",
}
"""pydantic's type of error → our words; what it knows about the limit is filled in. The rest keeps pydantic's words."""


def problems_of(error: ValidationError, tree: Any = None) -> list[Problem]:
    """Every problem of a tree that was refused. tree: as given, so that paths name what a person wrote and nothing
    that the check put between."""
    return [Problem(_path(e["loc"], tree), sentence(e)) for e in error.errors()]


def sentence(error: Any, with_given: bool = True) -> str:
    """One of pydantic's errors, with what was given where that may be shown."""
    if error["type"] == "union_tag_not_found":
        return 'say which kind is meant: {"kind": …}; "python -m core schema" lists them'
    if error["type"] == "value_error":
        words = str(error["ctx"]["error"]) if "error" in error.get("ctx", {}) else error["msg"]
    else:
        words = _filled(WORDS.get(error["type"], error["msg"]), error.get("ctx") or {})
    if error["loc"][-1:] == ("device",):
        words = "must be auto, cpu, cuda, or cuda:1 and so on"
    given = error.get("input")
    if error["type"] == "union_tag_invalid":
        given = error["ctx"].get("tag")
    silent = not with_given or isinstance(given, (dict, list)) or error["type"] in ("missing", "extra_forbidden")
    return (
        words
        if silent
        else f"{words} (given: {given if not isinstance(given, str) else repr(given[:SHOWN_CHARACTERS])})"
    )


def _filled(words: str, limits: dict[str, Any]) -> str:
    plain = {name: _limit(value) for name, value in limits.items()}
    try:
        return words.format_map(plain) if "{" in words else words
    except (KeyError, ValueError):
        return words


def _limit(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("'", "")
    return f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value


def _path(location: tuple[int | str, ...], tree: Any) -> str:
    """The dotted path. A step that the tree does not have is the kind that the check chose, unless it is the last."""
    if tree is None:
        return ".".join(map(str, location))
    path: list[str] = []
    here, is_passed = tree, False  # is_passed: the kind of this object has been stepped over
    for place, part in enumerate(location):
        is_last = place == len(location) - 1
        is_kind = isinstance(here, dict) and part == here.get("kind") and not is_passed
        if not is_last and isinstance(here, dict) and (is_kind or part not in here):
            is_passed = True
            continue
        path.append(str(part))
        here, is_passed = _below(here, part), False
    return ".".join(path)


def _below(here: Any, part: int | str) -> Any:
    if isinstance(here, dict):
        return here.get(part)
    return here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None
