# The one question that rpip asks an interpreter. It is run as `python -I -B -c <this>`,
# and answers with JSON between two markers, because sitecustomize may print too.
# It must parse on every Python there is, so that old ones can say that they are too old.
import json
import os
import sys

BEGIN = "<<rpip-interpreter-facts:"
END = ":rpip-interpreter-facts>>"


def answer(value):
    data = (BEGIN + json.dumps(value) + END + "\n").encode("ascii")
    while data:
        data = data[os.write(1, data):]
    os._exit(0)


if sys.version_info < (3, 8):
    answer({"too_old": ".".join(map(str, sys.version_info[:3]))})

import platform
import site
import struct
import sysconfig

VIRTUAL = sys.prefix != sys.base_prefix
# Stands for the root of a virtual environment that is still to be made.
ROOT = os.path.join(os.path.abspath(os.sep), "rpip-environment-root")


def unique(paths):
    return list(dict.fromkeys(path for path in paths if path))


def base_executable():
    # `base_executable` in virtual_interpreter.rs finds it by the same rule.
    if not VIRTUAL:
        return getattr(sys, "_base_executable", None) or sys.executable
    real = os.path.realpath(sys.executable)
    home = getattr(sys, "_home", None) or os.path.dirname(real)
    names = unique([
        os.path.basename(sys.executable),
        os.path.basename(real),
        "python%d.%d" % sys.version_info[:2],
        "python3",
        "python",
    ])
    found = [path for path in (os.path.join(home, name) for name in names) if os.path.isfile(path)]
    for path in found:
        if os.path.realpath(path) == real:
            return path
    is_copy = os.path.dirname(real) == os.path.realpath(os.path.dirname(sys.executable))
    return found[0] if is_copy and found else real


def prefix_scheme_name():
    # As pip's locations/_sysconfig.py chooses.
    preferred = getattr(sysconfig, "get_preferred_scheme", None)
    if preferred is not None:
        return preferred("prefix")
    available = sysconfig.get_scheme_names()
    virtual = sys.prefix != sys.base_prefix
    framework = bool(sysconfig.get_config_var("PYTHONFRAMEWORK"))
    if "osx_framework_library" in available and framework and not virtual:
        return "osx_framework_library"
    name = sys.implementation.name
    for candidate in (name + "_" + os.name, name, os.name + "_prefix", os.name):
        if candidate in available:
            return candidate
    return "posix_prefix"


def user_scheme_name():
    preferred = getattr(sysconfig, "get_preferred_scheme", None)
    if preferred is not None:
        return preferred("user")
    available = sysconfig.get_scheme_names()
    name = os.name + "_user"
    if sysconfig.get_config_var("PYTHONFRAMEWORK") and not VIRTUAL:
        name = "osx_framework_user"
    if name in available:
        return name
    return "posix_user" if "posix_user" in available else None


def scheme(name, variables, virtual_base):
    paths = sysconfig.get_paths(name, vars=variables)
    headers = paths["include"]
    if virtual_base:
        headers = os.path.join(virtual_base, "include", "site", "python%d.%d" % sys.version_info[:2])
    return {
        "purelib": paths["purelib"],
        "platlib": paths["platlib"],
        "scripts": paths["scripts"],
        "data": paths["data"],
        "headers": headers,
    }


def user_scheme():
    name = user_scheme_name()
    if name is None or not site.getuserbase():
        return None
    try:
        base = site.getuserbase()
        return scheme(name, {"userbase": base}, base if VIRTUAL else None)
    except KeyError:
        return None


def site_packages(prefixes):
    # Debian's answer depends on whether sys.prefix is that of a virtual environment.
    saved = sys.prefix
    sys.prefix = prefixes[0]
    try:
        return unique(site.getsitepackages(unique(prefixes)))
    finally:
        sys.prefix = saved


def layout_at_root(name):
    # The scheme for `--prefix` and `--target` (pip's `home`), relative to the directory that is given.
    keys = ("base", "platbase", "installed_base", "installed_platbase", "prefix", "exec_prefix", "userbase")
    paths = scheme(name, dict.fromkeys(keys, ROOT), ROOT if VIRTUAL else None)
    return {key: below_root(path) for key, path in paths.items()}


def prefix_layout():
    name = prefix_scheme_name()
    # These lead to /usr/local or to a framework, whatever the prefix.
    return layout_at_root("posix_prefix" if name in ("posix_local", "osx_framework_library") else name)


def home_layout():
    preferred = getattr(sysconfig, "get_preferred_scheme", None)
    if preferred is not None:
        return layout_at_root(preferred("home"))
    name = os.name + "_home"
    return layout_at_root(name if name in sysconfig.get_scheme_names() else "posix_home")


def below_root(path):
    short = os.path.relpath(path, ROOT)
    return "" if short == os.curdir else short


