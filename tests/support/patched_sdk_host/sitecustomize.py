"""
A plugin process that is laid out differently from the one we know.

With this folder on PYTHONPATH, the SDK's own host is changed as STRANGE_HOST says, before it runs:
`hidden-call`: the servicer's variables have other names; `hidden-workers`: the pool is of another class;
`hidden-cancel`: grpc keeps its method table elsewhere.
"""

import importlib.machinery
import os
import sys

HABITS = os.environ.get("STRANGE_HOST", "").split(",")

HIDDEN_WORKERS = """
class OtherPool(futures.ThreadPoolExecutor):
    pass
"""

HIDDEN_CANCEL = """
class OtherTable(grpc.GenericRpcHandler):
    def __init__(self, table):
        self.table = dict(table._method_handlers)
    def service(self, details):
        return self.table.get(details.method)
"""


class StrangeLoader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        source = self.get_source(fullname)
        head, _, tail = source.partition("class DynamicResourceProviderServicer")
        tail = f"class DynamicResourceProviderServicer{tail}"
        if "hidden-call" in HABITS:
            head = head.replace("request, context", "asked, ctx").replace("context.abort", "ctx.abort")
            tail = tail.replace("request", "asked").replace("context", "ctx")
        if "hidden-workers" in HABITS:
            head += HIDDEN_WORKERS
            tail = tail.replace("futures.ThreadPoolExecutor(", "OtherPool(")
        if "hidden-cancel" in HABITS:
            head += HIDDEN_CANCEL
            tail = tail.replace(
                "    port = server.add_insecure_port",
                "    handlers = server._state.generic_handlers\n"
                "    handlers[:] = [OtherTable(each) for each in handlers]\n"
                "    port = server.add_insecure_port",
            )
        return compile(head + tail, self.path, "exec")


class StrangeFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):  # noqa: ARG004 - the import system gives three
        if name != "pulumi.dynamic.__main__":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = StrangeLoader(spec.loader.name, spec.loader.path)
        return spec


sys.meta_path.insert(0, StrangeFinder)
