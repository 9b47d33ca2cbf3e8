"""Runs the hooks of one build (PEP 517, PEP 660) for a frontend in another process.

Requests and answers are lines of JSON. They go over a descriptor that is put away before anything of the project is
imported, so that a backend may print and read what it likes. The backend is imported once; every hook runs in a fork,
because backends are free to change the state of their process. Where forking is not safe the frontend starts one
process a hook.
"""
import sys

# The source tree is no place to import from, unless backend-path says so.
if sys.path and sys.path[0] == "":
    del sys.path[0]

import atexit
import importlib
import importlib.machinery
import json
import os
import select
import signal
import traceback
import warnings

SETUP = json.loads(sys.argv[1])
DIRECTORIES = [os.path.normpath(os.path.join(os.getcwd(), path)) for path in SETUP["backend_path"]]
sys.argv = ["-c"]


class Channel:
    """The lines that are exchanged with the frontend."""

    def __init__(self):
        self.writer = os.dup(1)
        if SETUP["is_duplex"]:
            self.reader = self.writer
        else:
            self.reader = os.dup(0)
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.close(nothing)
        os.dup2(2, 1)
        self.buffer = b""

    def read(self):
        """Reads more; ends everything that the build has started when the frontend is gone."""
        data = os.read(self.reader, 65536)
        if not data:
            if hasattr(os, "killpg"):
                os.killpg(os.getpgid(0), signal.SIGKILL)
            os._exit(1)
        self.buffer += data

    def request(self):
        while b"\n" not in self.buffer:
            self.read()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line.decode("utf-8"))

    def answer(self, answer):
        data = json.dumps(answer).encode("ascii") + b"\n"
        while data:
            data = data[os.write(self.writer, data) :]


class InTreeFinder:
    """Finds the in-tree backend in the directories of backend-path and nowhere else."""

    root = SETUP["module"].partition(".")[0]

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != cls.root:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, DIRECTORIES)
        if spec is None:
            raise ModuleNotFoundError("No module named %r in backend-path" % name, name=name)
        return spec

    @classmethod
    def invalidate_caches(cls):
        pass


def load():
    if DIRECTORIES:
        sys.path[:0] = DIRECTORIES
        sys.meta_path.insert(0, InTreeFinder)
        # A module of this name that is imported already is not the tree's.
        sys.modules.pop(InTreeFinder.root, None)
    backend = importlib.import_module(SETUP["module"])
    for name in filter(None, SETUP["object"].split(".")):
        backend = getattr(backend, name)
    return backend


def clean(text):
    """Text that can be sent: what is no character is written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def text_of(thing):
    try:
        return clean(str(thing))
    except BaseException:
        return "(it cannot be shown)"


def missing_module(error):
    """The module whose absence is at the bottom of the error."""
    found = None
    for _ in range(32):
        if error is None:
            break
        if isinstance(error, ModuleNotFoundError) and error.name:
            found = text_of(error.name)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def show(error):
    """Prints the error as Python does, without the frames of this file."""
    try:
        if isinstance(error, SystemExit):
            if error.code is not None and not isinstance(error.code, int):
                print(error.code, file=sys.stderr)
            return
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_globals is globals():
            frames = frames.tb_next
        traceback.print_exception(type(error), error, frames)
    except BaseException:
        pass


def failure(error, **more):
    show(error)
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__
    described = {"kind": clean(name), "message": text_of(error), "missing_module": missing_module(error)}
    described.update(more)
    return {"error": described}


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def result_of(name, value):
    """What a hook has returned, checked: a list of strings, or a string."""
    if name.startswith("get_requires_for_"):
        if isinstance(value, str):
            raise TypeError("%s returned a string instead of a list of strings" % name)
        value = list(value)
        if not all(isinstance(item, str) for item in value):
            raise TypeError("%s returned a list of something else than strings" % name)
        return [clean(item) for item in value]
    if not isinstance(value, str):
        raise TypeError("%s returned %s instead of a file name" % (name, type(value).__name__))
    return clean(value)


def positions(name):
    """The parameters of a hook, in order: backends may call them as they like (PEP 517 gives positions too)."""
    if name in ("build_wheel", "build_editable"):
        return ("wheel_directory", "config_settings", "metadata_directory")
    if name == "build_sdist":
        return ("sdist_directory", "config_settings")
    if name.startswith("prepare_metadata"):
        return ("metadata_directory", "config_settings")
    return ("config_settings",)


def run(backend, name, request):
    arguments = {key: os.fsdecode(bytes.fromhex(path)) for key, path in request["directories"].items()}
    arguments["config_settings"] = request["config_settings"]
    try:
        values = [arguments.get(parameter) for parameter in positions(name)]
        answer = {"value": result_of(name, getattr(backend, name)(*values))}
    except BaseException as error:
        try:
            is_unsupported = isinstance(error, getattr(backend, "UnsupportedOperation", ()))
        except TypeError:
            is_unsupported = False
        answer = failure(error, is_unsupported=is_unsupported)
    try:
        atexit._run_exitfuncs()
    except BaseException as error:
        show(error)
    flush()
    return answer


def installed():
    """What is installed: by normalised name, the version and what it needs. The first one found is that which counts."""
    import importlib.metadata
    import re

    found = {}
    for distribution in importlib.metadata.distributions():
        metadata = distribution.metadata
        name, version = (metadata["Name"], metadata["Version"]) if metadata else (None, None)
        # What is left of a distribution that is gone says neither.
        if name and version:
            facts = {"version": version, "requires": distribution.requires or []}
            found.setdefault(re.sub("[-_.]+", "-", name).lower(), facts)
    return {"value": found}


class Server:
    can_fork = SETUP["can_fork"]
    backend = None

    def __init__(self):
        self.channel = Channel()

    def answer_to(self, request):
        name = request["hook"]
        if name == "installed":
            return installed()
        if self.backend is None:
            try:
                self.backend = load()
            except BaseException as error:
                return failure(error, is_import=True)
        if getattr(self.backend, name, None) is None:
            return {"is_missing": True}
        if self.can_fork:
            return self.fork(name, request)
        return run(self.backend, name, request)

    def fork(self, name, request):
        flush()
        with warnings.catch_warnings():
            # A backend that starts threads when it is imported has to live with it.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child:
            return self.wait(child)
        answer = run(self.backend, name, request)
        self.channel.answer(dict(answer, id=request["id"]))
        os._exit(0)

    def wait(self, child):
        """Waits for a fork. Says how it ended, which is of no interest if it has answered before."""
        while True:
            readable = select.select([self.channel.reader], [], [], 0.1)[0]
            if readable:
                # The next request: the fork has answered and is about to end.
                self.channel.read()
            status = os.waitpid(child, 0 if readable else os.WNOHANG)
            if status[0]:
                break
        status = status[1]
        if os.WIFSIGNALED(status):
            return {"signal": os.WTERMSIG(status)}
        return {"exit": os.WEXITSTATUS(status)}

    def serve(self):
        self.channel.answer({"id": 0})
        while True:
            request = self.channel.request()
            answer = self.answer_to(request)
            flush()
            self.channel.answer(dict(answer, id=request["id"]))


def leave_terminal():
    """Nothing of a build may ask somebody at the keyboard: whoever asks would be stopped and never continue."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return
    try:
        import fcntl
        import termios

        fcntl.ioctl(terminal, termios.TIOCNOTTY)
    except (ImportError, OSError):
        pass
    os.close(terminal)


def main():
    server = Server()
    leave_terminal()
    for stream in (sys.stdout, sys.stderr):
        # Lines are seen as they come, and no character is refused.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    server.serve()


main()