def virtual_layout():
    # What sysconfig and site would say in a virtual environment at ROOT, relative to it.
    variables = dict.fromkeys(
        ("base", "platbase", "installed_base", "installed_platbase", "prefix", "exec_prefix"), ROOT
    )
    saved = sys.prefix
    sys.prefix = ROOT
    try:
        paths = scheme(prefix_scheme_name(), variables, ROOT)
        libraries = site_packages([ROOT])
        include = os.path.join(ROOT, "Include" if os.name == "nt" else "include")
        if "venv" in sysconfig.get_scheme_names():
            include = sysconfig.get_path("include", "venv", vars=variables)
    finally:
        sys.prefix = saved

    return {
        "scheme": {key: below_root(path) for key, path in paths.items()},
        "include": below_root(include),
        "site_packages": [below_root(path) for path in libraries],
    }


def named_by_path_files(directories):
    # What `.pth` files add changes with every install, so it is not remembered.
    added = set()
    for directory in directories:
        try:
            names = [name for name in os.listdir(directory) if name.endswith(".pth")]
        except OSError:
            continue
        for name in names:
            try:
                with open(os.path.join(directory, name), "rb") as file:
                    lines = file.read(1 << 20).decode("utf-8", "replace").splitlines()
            except OSError:
                continue
            for line in lines:
                line = line.strip()
                if line and not line.startswith(("#", "import ", "import\t")):
                    added.add(os.path.normcase(os.path.abspath(os.path.join(directory, line))))
    return added


