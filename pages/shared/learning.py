"""The Train page's form: loss and output, optimizer, schedule, length; what is against overfitting; a test of the
learning rate."""

from typing import Any

import streamlit as st

from core.analysis import rates as numbers
from core.charts import augmented as pictures
from core.charts import rates as charts
from core.choices.augmentations import AUGMENTATIONS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.outputs import Loss
from core.choices.preparation import SPLITS
from core.choices.regularisation import Regularisation
from core.choices.schedules import SCHEDULES, Schedule
from core.choices.tables import TABLES
from core.choices.training import Training
from pages.shared import editor, forms, layout, loading, session

Values = dict[str, Any]
USUAL = ("epochs", "batch_size", "replicas", "early_stopping")
"""What is always shown of a training; the rest is folded away."""


def form() -> None:
    """Every choice about learning, with its problems beside it. What is folded is drawn when it is unfolded."""
    tree, at = session.draft(), f"train@{session.generation()}"
    first, second = st.columns(2, gap="large")
    with first:
        loss = forms.pick(LOSSES, tree["loss"], f"{at}.loss", "Loss")
        misfit(tree["data"], loss)
        optimizer = forms.pick(OPTIMIZERS, tree["optimizer"], f"{at}.optimizer", "Optimizer")
        schedule = forms.pick(SCHEDULES, tree["schedule"], f"{at}.schedule", "Schedule of the learning rate")
    with second:
        training = _some(Training, tree["training"], f"{at}.training", USUAL)
        regularisation, split = tree["regularisation"], tree["split"]
        folded = st.expander(
            "Against overfitting", icon=":material/fitness_center:", key=f"{at}.against", on_change="rerun"
        )
        with folded:
            if folded.open:
                used = forms.share(SPLITS[split["kind"]], "used", split, f"{at}.split")
                split = {**split, "used": used}
                regularisation = _regularisation(tree, f"{at}.regularisation")
        with st.expander("Order, clipping, precision, device, seed", icon=":material/settings:", key=f"{at}.rare"):
            rest = [name for name in Training.model_fields if name not in USUAL]
            training = _some(Training, training, f"{at}.training", rest)
        _planned(schedule, optimizer, training["epochs"])
    session.edit(
        loss=loss,
        optimizer=optimizer,
        schedule=schedule,
        regularisation=regularisation,
        split=split,
        training=training,
    )


def _planned(schedule: Values, optimizer: Values, epochs: int) -> None:
    """The learning rate through training as it is chosen now."""
    chosen, rate = forms.valid(SCHEDULES, schedule), optimizer.get("learning_rate")
    if not isinstance(chosen, Schedule) or not rate:
        return
    layout.chart(
        charts.planned(numbers.planned(chosen, rate, epochs)), "Learning rate through training", key="planned-rate"
    )
    if chosen.follows_loss:
        st.caption("As long as the validation loss falls.")


def misfit(data: Values, chosen: Values) -> None:
    """What is wrong with this output under this loss."""
    loss, task = forms.valid(LOSSES, chosen), _task(data)
    said = loss.misfit(task) if isinstance(loss, Loss) and task in loss.tasks else None
    if said is not None:
        sign = ":red[✕" if said.is_wrong else ":gray[◆"
        st.markdown(f"{sign} {layout.plain(said.words)}]")


def _task(data: Values) -> str | None:
    """What is asked of the rows; the runner is asked only where the choice leaves it open."""
    known = data.get("task") or getattr(TABLES[data["kind"]], "task", None)
    if known in ("classification", "regression"):
        return str(known)
    told = loading.ask("table", experiment={"data": data}).get("task")
    return None if told is None else str(told)


def range_test() -> None:
    """A short training with a growing rate, on demand; its rate can be taken over."""
    tree = session.draft()
    with st.expander("Find a learning rate", icon=":material/search:", key="range-test", on_change="rerun") as unfolded:
        if not unfolded.open:
            return
        asked = {name: tree[name] for name in (*_SEEN, "training")}
        asked["training"] = {name: tree["training"][name] for name in ("seed", "batch_size", "shuffle")}
        with st.spinner("A short training with a growing rate"):
            found = loading.ask("rates", experiment=asked)
        if "rates" not in found:
            layout.problems(found)
            return
        said = numbers.headline(found)
        st.markdown(f"**{layout.plain(said.text)}**" + (f" :gray[{layout.plain(said.note)}]" if said.note else ""))
        figure = charts.curve(numbers.curve(found), numbers.marks(found), numbers.top(found))
        layout.chart(figure, "Loss of a batch against the learning rate", key="range")
        st.caption(
            "One training, its rate from 0.000001 up to 10: left of the slope it stands still, right it runs away."
        )
        if found["proposed"]:
            st.button(
                f"Use {found['proposed']:g}",
                icon=":material/check:",
                on_click=_take_rate,
                args=(found["proposed"],),
                key="take-rate",
            )


_SEEN = ("data", "split", "preparation", "network", "loss", "optimizer", "regularisation")


def _take_rate(rate: float) -> None:
    tree = session.draft()
    session.replace_draft({**tree, "optimizer": {**tree["optimizer"], "learning_rate": rate}})


def _some(choice: type[Training], value: Values, key: str, names: Any) -> Values:
    """Some fields of a choice, the others as they are."""
    hidden = [name for name in choice.model_fields if name not in names]
    return {**value, **{k: v for k, v in forms.fields(choice, value, key, hidden, columns=2).items() if k in names}}


def _regularisation(tree: Values, key: str) -> Values:
    value = tree["regularisation"]
    result = forms.fields(Regularisation, value, key, ("augmentation",), columns=2)
    shape = editor.row_shape(tree["data"])
    if (shape is None or len(shape) != 3) and not value["augmentation"]:
        return result
    now = {each["kind"]: each for each in value["augmentation"]}
    chosen = st.pills(
        Regularisation.model_fields["augmentation"].title or "",
        list(AUGMENTATIONS),
        selection_mode="multi",
        default=list(now),
        format_func=lambda kind: AUGMENTATIONS[kind].title(),
        key=f"{key}.augmentation",
        help="  \n".join(f"**{choice.title()}**: {choice.summary()}" for choice in AUGMENTATIONS.values()),
    )
    augmentation, places = [], st.columns(2)
    for number, kind in enumerate(kind for kind in AUGMENTATIONS if kind in chosen):
        with places[number % 2]:
            given = forms.fields(AUGMENTATIONS[kind], now.get(kind, {}), f"{key}.{kind}")
        augmentation.append({"kind": kind, **given})
    result["augmentation"] = augmentation
    if augmentation and tree["preparation"]["scaling"] not in ("minmax", "none"):
        st.caption("Pixels are scaled one by one here: augmented images do better with minmax (Data, Scale inputs).")
    if augmentation or result["input_noise"]:
        _preview({**tree, "regularisation": result})
    return result


def _preview(tree: Values) -> None:
    """What the network will see of a few training images."""
    seen = loading.ask("augmented", experiment={k: tree[k] for k in ("data", "split", "preparation", "regularisation")})
    if "images" not in seen:
        layout.problems(seen)
        return
    layout.chart(pictures.pictures(seen), "Training images as the network sees them", key="augmented")
    st.caption("Left: the image as it came. Then what the network sees of it, drawn anew in every step.")
