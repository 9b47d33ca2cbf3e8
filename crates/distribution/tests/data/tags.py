"""Writes tags.json: what `packaging.tags` (26.3) and pip (26.3) support, for many interpreters.

Run with a Python that has both. A tag list is kept short: `platforms`, and the (interpreter-ABI)
`blocks` that go with each of them, then the `any` tags; that this is the list is asserted here.
"""

import itertools
import json
import pathlib
from unittest import mock

from packaging import _manylinux, _musllinux, tags
from pip._internal.utils import compatibility_tags
from pip._vendor.packaging import _manylinux as pip_manylinux
from pip._vendor.packaging import _musllinux as pip_musllinux
from pip._vendor.packaging import tags as pip_tags


def linux(machine, glibc=None, musl=None, hard_float=False):
    """Platform tags of a Linux, and the Rust value that stands for it."""
    version = _manylinux._GLibCVersion(*(glibc or (-1, -1)))
    musl_version = _musllinux._MuslVersion(*musl) if musl else None
    compatible = hard_float or machine == "i686" or machine in _manylinux._ALLOWED_ARCHS
    sysconfig_name = {"i686": "linux-x86_64", "armv8l": "linux-aarch64"}.get(machine, f"linux-{machine}")
    with (
        mock.patch.object(_manylinux, "_get_glibc_version", lambda: version),
        mock.patch.object(_manylinux, "_have_compatible_abi", lambda executable, archs: compatible),
        mock.patch.object(_musllinux, "_get_musl_version", lambda executable: musl_version),
        mock.patch.object(tags.sysconfig, "get_platform", lambda: sysconfig_name),
    ):
        platforms = list(tags._linux_platforms(is_32bit=machine in ("i686", "armv8l")))
    libc = {"Glibc": glibc} if glibc else {"Musl": musl} if musl else "Unknown"
    return platforms, {"Linux": {"machine": machine, "libc": libc, "hard_float": hard_float}}


def macos(major, minor, machine):
    platforms = list(tags.mac_platforms((major, minor), machine))
    return platforms, {"MacOs": {"major": major, "minor": minor, "machine": machine}}


def other(name):
    return [name], {"Other": name}


def compact(tag_list, platforms):
    tag_list = [(tag.interpreter, tag.abi, tag.platform) for tag in tag_list]
    if "any" not in platforms:
        tag_list = list(dict.fromkeys(tag_list))
    blocks = list(dict.fromkeys((python, abi) for python, abi, platform in tag_list if platform == platforms[0]))
    any_tags = [python for python, _, platform in tag_list[len(blocks) * len(platforms) :]]
    expanded = [(python, abi, platform) for (python, abi), platform in itertools.product(blocks, platforms)]
    assert expanded + [(python, "none", "any") for python in any_tags] == tag_list
    return {"platforms": platforms, "blocks": ["-".join(block) for block in blocks], "any": any_tags}


def case(implementation, python, abis, platform):
    platforms, rust_platform = platform
    if implementation == "cpython":
        name = "cp" + "".join(map(str, python))
        tag_list = [*tags.cpython_tags(python, abis, platforms), *tags.compatible_tags(python, name, platforms)]
    else:
        # As pip's get_supported: the name with its version goes with `any`.
        name = tags.INTERPRETER_SHORT_NAMES.get(implementation, implementation) + "".join(map(str, python))
        tag_list = [*tags.generic_tags(name, abis, platforms), *tags.compatible_tags(python, name, platforms)]
    return {
        "interpreter": {
            "implementation": implementation,
            "python": python,
            "abis": abis,
            "free_threaded": any(abi.endswith(("t", "td")) for abi in abis),
            "platform": rust_platform,
        },
        "target": None,
        **compact(tag_list, platforms),
    }


HOST_PLATFORMS, HOST = linux("x86_64", (2, 17))


def target_case(version=None, platforms=None, implementation=None, abis=None, debug=False):
    """What pip makes of `--python-version` and its like, on CPython 3.11 with glibc 2.17."""
    config_var = pip_tags._get_config_var
    with (
        mock.patch.object(
            pip_tags,
            "_get_config_var",
            lambda name, warn=False: int(debug) if name == "Py_DEBUG" else config_var(name, warn),
        ),
        mock.patch.object(pip_tags, "platform_tags", lambda: iter(HOST_PLATFORMS)),
        mock.patch.object(pip_tags, "_generic_abi", lambda: ["cp311"]),
        mock.patch.object(pip_tags.sys, "version_info", (3, 11, 0, "final", 0)),
    ):
        tag_list = compatibility_tags.get_supported(version, platforms, implementation, abis)
        expanded = compatibility_tags._expand_allowed_platforms(platforms)
    python = None
    if version:
        python = [int(version[0]), int(version[1:]) if version[1:] else None]
    return {
        "interpreter": {
            "implementation": "cpython",
            "python": [3, 11],
            "abis": ["cp311d", "cp311"] if debug else ["cp311"],
            "free_threaded": False,
            "platform": HOST,
        },
        "target": {
            "python": python,
            "platforms": platforms or [],
            "implementation": implementation,
            "abis": abis or [],
        },
        **compact(tag_list, HOST_PLATFORMS if expanded is None else expanded),
    }


