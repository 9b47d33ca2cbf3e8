//! Requirements from other files: dependency groups (PEP 735), inline script metadata (PEP 723), lock files (PEP 751).

use crate::twin::{Case, case, compare};

const PYPROJECT: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[dependency-groups]\ntests = [\"helper<2\", {include-group = \"More-Things\"}]\n\
            more_things = [\"card; python_version > '3'\"]\n\
            loop = [{include-group = \"loop\"}]\nbad = [\"???\"]\nempty = []\n",
    ),
    ("sub/pyproject.toml", "[dependency-groups]\ndocs = [\"leaf\"]\n"),
    ("none/pyproject.toml", "[project]\nname = \"x\"\nversion = \"1\"\n"),
];

const SCRIPT: &[(&str, &str)] = &[
    (
        "script.py",
        "#!/usr/bin/env python3\n# /// script\n# requires-python = \">=3.8\"\n\
            # dependencies = [\n#   \"helper<2\",\n#   \"card\",\n# ]\n# ///\n\
            import helper\n",
    ),
    ("future.py", "# /// script\n# requires-python = \">=4\"\n# dependencies = [\"helper\"]\n# ///\n"),
    ("plain.py", "print('no metadata')\n"),
    ("double.py", "# /// script\n# dependencies = []\n# ///\n\n# /// script\n# dependencies = []\n# ///\n"),
    ("bare.py", "# /// script\n# ///\n"),
    ("broken.py", "# /// script\n# dependencies = [\n# ///\n"),
];

