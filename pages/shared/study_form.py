"""The form for a new study: from a run or the draft, vary one choice, or take a comparison that is often wanted."""

import json
from typing import Any

import streamlit as st

from core.differences import KINDS, choices, flat, title, words
from core.experiment import Experiment, parse
from core.refusal import Refusal
from core.studies import STUDY_PRESETS, Study, expand
from pages.shared import layout, loading, session, studies

USUAL = "optimizer.learning_rate"
"""What is varied unless another choice is picked."""
SEEDS = 3
MOST_SEEDS = 50
REPEATS = {"Seeds": (1, MOST_SEEDS, SEEDS), "Folds": (2, 20, 5)}
"""How the trainings of an arm differ: fewest, most and usual number."""
REPEAT_HELP = "Seeds: other first weights and orders on the same rows. Folds: every row validates once."
ONE, PRESET = "One choice", "A preset"


def draw() -> None:
    """The form and its button; after it the new study is looked at."""
    experiment = _from()
    if experiment is None:
        return
    left, right = st.columns([3, 1], gap="large")
    with right:
        by = st.segmented_control("Repeat by", list(REPEATS), default="Seeds", key="study-by", help=REPEAT_HELP)
        low, high, usual = REPEATS[by or "Seeds"]
        many = int(st.number_input("How many", low, high, usual, key=f"study-many-{by}", help="Trainings of each arm"))
    with left:
        way = st.segmented_control("Compare", [ONE, PRESET], default=ONE, key="study-way")
        study = _preset(experiment) if way == PRESET else _one(experiment)
    if study is not None:
        repeated = {"folds": many} if by == "Folds" else {"seeds": many}
        _offer(study.model_copy(update=repeated), experiment)


def _from() -> Experiment | None:
    """The experiment that is varied: the selected run's, or the draft."""
    run = loading.run(session.run_id())
    named = {"the draft": session.draft(), **({f"run {run.name or 'run'}": run.experiment} if run else {})}
    chosen = st.selectbox("From", list(reversed(named)), key="study-from")
    known, problems = parse(named.get(chosen) or session.draft())
    if known is None:
        layout.refused(Refusal(*problems))
    return known


def _offer(study: Study, experiment: Experiment) -> None:
    try:
        arms = expand(study)
    except Refusal as refusal:
        return layout.refused(refusal)
    labels = ", ".join(label for label, _ in arms)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Run the study", type="primary", icon=":material/play_arrow:", key="study-run"):
            _start(study, experiment)
        each = f"{study.folds} folds" if study.folds else f"{study.seeds} seeds"
        st.caption(layout.plain(f"{len(arms)} arms of {each} each: {labels}"))
    return None


def _start(study: Study, experiment: Experiment) -> None:
    try:
        st.query_params["study"] = studies.start(study, f"{study.name}: {loading.name(experiment)}")
    except Refusal as refusal:
        layout.refused(refusal)
    else:
        st.rerun()


def _preset(experiment: Experiment) -> Study | None:
    key = st.selectbox(
        "Preset",
        list(STUDY_PRESETS),
        format_func=lambda name: f"{STUDY_PRESETS[name].title}: {STUDY_PRESETS[name].says}",
        key="study-preset",
    )
    return STUDY_PRESETS[key].study(experiment) if key in STUDY_PRESETS else None


def _one(experiment: Experiment) -> Study | None:
    offered = choices(experiment)
    paths = list(offered)
    path = st.selectbox(
        "Vary", paths, paths.index(USUAL) if USUAL in paths else 0, format_func=offered.__getitem__, key="study-path"
    )
    if path not in offered:
        return None
    values = _values(experiment, path)
    return Study(name=title(experiment, path), experiment=experiment, grid={path: values}) if values else None


def _values(experiment: Experiment, path: str) -> list[Any]:
    """Values to try: picked where there is a list of them, typed otherwise."""
    tree = flat(experiment)
    kinds = KINDS.get(path.rsplit(".", 1)[-1])
    if kinds and f"{path}.kind" in tree:
        return st.multiselect("Values", list(kinds), default=list(kinds)[:3], format_func=lambda k: words(path, k))
    now = tree.get(path)
    if isinstance(now, bool):
        return [False, True]
    typed = st.text_input("Values", _usual(now), key=f"study-values-{path}", help="Separated by commas")
    return [_value(part) for part in typed.split(",") if part.strip()]


def _usual(now: Any) -> str:
    if isinstance(now, float) and now > 0:
        return f"{now / 10:g}, {now:g}" + (f", {now * 10:g}" if now >= 1 or now < 0.1 else "")
    if isinstance(now, int) and now > 0:
        return f"{max(1, now // 2)}, {now}, {now * 2}" if now > 1 else "1, 2, 4"
    return f"{0 if now is None or isinstance(now, (int, float, list)) else now}"


def _value(text: str) -> Any:
    """A number, yes, no or none as JSON has them; anything else is a word."""
    plain = text.strip()
    try:
        return json.loads({"yes": "true", "no": "false", "none": "null"}.get(plain.lower(), plain))
    except ValueError:
        return plain
