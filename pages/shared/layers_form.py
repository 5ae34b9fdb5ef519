"""The layers of a network that may have several kinds of them: pick one and change it; add, repeat, move, remove."""

from typing import Any

import streamlit as st

from core.choices.activations import ACTIVATIONS
from core.choices.initialisations import INITIALISATIONS
from core.choices.layers import Layer
from core.choices.networks import NETWORKS, Network
from core.choices.recurrences import RECURRENCES
from core.experiment import parse
from pages.shared import forms, session

Values = dict[str, Any]
AT = "layer-edited"
"""Where the session keeps the place of the layer that is being edited."""


def network(value: Values, shape: tuple[int, ...] | None, key: str) -> Values:
    """The editor of the network's layers and initialisation. Returns its JSON as it now stands."""
    st.subheader("Layers", anchor=False)
    _flow(value, shape)
    layers = list(value["layers"])
    at = _pick(layers, value["kind"], key)
    if at is not None:
        with st.container(border=True):
            layers[at] = _layer(layers[at], value["kind"], f"{key}.{at}")
            _buttons(at, len(layers), key)
    _adding(value["kind"], at, key)
    initialisation = forms.pick(INITIALISATIONS, value["initialisation"], f"{key}.init", "Initialisation")
    own = forms.fields(NETWORKS[value["kind"]], value, f"{key}.own", leave_out=("layers", "initialisation"))
    return {**value, **own, "layers": layers, "initialisation": initialisation}


def _flow(value: Values, shape: tuple[int, ...] | None) -> None:
    """What a row becomes layer by layer."""
    known, _ = parse({"network": value})
    if known is None or shape is None:
        return
    chosen = known.network
    if chosen.problems(shape, "regression"):  # of values, for which every read-out has a shape
        return
    sizes = [" × ".join(str(size) for size in each) for each in chosen.shapes(shape)]
    st.caption(f"A row on its way: {' → '.join(sizes)} → output")


def _pick(layers: list[Values], kind: str, key: str) -> int | None:
    """The place of the layer that is edited."""
    if not layers:
        st.caption("No hidden layer: the output layer sees the row itself.")
        return None
    at = min(int(st.session_state.get(AT, 0)), len(layers) - 1)
    names = [f"{number} · {_short(layer, kind)}" for number, layer in enumerate(layers, 1)]
    picked = st.segmented_control(
        "Layers from input to output",
        range(len(layers)),
        default=at,
        required=True,
        format_func=names.__getitem__,
        key=f"{key}.at",
        wrap=True,
    )
    st.session_state[AT] = picked if picked is not None else at
    return int(st.session_state[AT])


def _short(layer: Values, kind: str) -> str:
    choice = _kinds(kind)[layer["kind"]]
    try:
        return f"{choice.title()} {choice.model_validate(layer).short()}" if choice.is_counted else choice.title()
    except ValueError:
        return choice.title()


def _kinds(kind: str) -> dict[str, type[Layer]]:
    choice = NETWORKS[kind]
    assert issubclass(choice, Network)
    return choice.layer_kinds


def _layer(layer: Values, kind: str, key: str) -> Values:
    """The form of one layer."""
    choice = _kinds(kind)[layer["kind"]]
    st.markdown(f"**{choice.title()}**")
    st.caption(choice.summary())
    changed = {"kind": layer["kind"], **forms.fields(choice, layer, f"{key}.{layer['kind']}", columns=2)}
    if "recurrence" in layer:
        changed["recurrence"] = forms.pick(RECURRENCES, layer["recurrence"], f"{key}.recurrence", "Recurrence")
    if "activation" in layer:
        changed["activation"] = forms.pick(ACTIVATIONS, layer["activation"], f"{key}.activation", "Activation")
    return changed


def _buttons(at: int, count: int, key: str) -> None:
    with st.container(horizontal=True):
        for label, icon, possible in (
            ("Repeat", "repeat", True),
            ("Up", "arrow_upward", at > 0),
            ("Down", "arrow_downward", at + 1 < count),
            ("Remove", "delete", True),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"{key}.{label}",
                on_click=_rearrange,
                args=(label, at),
                disabled=not possible,
            )


def _adding(kind: str, at: int | None, key: str) -> None:
    """A button for each kind of layer, which puts one behind the layer that is edited."""
    with st.container(horizontal=True):
        for name, choice in _kinds(kind).items():
            st.button(
                f"Add {choice.title().lower()}",
                icon=":material/add:",
                key=f"{key}.add.{name}",
                help=choice.summary(),
                on_click=_rearrange,
                args=("Add", -1 if at is None else at, choice(kind=name).model_dump(mode="json")),
            )


def _rearrange(what: str, at: int, fresh: Values | None = None) -> None:
    tree = session.draft()
    layers = list(tree["network"]["layers"])
    if what in ("Repeat", "Add"):
        layers.insert(at + 1, fresh or layers[at])
        st.session_state[AT] = at + 1
    elif what == "Remove":
        layers.pop(at)
    else:
        to = at - 1 if what == "Up" else at + 1
        layers[at], layers[to] = layers[to], layers[at]
        st.session_state[AT] = to
    session.replace_draft({**tree, "network": {**tree["network"], "layers": layers}})
