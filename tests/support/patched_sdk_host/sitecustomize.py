"""
A plugin process that is laid out differently from the one we know.

With this folder on PYTHONPATH, the SDK's own host is changed as PATCHED_SDK_HOST says, before it runs:
`hidden-request`: the servicer's variables have other names; `hidden-pool`: the pool is of another class;
`hidden-methods`: grpc keeps its method table elsewhere; `hidden-providers`: providers come from another function.
"""

import importlib.machinery
import os
import sys

CHANGES = os.environ.get("PATCHED_SDK_HOST", "").split(",")

OTHER_POOL = """
class OtherPool(futures.ThreadPoolExecutor):
    pass
"""

OTHER_TABLE = """
class OtherTable(grpc.GenericRpcHandler):
    def __init__(self, table):
        self.table = dict(table._method_handlers)
    def service(self, details):
        return self.table.get(details.method)
"""


class PatchingLoader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        source = self.get_source(fullname)
        head, _, tail = source.partition("class DynamicResourceProviderServicer")
        tail = f"class DynamicResourceProviderServicer{tail}"
        if "hidden-request" in CHANGES:
            head = head.replace("request, context", "asked, ctx").replace("context.abort", "ctx.abort")
            tail = tail.replace("request", "asked").replace("context", "ctx")
        if "hidden-pool" in CHANGES:
            head += OTHER_POOL
            tail = tail.replace("futures.ThreadPoolExecutor(", "OtherPool(")
        if "hidden-methods" in CHANGES:
            head += OTHER_TABLE
            tail = tail.replace(
                "    port = server.add_insecure_port",
                "    handlers = server._state.generic_handlers\n"
                "    handlers[:] = [OtherTable(each) for each in handlers]\n"
                "    port = server.add_insecure_port",
            )
        if "hidden-providers" in CHANGES:
            head = head.replace("def get_provider(", "def other_provider(")
            tail = tail.replace("get_provider(", "other_provider(")
        return compile(head + tail, self.path, "exec")


class PatchingFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):  # noqa: ARG004 - the import system gives three
        if name != "pulumi.dynamic.__main__":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = PatchingLoader(spec.loader.name, spec.loader.path)
        return spec


sys.meta_path.insert(0, PatchingFinder)
