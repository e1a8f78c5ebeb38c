"""Python imports this at its start. In a plugin process, each request goes into the file RECORDED_REQUESTS."""

import json
import os
import sys
from pathlib import Path

_CALLS = {"Check", "Diff", "Create", "Read", "Update", "Delete"}


def _record_requests(path):
    import grpc
    from provider_requests import digest

    class Recorder(grpc.ServerInterceptor):
        def intercept_service(self, continuation, details):
            handler = continuation(details)
            method = details.method.rpartition("/")[2]
            if handler is None or method not in _CALLS:
                return handler

            def recorded(request, context):
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(digest(method, request)) + "\n")
                return handler.unary_unary(request, context)

            return grpc.unary_unary_rpc_method_handler(
                recorded, handler.request_deserializer, handler.response_serializer
            )

    server = grpc.server

    def recording_server(*args, **kwargs):
        return server(*args, **{**kwargs, "interceptors": (Recorder(),)})

    grpc.server = recording_server


if "pulumi.dynamic" in sys.orig_argv and "RECORDED_REQUESTS" in os.environ:
    _record_requests(Path(os.environ["RECORDED_REQUESTS"]))
