"""The dashboard's entry, for `streamlit run dashboard.py`: the menu of pages behind a few protective headers.

The menu is a script of its own within pages/, for a main script beside a folder of that name wakes Streamlit's old page
discovery, and the first link to a page on a fresh server is then answered "Page not found"."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {b"x-content-type-options": b"nosniff", b"referrer-policy": b"same-origin", b"x-frame-options": b"SAMEORIGIN"}
"""No guessing of types, no address with a run's id handed to other sites, no frame around us on other sites."""


class Headers:
    """Adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((k, v) for k, v in HEADERS.items() if k not in present)]
            await send(message)

        await self.app(scope, receive, sending)


app = st.App("pages/menu.py", middleware=[Middleware(Headers)])
