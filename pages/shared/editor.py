"""The network editor: which kind, then all layers at once or layer by layer; every edit can be undone."""

from typing import Any

import pandas as pd
import streamlit as st

from core.choices.activations import ACTIVATIONS
from core.choices.defaults import network_for
from core.choices.initialisations import INITIALISATIONS
from core.choices.layers import EmbeddingLayer
from core.choices.losses import LOSSES
from core.choices.networks import NETWORKS, DenseLayer
from core.choices.pretraining import PRETRAININGS
from core.choices.tables import TABLES
from core.experiment import parse
from core.refusal import Refusal
from core.studies import counterpart
from pages.shared import chooser, forms, layers_form, layout, loading, session, studies

Values = dict[str, Any]
COLUMNS = ("units", "activation", "normalisation", "dropout", "skip")
NORMALISATIONS = ("none", "batch", "layer")


def network(value: Values, key: str) -> Values:
    """The editor of a network. Returns its JSON as it now stands."""
    shape = row_shape(session.draft()["data"])
    _kinds(value["kind"], shape, key)
    if value["kind"] != "dense":
        return layers_form.network(value, shape, key)
    st.subheader("Layers", anchor=False)
    layers = _all_layers(list(value["layers"]), key)
    embedding = value.get("embedding")
    if embedding is not None:
        st.caption("In front of these, as layer 1, an embedding of the categories that the Data page says.")
        embedding = {"kind": "embedding", **forms.fields(EmbeddingLayer, embedding, f"{key}.embedding")}
    beginning, before = st.columns(2)
    with beginning:
        initialisation = forms.pick(INITIALISATIONS, value["initialisation"], f"{key}.init", "Initialisation")
    with before:
        pretraining = forms.pick(PRETRAININGS, value["pretraining"], f"{key}.pretraining", "Pretraining")
    if layers:
        chooser.picture(layers[0]["activation"])
    with st.expander(f"Layer by layer ({len(layers)})", icon=":material/layers:"):
        _layer_by_layer(layers, key, first=1 if embedding is None else 2)
    return {
        **value,
        "layers": layers,
        "initialisation": initialisation,
        "pretraining": pretraining,
        "embedding": embedding,
    }


def row_shape(data: Values) -> tuple[int, ...] | None:
    """What one row of the drafted data is; None where nobody knows it yet."""
    choice = TABLES[data["kind"]]
    try:
        known = choice.model_validate(data).row_shape()
    except ValueError:
        return None
    told = known or loading.ask("table", experiment={"data": data}).get("shape")
    return tuple(told) if told else None


def _kinds(kind: str, shape: tuple[int, ...] | None, key: str) -> None:
    """The kinds of network that can take these rows; of the others why not."""
    refused = {name: NETWORKS[name]().refusal(shape) if shape else "" for name in NETWORKS}
    offered = [name for name in NETWORKS if not refused[name] or name == kind]
    if len(offered) > 1:
        st.segmented_control(
            "Kind of network",
            offered,
            default=kind,
            required=True,
            key=f"{key}.kind",
            format_func=lambda name: NETWORKS[name].title(),
            on_change=_take_kind,
            args=(f"{key}.kind", shape),
            help="  \n".join(f"**{NETWORKS[name].title()}**: {NETWORKS[name].summary()}" for name in offered),
            wrap=True,
        )
    if refused[kind]:
        st.caption(f":red[✕] {NETWORKS[kind].title()}: not for these rows. {_sentence(refused[kind])}")
    others = [why.partition(":")[0] for name, why in refused.items() if why and name != kind]
    if others:
        st.caption(f"Not for these rows: {'; '.join(others)}.")


def _take_kind(key: str, shape: tuple[int, ...] | None) -> None:
    """Drafts the network of another kind that is proposed for these rows. Pictures get one scale for all pixels: a
    pixel that hardly ever changes must not become the loudest."""
    tree, kind = session.draft(), st.session_state[key]
    network = network_for(NETWORKS[kind], shape or (1,)).model_dump(mode="json")
    preparation = dict(tree["preparation"])
    is_picture = shape is not None and len(shape) == 3
    if kind in ("convolutional", "autoencoder") and is_picture and preparation["scaling"] == "standard":
        preparation["scaling"] = "common"
    session.replace_draft({**tree, "network": network, "preparation": preparation, "loss": _loss_for(tree, kind)})


def _loss_for(tree: Values, kind: str) -> Values:
    """An autoencoder is asked for its own rows, other networks for the target: a loss that cannot ask is replaced."""
    asks_values = kind == "autoencoder"
    was_autoencoder = tree["network"]["kind"] == "autoencoder"
    if asks_values and "regression" not in LOSSES[tree["loss"]["kind"]].tasks:
        return {"kind": "squared_error"}
    if was_autoencoder and not asks_values:
        return loading.ask("table", experiment={"data": tree["data"]}).get("proposed", tree)["loss"]
    return tree["loss"]


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def buttons() -> None:
    """Train, train beside its cure, and undo."""
    with st.container(horizontal=True):
        layout.train_button("Train this network")
        _compare_button()
        st.button("Undo", icon=":material/undo:", on_click=session.undo, disabled=not session.can_undo())