def cases():
    new = linux("x86_64", (2, 36))
    for minor in range(8, 14):
        yield case("cpython", (3, minor), [f"cp3{minor}"], new)
    yield case("cpython", (2, 7), ["cp27mu"], new)
    yield case("cpython", (3, 1), ["cp31m"], new)
    yield case("cpython", (3, 6), ["cp36m"], linux("x86_64", (2, 4)))
    yield case("cpython", (3, 7), ["cp37m"], linux("i686", (2, 12)))
    yield case("cpython", (3, 13), ["cp313t"], new)
    yield case("cpython", (3, 15), ["cp315t"], linux("aarch64", (2, 41)))
    yield case("cpython", (3, 13), ["cp313td", "cp313t"], new)
    yield case("cpython", (3, 12), ["cp312d", "cp312"], new)
    yield case("cpython", (3, 12), [], linux("aarch64", (2, 28)))
    for platform in [
        linux("aarch64", (2, 31)),
        linux("aarch64", (2, 16)),
        linux("ppc64le", (2, 17)),
        linux("s390x", (2, 35)),
        linux("riscv64", (2, 39)),
        linux("loongarch64", (3, 1)),
        linux("mips64", (2, 31)),
        linux("armv7l", (2, 31), hard_float=True),
        linux("armv7l", (2, 31)),
        linux("armv8l", (2, 36), hard_float=True),
        linux("x86_64", musl=(1, 2)),
        linux("aarch64", musl=(1, 1)),
        linux("armv8l", musl=(1, 2)),
        linux("x86_64"),
        macos(14, 2, "arm64"),
        macos(15, 0, "x86_64"),
        macos(26, 1, "arm64"),
        macos(11, 0, "x86_64"),
        macos(10, 15, "x86_64"),
        macos(10, 9, "x86_64"),
        macos(10, 6, "i386"),
        macos(10, 5, "ppc"),
        macos(10, 5, "ppc64"),
        other("win_amd64"),
        other("win32"),
        other("win_arm64"),
        other("freebsd_14_1_release_amd64"),
    ]:
        yield case("cpython", (3, 12), ["cp312"], platform)
    yield case("pypy", (3, 10), ["pypy310_pp73"], new)
    yield case("pypy", (2, 7), ["pypy_73"], linux("x86_64", (2, 17)))
    yield case("pypy", (3, 9), ["pypy39_pp73"], macos(12, 6, "x86_64"))
    yield case("graalpy", (3, 11), ["graalpy242_311_native"], linux("aarch64", (2, 31)))
    yield case("jython", (2, 7), [], other("java"))
    yield target_case("312")
    yield target_case("39")
    yield target_case("37")
    yield target_case("3")
    yield target_case(platforms=["manylinux2014_x86_64"])
    yield target_case("312", ["manylinux_2_28_aarch64", "manylinux2014_aarch64", "manylinux2010_i686"])
    yield target_case("312", ["macosx_11_0_arm64"])
    yield target_case("310", ["macosx_10_12_x86_64", "any"], "cp", ["cp310", "abi3", "none"])
    yield target_case("313", ["win_amd64"], "cp", ["cp313t"])
    yield target_case("310", ["win_amd64"], "pp", ["pypy310_pp73"])
    yield target_case(implementation="py")
    yield target_case("313", ["ios_15_4_arm64_iphoneos"])
    yield target_case("313", ["android_24_arm64_v8a"])
    yield target_case("313", ["macosx_nonsense"])
    yield target_case("27")
    yield target_case("312", ["win32"], debug=True)
    yield target_case("37", ["win32"], debug=True)
    yield target_case("2", ["win32"])
    yield target_case("32", ["manylinux1_i686"])
    yield target_case("310", implementation="py")
    yield target_case("310", ["linux_x86_64"], "py", ["none"])
    yield target_case("310", ["linux_x86_64"], "py")
    yield target_case(implementation="pp")
    yield target_case("39", implementation="pp", abis=["pypy39_pp73", "none", "pypy39_pp72"])
    yield target_case("27", ["win_amd64"], "ip")
    yield target_case("27", ["any"], "jy", ["none"])
    yield target_case("311", ["win_amd64"], "CP", ["CP311"])
    yield target_case("311", ["win_amd64"], "cp", ["none", "cp311", "abi3"])
    yield target_case("314", ["win_amd64"], "cp", ["cp314t", "abi3t", "cp314"])
    yield target_case("314", ["win_amd64"], "cp", ["none"])
    yield target_case(abis=["cp310", "cp311"])
    yield target_case("3", ["linux_x86_64"], "cp", ["cp3", "abi3"])
    yield target_case(platforms=["linux_x86_64", "manylinux_2_28_x86_64", "manylinux2014_x86_64", "linux_x86_64"])
    yield target_case("312", ["manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64"])
    yield target_case("312", ["manylinux2014_ppc64le", "musllinux_1_2_x86_64", "win_arm64"])
    yield target_case("312", ["macosx_10_9_universal2", "macosx_10_9_intel"])
    yield target_case("312", ["macosx_11_0_universal2", "macosx_12_3_x86_64"])
    yield target_case("312", ["macosxcustom_10_9_x86_64"])
    yield target_case("313", ["ioscustom_13_1_arm64_iphoneos", "ios_11_0_arm64_iphoneos", "iosx", "android_x_y"])
    yield target_case("313", ["android_21_arm64_v8a", "android_15_x86"])


path = pathlib.Path(__file__).with_name("tags.json")
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n")
