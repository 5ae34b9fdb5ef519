"""Forms drawn from choices: a field's title, unit, help and bounds come from the class that the check and the builder
read too. What the browser sends is checked again here, and a problem stands beside its field."""

import types
from collections.abc import Collection, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import streamlit as st
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from core import naming
from core.choices.base import Choice
from core.experiment import parse
from core.problems import sentence
from pages.shared import loading

Values = dict[str, Any]


def pick(choices: Mapping[str, type[Choice]], value: Values, key: str, label: str, beside: bool = True) -> Values:
    """One of several choices and the fields of the one picked. `value` is its JSON; returns the JSON now chosen."""
    kinds = list(choices)
    kind = value.get("kind", kinds[0])
    picked = st.selectbox(
        label,
        kinds,
        index=kinds.index(kind) if kind in kinds else 0,
        format_func=lambda name: choices[name].title() if name in choices else str(name),
        key=f"{key}.kind",
        help="  \n".join(f"**{choice.title()}**: {choice.summary()}" for choice in choices.values()),
    )
    if picked not in choices:
        return value
    kept = value if picked == kind else {"kind": picked}
    return {"kind": picked, **fields(choices[picked], kept, f"{key}.{picked}", columns=2 if beside else 1)}


def valid(choices: Mapping[str, type[Choice]], value: Values) -> Choice | None:
    """The choice that this JSON is; None where something about it is wrong."""
    try:
        return choices[value["kind"]].model_validate(value)
    except (KeyError, ValidationError):
        return None


def fields(choice: type[Choice], value: Values, key: str, leave_out: Collection[str] = (), columns: int = 1) -> Values:
    """The plain fields of a choice (numbers, switches, names from a list), in columns. Returns their values; nested
    choices are left as they are in `value`."""
    shown = [n for n, f in choice.model_fields.items() if n not in leave_out and _is_plain(f)]
    shown.sort(key=lambda name: _is_numbers(_kind(choice.model_fields[name])))  # lists are rare: last
    result = {name: value[name] for name in choice.model_fields if name in value and name != "kind"}
    places = st.columns(columns) if columns > 1 and len(shown) > 1 else []
    for index, name in enumerate(shown):
        with places[index % len(places)] if places else st.container():
            result[name] = field(choice, name, value, key)
    return result


def field(choice: type[Choice], name: str, value: Values, key: str) -> Any:
    """One field of a choice as a widget, its problem beneath it. Returns the value now chosen."""
    info = choice.model_fields[name]
    given = value.get(name, _default(info))
    chosen = _widget(info, name, given, f"{key}.{name}")
    complaint = _complaint(choice, name, chosen)
    if complaint:
        st.caption(f":red[✕ {complaint}]")
    return chosen


def share(choice: type[Choice], name: str, value: Values, key: str) -> float:
    """A field between 0 and 1 as a slider in steps of 5 %."""
    info = choice.model_fields[name]
    given, label = float(value.get(name, _default(info))), info.title or name
    low, at = min(0.05, given), f"{key}.{name}"
    return float(st.slider(label, low, 1.0, given, 0.05, format="percent", key=at, help=info.description))


def number(choice: type[Choice], name: str, given: float, key: str) -> float:
    """A field that may be left out, as a number that is always there."""
    info = choice.model_fields[name]
    kind = next(a for a in get_args(info.annotation) if a is not type(None))
    value: float = _number(info, kind, info.title or name, given, key)
    complaint = _complaint(choice, name, value)
    if complaint:
        st.caption(f":red[✕ {complaint}]")
    return value


def _widget(info: FieldInfo, name: str, given: Any, key: str) -> Any:
    label, tip = info.title or name, info.description
    kind = _kind(info)
    if _is_optional(info):
        return _optional(info, name, given, key)
    if get_origin(kind) is Literal:
        options = list(get_args(kind))
        at = options.index(given) if given in options else 0
        return st.selectbox(label, options, index=at, format_func=_spoken, key=key, help=tip)
    if kind is bool:
        return st.toggle(label, bool(given), key=key, help=tip)
    if kind is str:
        return st.text_input(label, str(given), key=key, help=tip)
    if get_origin(kind) is tuple:
        return _numbers(st.text_input(label, ", ".join(f"{n:g}" for n in given), key=key, help=tip))
    return _number(info, kind, label, given, key)