const LOCK: &[(&str, &str)] = &[
    (
        "pylock.toml",
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\nrequires-python = \">=3.8\"\n\n\
            [[packages]]\nname = \"helper\"\nversion = \"1.5\"\n\n[[packages.wheels]]\n\
            name = \"helper-1.5-py3-none-any.whl\"\n\
            url = \"{files}/helper-1.5-py3-none-any.whl\"\n\n[packages.wheels.hashes]\n\
            sha256 = \"{sha256:helper-1.5-py3-none-any.whl}\"\n\n[[packages]]\n\
            name = \"leaf\"\nversion = \"1.0\"\nmarker = \"sys_platform == 'win32'\"\n\n\
            [[packages.wheels]]\nurl = \"{files}/leaf-1.0-py3-none-any.whl\"\n\
            hashes = {sha256 = \"{sha256:leaf-1.0-py3-none-any.whl}\"}\n\n[[packages]]\n\
            name = \"source-only\"\nversion = \"1.0\"\n\n[packages.sdist]\n\
            url = \"{files}/source_only-1.0.tar.gz\"\n\
            hashes = {sha256 = \"{sha256:source_only-1.0.tar.gz}\"}\n",
    ),
    (
        "pylock.wrong.toml",
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\n\n[[packages]]\n\
            name = \"helper\"\nversion = \"1.5\"\n\n[[packages.wheels]]\n\
            url = \"{files}/helper-1.5-py3-none-any.whl\"\n\
            hashes = {sha256 = \
            \"0000000000000000000000000000000000000000000000000000000000000000\"}\n",
    ),
    ("pylock.future.toml", "lock-version = \"2.0\"\ncreated-by = \"hand\"\npackages = []\n"),
    (
        "pylock.python.toml",
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\nrequires-python = \">=4\"\n\
            packages = []\n",
    ),
    (
        "pylock.extras.toml",
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\nextras = [\"more\"]\n\
            dependency-groups = [\"dev\"]\ndefault-groups = []\n\n[[packages]]\n\
            name = \"helper\"\nversion = \"1.5\"\n\n[[packages.wheels]]\n\
            url = \"{files}/helper-1.5-py3-none-any.whl\"\n\
            hashes = {sha256 = \"{sha256:helper-1.5-py3-none-any.whl}\"}\n\n[[packages]]\n\
            name = \"card\"\nversion = \"1.0\"\nmarker = \"'more' in extras\"\n\n\
            [[packages.wheels]]\nurl = \"{files}/card-1.0-py3-none-any.whl\"\n\
            hashes = {sha256 = \"{sha256:card-1.0-py3-none-any.whl}\"}\n\n[[packages]]\n\
            name = \"leaf\"\nversion = \"1.0\"\nmarker = \"'dev' in dependency_groups\"\n\n\
            [[packages.wheels]]\nurl = \"{files}/leaf-1.0-py3-none-any.whl\"\n\
            hashes = {sha256 = \"{sha256:leaf-1.0-py3-none-any.whl}\"}\n",
    ),
    ("pylock.broken.toml", "lock-version = \"1.0\"\n[[packages\n"),
];

const CASES: &[Case] = &[
    case("group", "install --group tests").files(PYPROJECT),
    case("group of another file", "install --group sub/pyproject.toml:docs").files(PYPROJECT),
    case("groups and arguments", "install --group tests --group sub/pyproject.toml:docs paper")
        .files(PYPROJECT),
    case("group in another spelling", "install --group more-THINGS").files(PYPROJECT),
    case("group that is empty", "install --group empty").files(PYPROJECT),
    case("group that is not there", "install --group missing").files(PYPROJECT),
    case("group that includes itself", "install --group loop").files(PYPROJECT),
    case("group with a bad requirement", "install --group bad").files(PYPROJECT),
    case("group of a file without groups", "install --group none/pyproject.toml:tests").files(PYPROJECT),
    case("group of no file", "install --group tests"),
    case("group of a wrong file", "install --group setup.cfg:tests"),
    case("group and only dependencies", "install --only-deps --group tests").files(PYPROJECT),
    case("script", "install --requirements-from-script script.py").files(SCRIPT),
    case("script and an argument", "install --requirements-from-script script.py paper").files(SCRIPT),
    case("script for another python", "install --requirements-from-script future.py").files(SCRIPT),
    case("script without metadata", "install --requirements-from-script plain.py").files(SCRIPT),
    case("script with two blocks", "install --requirements-from-script double.py").files(SCRIPT),
    case("script with an empty block", "install --requirements-from-script bare.py").files(SCRIPT),
    case("script with broken metadata", "install --requirements-from-script broken.py").files(SCRIPT),
    case("script that is not there", "install --requirements-from-script missing.py"),
    case("two scripts", "install --requirements-from-script script.py --requirements-from-script bare.py")
        .files(SCRIPT),
    case("lock file", "install -r pylock.toml").files(LOCK),
    case("lock file over what is there", "install -r pylock.toml").files(LOCK).before(&["install helper"]),
    case("lock file and an argument", "install -r pylock.toml card").files(LOCK),
    case("lock file with a wrong hash", "install -r pylock.wrong.toml").files(LOCK),
    case("lock file of another format", "install -r pylock.future.toml").files(LOCK),
    case("lock file for another python", "install -r pylock.python.toml").files(LOCK),
    case("lock file, default", "install -r pylock.extras.toml").files(LOCK),
    case("lock file with an extra", "install -r 'pylock.extras.toml[more]'").files(LOCK),
    case("lock file with an unknown extra", "install -r 'pylock.extras.toml[less]'").files(LOCK),
    case("lock file with a group", "install --group pylock.extras.toml:dev").files(LOCK),
    case("lock file that is broken", "install -r pylock.broken.toml").files(LOCK),
    case("lock file that is not there", "install -r pylock.missing.toml"),
    case("lock file, no dependencies", "install --no-deps -r pylock.toml").files(LOCK),
    case("lock file, dry run", "install --dry-run -r pylock.toml").files(LOCK),
    case("lock file, constrained", "install -r pylock.toml -c c.txt").files(LOCK),
    case("lock file for a platform", "install -r pylock.toml -t target --only-binary :all: --platform win32")
        .files(LOCK),
];

#[test]
fn groups() {
    compare(CASES);
}
