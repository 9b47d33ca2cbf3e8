"""A build backend (PEP 517, PEP 660) of one file, for projects that carry it themselves (backend-path)."""

import ast
import base64
import hashlib
import os
import zipfile


def project():
    """Name, version and so on from pyproject.toml, whose values are Python literals as well."""
    found, table = {"dependencies": [], "optional": {}}, None
    for line in open("pyproject.toml", encoding="utf-8"):
        line = line.strip()
        if line.startswith("["):
            table = line
        elif "=" in line:
            key, value = (part.strip() for part in line.split("=", 1))
            if table == "[project]":
                found[key] = ast.literal_eval(value)
            elif table == "[project.optional-dependencies]":
                found["optional"][key] = ast.literal_eval(value)
    return found


def metadata(about):
    lines = ["Metadata-Version: 2.1", "Name: " + about["name"], "Version: " + about["version"]]
    if "requires-python" in about:
        lines.append("Requires-Python: " + about["requires-python"])
    lines += ["Requires-Dist: " + requirement for requirement in about["dependencies"]]
    for extra, requirements in about["optional"].items():
        lines.append("Provides-Extra: " + extra)
        lines += [f"Requires-Dist: {requirement}; extra == '{extra}'" for requirement in requirements]
    return "\n".join(lines) + "\n"


def wheel(directory, files):
    about = project()
    stem = about["name"].replace("-", "_").lower() + "-" + about["version"]
    info = stem + ".dist-info/"
    files = dict(files)
    files[info + "METADATA"] = metadata(about)
    files[info + "WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text.encode())}\n"
    files[info + "RECORD"] = record + info + "RECORD,,\n"
    with zipfile.ZipFile(os.path.join(directory, stem + "-py3-none-any.whl"), "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text)
    return stem + "-py3-none-any.whl"


def module():
    return project()["name"].replace("-", "_").lower() + ".py"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if os.path.exists("FAIL"):
        print("the compiler is on strike")
        raise SystemExit(3)
    settings = "".join(f"{key} = {value!r}\n" for key, value in sorted((config_settings or {}).items()))
    return wheel(wheel_directory, {module(): open(module(), encoding="utf-8").read() + settings})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return wheel(wheel_directory, {"__editable__." + module()[:-3] + ".pth": os.getcwd() + "\n"})


def get_requires_for_build_wheel(config_settings=None):
    return list(project().get("build-wants", []))
