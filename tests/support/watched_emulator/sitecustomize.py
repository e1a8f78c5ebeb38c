"""
An emulator in a process of its own whose answers are held against Twilio's OpenAPI facts.

With this folder on PYTHONPATH, an emulator that starts adds a line to the file SCHEMA_WATCH_FILE for each of its
answers that Twilio's OpenAPI file does not know.
"""

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path

FILE = os.environ.get("SCHEMA_WATCH_FILE", "")
CHECKS = Path(__file__).resolve().parent.parent.parent / "emulator" / "schema.py"


def watch_answers(traffic):
    spec = importlib.util.spec_from_file_location("emulator_schema", CHECKS)
    checks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checks)
    watch = checks.Watch()
    original = traffic.__init__

    def observe(request, answer):
        watch.observe(request, answer)
        for line in watch.take():
            with Path(FILE).open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    def watched(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.observers.append(observe)

    traffic.__init__ = watched


class WatchingLoader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module):
        super().exec_module(module)
        watch_answers(module.Traffic)


class WatchingFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):  # noqa: ARG004 - the import system gives three
        if name != "twilio_emulator.traffic":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = WatchingLoader(spec.loader.name, spec.loader.path)
        return spec


if FILE:
    sys.meta_path.insert(0, WatchingFinder)