def _number(info: FieldInfo, kind: type, label: str, given: Any, key: str) -> Any:
    """A number without bounds of its own: a widget with bounds leaves a number beyond them standing in the browser and
    says nothing of it, while the last one within them is what would be trained."""
    tip = " ".join(filter(None, [info.description, _range_in_words(info)]))
    if kind is int:
        return st.number_input(label, value=int(given), step=1, key=key, help=tip)
    step = max(abs(float(given)) / 10, 1e-6) if given else 0.01
    return st.number_input(label, value=float(given), step=step, format="%g", key=key, help=tip)


def _numbers(text: str) -> Any:
    """Numbers as a person writes them, "1, 10 0.5"; the text itself where it is not that, so that it is complained
    about."""
    try:
        return tuple(float(part) for part in text.replace(",", " ").replace(";", " ").split())
    except ValueError:
        return text


def _optional(info: FieldInfo, name: str, given: Any, key: str) -> Any:
    """A switch for "not at all", and the field itself where it is on."""
    label = info.title or name
    if not st.toggle(label, given is not None, key=f"{key}?", help=info.description):
        return None
    inner = next(a for a in get_args(info.annotation) if a is not type(None))
    if isinstance(inner, type) and issubclass(inner, Choice):
        return fields(inner, given or {}, key)
    start = given if given is not None else max(1.0, float(_least(info)))
    return st.number_input(
        label, value=inner(start), format="%g" if inner is float else None, key=key, label_visibility="collapsed"
    )


def _is_plain(info: FieldInfo) -> bool:
    kind = _kind(info)
    return (
        kind in (int, float, bool, str)
        or get_origin(kind) is Literal
        and len(get_args(kind)) > 1
        or _is_optional(info)
        or _is_numbers(kind)
    )


def _is_numbers(kind: Any) -> bool:
    """Whether a field holds any number of numbers."""
    first = get_args(kind)[:1]
    return get_origin(kind) is tuple and bool(first) and get_args(first[0])[:1] == (float,)


def _is_optional(info: FieldInfo) -> bool:
    return get_origin(info.annotation) in (Union, types.UnionType) and type(None) in get_args(info.annotation)


def _kind(info: FieldInfo) -> Any:
    return info.annotation


def _default(info: FieldInfo) -> Any:
    default = info.get_default(call_default_factory=True)
    return default.model_dump(mode="json") if isinstance(default, Choice) else default


def _least(info: FieldInfo) -> Any:
    """The least value that is allowed; 0 where any is."""
    return next((m.ge for m in info.metadata if isinstance(m, annotated_types.Ge)), 0)


def _range_in_words(info: FieldInfo) -> str:
    words = {annotated_types.Ge: "from {}", annotated_types.Gt: "above {}"}
    tops = {annotated_types.Le: "to {}", annotated_types.Lt: "below {}"}
    parts = []
    for table in (words, tops):
        for meta in info.metadata:
            if type(meta) in table:
                limit = (
                    next(iter(vars(meta).values())) if hasattr(meta, "__dict__") else getattr(meta, meta.__slots__[0])
                )
                parts.append(table[type(meta)].format(f"{limit:,g}"))
    return f"({', '.join(parts)})" if parts else ""


def _spoken(option: Any) -> str:
    text = str(option).replace("_", " ")
    return text[:1].upper() + text[1:]


@cache
def _adapter(choice: type[Choice], name: str) -> TypeAdapter[Any]:
    info = choice.model_fields[name]
    return TypeAdapter(Annotated[info.annotation, info])


def _complaint(choice: type[Choice], name: str, value: Any) -> str:
    try:
        _adapter(choice, name).validate_python(value)
    except ValidationError as errors:
        return "; ".join(sentence(error, with_given=False) for error in errors.errors())
    return ""


def in_words(tree: Values) -> str:
    """What is being drafted, in one line."""
    known, _ = parse(tree)
    return f"{loading.name(known.model_copy(update={'name': ''}))} · {naming.architecture(known)}" if known else ""