def search_path(libraries):
    # sys.path in two parts: the standard library, and what sitecustomize or a distributor adds.
    standard_roots = unique([sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")])
    from_files = named_by_path_files(libraries)
    standard, added = [], []
    for entry in unique(sys.path):
        if entry in libraries or os.path.normcase(entry) in from_files:
            continue
        is_standard = entry in standard_roots or os.path.dirname(entry) in standard_roots
        if is_standard or entry.endswith(".zip"):
            standard.append(entry)
        elif os.path.isdir(entry):
            added.append(entry)
    return standard, added


def markers():
    version = sys.implementation.version
    implementation = "%d.%d.%d" % (version.major, version.minor, version.micro)
    if version.releaselevel != "final":
        implementation += version.releaselevel[0] + str(version.serial)
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": implementation,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": full_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def full_version():
    # A build between two releases ends in `+`; `packaging` reads that as a local version.
    version = platform.python_version()
    return version + "local" if version.endswith("+") else version


def underscored(text):
    return text.replace("-", "_").replace(".", "_").replace(" ", "_")


def cpython_abis(free_threaded):
    version = "cp%d%d" % sys.version_info[:2] + ("t" if free_threaded else "")
    debug = sysconfig.get_config_var("Py_DEBUG")
    if debug is None:
        from importlib.machinery import EXTENSION_SUFFIXES

        debug = hasattr(sys, "gettotalrefcount") or "_d.pyd" in EXTENSION_SUFFIXES
    return [version + "d", version] if debug else [version]


def generic_abis(free_threaded):
    parts = str(sysconfig.get_config_var("EXT_SUFFIX") or "").split(".")
    if len(parts) < 3 or parts[0]:
        return cpython_abis(free_threaded)
    pieces = parts[1].split("-")
    if pieces[0] == "cpython" and len(pieces) > 1:
        return ["cp" + pieces[1]]
    if parts[1].startswith("cp"):
        return [pieces[0]]
    kept = {"pypy": 2, "graalpy": 3}
    for name, count in kept.items():
        if parts[1].startswith(name):
            return [underscored("-".join(pieces[:count]))]
    return [underscored(parts[1])] if parts[1] else []


def elf_header(path):
    # machine, flags, class, data encoding and the program interpreter of an ELF file.
    with open(path, "rb") as file:
        identity = file.read(16)
        if identity[:4] != b"\x7fELF":
            raise ValueError("not ELF")
        bits, encoding = identity[4], identity[5]
        order = "<" if encoding == 1 else ">"
        form, entry, fields = {
            1: ("HHIIIIIHHH", "IIIIIIII", (0, 1, 4)),
            2: ("HHIQQQIHHH", "IIQQQQQQ", (0, 2, 5)),
        }[bits]
        form, entry = order + form, order + entry
        header = struct.unpack(form, file.read(struct.calcsize(form)))
        machine, offset, flags, entry_size, count = header[1], header[4], header[6], header[8], header[9]
        loader = None
        for index in range(count):
            file.seek(offset + entry_size * index)
            values = struct.unpack(entry, file.read(struct.calcsize(entry)))
            if values[fields[0]] == 3:  # PT_INTERP
                file.seek(values[fields[1]])
                loader = os.fsdecode(file.read(min(values[fields[2]], 4096)).strip(b"\0"))
                break
    return machine, flags, bits, encoding, loader


def glibc_version():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION").rsplit()[1]
    except (AttributeError, IndexError, OSError, ValueError):
        pass
    try:
        import ctypes

        function = ctypes.CDLL(None).gnu_get_libc_version
        function.restype = ctypes.c_char_p
        return function().decode("ascii")
    except Exception:
        return None


def libc(machine):
    def numbers(text):
        import re

        match = re.match(r"(\d+)\.(\d+)", text)
        return [int(match.group(1)), int(match.group(2))] if match else None

    version = numbers(glibc_version() or "")
    if version is not None:
        try:
            # Distributors may forbid manylinux wheels by this module (PEP 513, PEP 600).
            import _manylinux

            if _manylinux.manylinux_compatible(version[0], version[1], machine) is False:
                return "Unknown"
        except Exception:
            pass
        return {"Glibc": version}
    try:
        loader = elf_header(sys.executable)[4]
        if loader and "musl" in loader:
            import subprocess

            process = subprocess.Popen([loader], stderr=subprocess.PIPE)
            for line in process.communicate()[1].decode("utf-8", "replace").splitlines():
                if line.startswith("Version "):
                    version = numbers(line[len("Version "):])
    except Exception:
        pass
    return {"Musl": version} if version else "Unknown"


def hard_float():
    # Little-endian 32-bit ARM, EABI version 5, hard-float ABI.
    try:
        machine, flags, bits, encoding, _ = elf_header(sys.executable)
    except Exception:
        return False
    is_arm = (bits, encoding, machine) == (1, 1, 40)
    return is_arm and flags & 0xFF000000 == 0x05000000 and flags & 0x400 == 0x400


def platform_facts():
    is_32bit = struct.calcsize("P") == 4
    name = underscored(sysconfig.get_platform())
    system = platform.system()
    if system == "Darwin":
        version, _, machine = platform.mac_ver()
        numbers = [int(part) for part in (version + ".0").split(".")[:2]]
        if is_32bit:
            machine = "ppc" if machine.startswith("ppc") else "i386"
        return {"MacOs": {"major": numbers[0], "minor": numbers[1], "machine": machine}}
    if system == "Linux" and name.startswith("linux_"):
        machine = name[len("linux_"):]
        if is_32bit:
            machine = {"x86_64": "i686", "aarch64": "armv8l"}.get(machine, machine)
        arm = machine in ("armv7l", "armv8l")
        return {"Linux": {"machine": machine, "libc": libc(machine), "hard_float": arm and hard_float()}}
    return {"Other": name}


def tags():
    free_threaded = bool(sys.version_info >= (3, 13) and sysconfig.get_config_var("Py_GIL_DISABLED"))
    is_cpython = sys.implementation.name == "cpython"
    return {
        "implementation": sys.implementation.name,
        "python": list(sys.version_info[:2]),
        "abis": cpython_abis(free_threaded) if is_cpython else generic_abis(free_threaded),
        "free_threaded": free_threaded,
        "platform": platform_facts(),
    }


def user_site_permitted():
    # As site.check_enableusersite() decides in a process without -I, -s and PYTHONNOUSERSITE.
    return not hasattr(os, "getuid") or (os.getuid() == os.geteuid() and os.getgid() == os.getegid())


def facts():
    from importlib.util import MAGIC_NUMBER

    system_site_packages = not VIRTUAL or sys.base_prefix in getattr(site, "PREFIXES", ())
    own = site_packages([sys.prefix, sys.exec_prefix])
    base = site_packages([sys.base_prefix, sys.base_exec_prefix])
    visible = unique(own + base) if system_site_packages else own
    standard, added = search_path(unique(own + base))
    return {
        "executable": sys.executable,
        "base_executable": base_executable(),
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "version": full_version(),
        "implementation": sys.implementation.name,
        "cache_tag": sys.implementation.cache_tag,
        "magic": "".join("%02x" % byte for byte in MAGIC_NUMBER),
        "markers": markers(),
        "tags": tags(),
        "scheme": scheme(prefix_scheme_name(), None, sys.prefix if VIRTUAL else None),
        "user_scheme": user_scheme(),
        "stdlib": sysconfig.get_path("stdlib"),
        "user_site_permitted": user_site_permitted(),
        "user_site_enabled": user_site_permitted() and system_site_packages,
        "sys_path": standard + [path for path in visible if os.path.isdir(path)] + added,
        "platlibdir": getattr(sys, "platlibdir", "lib"),
        "is_64bit": sys.maxsize > 2**32,
        "system_site_packages": system_site_packages,
        "site_packages": own,
        "base_site_packages": base,
        "standard_path": standard,
        "added_path": added,
        "user_home": os.path.expanduser("~"),
        "user_base": site.getuserbase() or None,
        "user_site": site.getusersitepackages() or None,
        "virtual_layout": virtual_layout(),
        "prefix_layout": prefix_layout(),
        "home_layout": home_layout(),
    }


answer({"facts": facts()})
