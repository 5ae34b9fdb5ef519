"""Data: pick a table or a generator, or bring a CSV file; look at it, and say what is to be predicted."""

import streamlit as st

from core.analysis import data as numbers
from core.choices.tables import TABLES
from pages.shared import drawing, dropped, forms, layout, loading, preparing, question, session, tables, uploads

GROUPS = {
    "table": "Built-in tables",
    "generator": "Generators",
    "sequence": "Sequences",
    "drawn": "Own points",
    "own": "Your own table",
}

NO_INPUT = (
    "every column is left out, each for the reason below. Where the table is yours, choose inputs by name above; they "
    "are then taken as they are."
)

tree = session.draft()
at = f"data@{session.generation()}"
heading = st.container()

wanted = st.query_params.get("rows")
group = st.segmented_control(
    "Where the rows come from",
    list(GROUPS),
    default=wanted if wanted in GROUPS else TABLES[tree["data"]["kind"]].group,
    required=True,
    format_func=GROUPS.get,
    key=f"{at}.group",
    label_visibility="collapsed",
)
if group == "own":
    tables.own(at)
    file = dropped.uploader(at)
    if file is not None:
        uploads.review(file, heading)
        st.stop()
    if tree["data"]["kind"] == "table":
        question.card(at)
elif group == "drawn":
    drawing.card(at)
else:
    with st.grid("auto", min_column_width=170):
        for kind, choice in TABLES.items():
            if choice.group == group:
                tables.tile(kind, choice, chosen=tree["data"]["kind"] == kind)

choice = TABLES[tree["data"]["kind"]]
if choice.group == group and group in ("generator", "sequence"):
    with layout.card(f"{choice.title()}: how it is drawn", choice.summary()):
        chosen = {"kind": tree["data"]["kind"], **forms.fields(choice, tree["data"], f"{at}.drawn", columns=3)}
        if "inputs" in choice.model_fields:
            chosen["inputs"] = drawing.inputs(tree["data"], f"{at}.drawn")
        session.ask_steps(chosen)

table = loading.ask("table", experiment={"data": session.draft()["data"]})
is_known = "profile" in table
with heading:
    if is_known:
        layout.sentence(numbers.headline(table))
        layout.vitals(numbers.vitals(table))
    else:
        st.title("Pick a table, or another target." if group == "own" else "Pick a table.", anchor=False)
        layout.problems(table)

if is_known:
    if not table.get("used", 1):
        layout.problems({"problems": ["No column can be an input, so there is nothing to learn from: " + NO_INPUT]})
    odd = st.container()
    left, right = st.columns([7, 5], gap="medium")
    with left, layout.card("The rows", tables.rows_caption(table)):
        shown = tables.picture(table)
        if shown is None:
            st.markdown(
                "Rows are drawn by inputs that are numbers, and here there is none. The columns below say what each "
                "holds; words enter the network as one switch for each of them."
            )
        else:
            layout.chart(shown, "The rows by their strongest columns", key="overview")
    with right:
        tables.target_card(table)
    tables.columns_card(table)
    tables.pairs_card(table)
    decided = preparing.card(table, at)
    with odd:
        tables.suspicions(table, decided, at)
    st.page_link("build/network.py", label="Next: the network", icon=":material/arrow_forward:")
