"""The door without a socket: a requests adapter that calls the API directly."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from twilio_emulator.traffic import Traffic


class InProcessAdapter(BaseAdapter):
    """
    Mount it on a `requests.Session` for a made-up host, say http://emulator.invalid.

    A cut connection is a `requests.ConnectionError`, as over a socket.
    """

    def __init__(self, app: Traffic) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer a request."""
        url = urlsplit(request.url or "")
        body = request.body or b""
        environ = EnvironBuilder(
            path=unquote(str(url.path)),
            query_string=str(url.query),
            method=request.method or "GET",
            headers=list(request.headers.items()),
            data=body.encode() if isinstance(body, str) else body,
            base_url=f"{url.scheme}://{url.netloc}",
        ).get_environ()
        try:
            chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        except ConnectionError as error:
            raise requests.ConnectionError(error, request=request) from None
        content = b"".join(chunks)
        response = requests.Response()
        response.request = request
        response.url = request.url or ""
        response.status_code = int(status.partition(" ")[0])
        response.headers.update(headers)
        response.encoding = "utf-8"
        response.raw = HTTPResponse(
            io.BytesIO(content), HTTPHeaderDict(headers.items()), preload_content=False
        )
        return response

    def close(self) -> None:
        """Nothing is open."""
