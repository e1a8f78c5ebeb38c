"""The way without a socket: a requests adapter that calls the API directly."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from twilio_emulator.messages import ConnectionCutError, Request

if TYPE_CHECKING:
    from twilio_emulator.traffic import Traffic


class InProcessAdapter(BaseAdapter):
    """
    Mount it on a `requests.Session` for a made-up host, say http://emulator.invalid.

    A cut connection is a `requests.ConnectionError`, and one that was cut in the middle of the answer a
    `requests.exceptions.ChunkedEncodingError`, as over a socket. There is no connection to go stale.
    """

    def __init__(self, app: Traffic) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer a request."""
        try:
            answer = self._app.answer(_read(request))
        except ConnectionCutError as error:
            raise requests.ConnectionError(error, request=request) from None
        if answer.ending == "in-the-middle":
            raise requests.exceptions.ChunkedEncodingError("the answer broke off", request=request)
        headers = {"Content-Type": answer.content_type, **answer.headers}
        response = requests.Response()
        response.request = request
        response.url = request.url or ""
        response.status_code = answer.status
        response.headers.update(headers)
        response.encoding = "utf-8"
        response.raw = HTTPResponse(
            io.BytesIO(answer.body), HTTPHeaderDict(headers.items()), preload_content=False
        )
        return response

    def close(self) -> None:
        """Nothing is open."""


def _read(request: requests.PreparedRequest) -> Request:
    url = urlsplit(request.url or "")
    body = request.body or b""
    if not isinstance(body, (str, bytes)):
        body = b"".join(each.encode() if isinstance(each, str) else each for each in body)
    return Request(
        request.method or "GET",
        unquote(str(url.path)),
        str(url.query),
        {str(name).lower(): str(value) for name, value in request.headers.items()},
        body.encode() if isinstance(body, str) else body,
    )