def _compare_button() -> None:
    """Trains the draft and the same network with the usual cure, from the same seeds, and shows them side by side."""
    known, _ = parse(session.draft())
    study = counterpart(known) if known is not None else None
    if study is None or known is None:
        return
    cure = study.arms[-1].label
    says = f"Trains this network and the same one with {cure}, {study.seeds} seeds each, on the same axes"
    if st.button(f"Compare with {cure}", icon=":material/compare_arrows:", key="compare-now", help=says):
        try:
            begun = studies.start(study, f"{study.name}: {loading.name(known)}")
        except Refusal as refusal:
            layout.refused(refusal)
        else:
            st.switch_page("explore/compare.py", query_params={"study": begun})


def _all_layers(layers: list[Values], key: str) -> list[Values]:
    """Controls that set every layer at once. They show the first layer where the layers differ."""
    first = layers[0] if layers else DenseLayer().model_dump(mode="json")
    most = max(40, len(layers))
    deep, wide = st.columns(2)
    count = deep.slider("Hidden layers", 0, most, len(layers), key=f"{key}.count")
    widths = list(dict.fromkeys(layer["units"] for layer in layers))
    differ = f" (now {', '.join(map(str, widths[:4]))}{', …' if len(widths) > 4 else ''})" if len(widths) > 1 else ""
    units = wide.slider(f"Units in each{differ}", 1, max(256, first["units"]), first["units"], key=f"{key}.units")
    activation = chooser.activation(first["activation"], key)
    with st.container(horizontal=True):
        norm = st.segmented_control(
            "Normalisation",
            NORMALISATIONS,
            default=first["normalisation"],
            required=True,
            key=f"{key}.norm",
            help="Centre and scale what enters the activation: over the batch, or over the row",
        )
        skip = st.toggle("Skip connections", first["skip"], key=f"{key}.skip", help="Add a layer's input to its output")
    dropout = st.slider(
        "Dropout",
        0.0,
        0.9,
        float(first["dropout"]),
        0.05,
        key=f"{key}.dropout",
        help="Share of the units silenced at random in each training step",
    )
    now = {"units": units, "activation": activation, "normalisation": norm, "dropout": dropout, "skip": skip}
    changed = {name: new for name, new in now.items() if not _same(name, first[name], new)}
    layers = (layers + [layers[-1] if layers else first] * count)[:count]
    return [{**layer, **changed} for layer in layers]


def _same(name: str, before: Any, now: Any) -> bool:
    if name == "activation":
        return all(before.get(field) == value for field, value in now.items())
    return bool(before == now)


def _layer_by_layer(layers: list[Values], key: str, first: int) -> None:
    """A table with a row per layer, and buttons that move, repeat and remove one. first: the number of the first layer,
    as every other page counts: an embedding in front is layer 1."""
    table_key = f"{key}.table"
    st.data_editor(
        pd.DataFrame([_as_row(layer) for layer in layers], columns=list(COLUMNS)),
        num_rows="dynamic",
        hide_index=True,
        key=table_key,
        on_change=_apply_table,
        args=(table_key,),
        column_config={
            "units": st.column_config.NumberColumn("Units", min_value=1, max_value=100_000, step=1, default=32),
            "activation": st.column_config.SelectboxColumn("Activation", options=list(ACTIVATIONS), default="relu"),
            "normalisation": st.column_config.SelectboxColumn("Norm", options=list(NORMALISATIONS), default="none"),
            "dropout": st.column_config.NumberColumn("Dropout", min_value=0.0, max_value=0.99, step=0.05, default=0.0),
            "skip": st.column_config.CheckboxColumn("Skip", default=False),
        },
    )
    if layers:
        _move_buttons(layers, key, first)


def _apply_table(table_key: str) -> None:
    """Takes the table's edits over into the draft; every other widget then starts from it anew."""
    edits, tree = st.session_state[table_key], session.draft()
    layers = [dict(layer) for layer in tree["network"]["layers"]]
    for at, cells in edits["edited_rows"].items():
        layers[int(at)] = _with_cells(layers[int(at)], cells)
    kept = [layer for at, layer in enumerate(layers) if at not in set(edits["deleted_rows"])]
    fresh = DenseLayer().model_dump(mode="json")
    kept += [_with_cells(kept[-1] if kept else fresh, cells) for cells in edits["added_rows"]]
    session.replace_draft({**tree, "network": {**tree["network"], "layers": kept}})


def _with_cells(layer: Values, cells: Values) -> Values:
    given = {name: value for name, value in cells.items() if name in COLUMNS and value is not None}
    if "activation" in given:
        same = layer["activation"]["kind"] == given["activation"]
        given["activation"] = layer["activation"] if same else {"kind": given["activation"]}
    return {**layer, **given}


def _move_buttons(layers: list[Values], key: str, first: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at = st.selectbox(
            "Layer", range(len(layers)), format_func=lambda i: f"layer {i + first}", key=f"{key}.at", width=120
        )
        for label, icon in (
            ("Repeat", "repeat"),
            ("Up", "arrow_upward"),
            ("Down", "arrow_downward"),
            ("Remove", "delete"),
        ):
            st.button(label, icon=f":material/{icon}:", key=f"{key}.{label}", on_click=_rearrange, args=(label, at))


def _rearrange(what: str, at: int) -> None:
    tree = session.draft()
    layers = list(tree["network"]["layers"])
    if what == "Repeat":
        layers.insert(at, layers[at])
    elif what == "Remove":
        layers.pop(at)
    else:
        to = at + (1 if what == "Up" else -1)
        if 0 <= to < len(layers):
            layers[at], layers[to] = layers[to], layers[at]
    session.replace_draft({**tree, "network": {**tree["network"], "layers": layers}})


def _as_row(layer: Values) -> Values:
    return {**{name: layer[name] for name in COLUMNS}, "activation": layer["activation"]["kind"]}
