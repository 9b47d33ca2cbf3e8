//! What is unusual, and what is wrong: odd wheels, misleading metadata, archives of every kind, paths with spaces, umasks.

use crate::twin::{Aspect, Case, Place, case, compare};

/// A project in source, and the archives that a shell makes of it.
const PROJECT: &[(&str, &str)] = &[
    (
        "tree-1.0/pyproject.toml",
        "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n\
            dependencies = [\"card\"]\n",
    ),
    ("tree-1.0/backend.py", "{backend}"),
    ("tree-1.0/tree.py", "VALUE = 1\n"),
];

const DEEP: &str = "a-directory-with-a-long-name/and-another-one-that-is-no-shorter/and-a-third-one-so-that-no-shebang-holds-it/env";

/// A project that needs the other one by its path.
const LINKED: &[(&str, &str)] = &[
    (
        "linked/pyproject.toml",
        "{build-system}[project]\nname = \"outer\"\nversion = \"1.0\"\n\
            dependencies = [\"tree @ file://{work}/tree-1.0\"]\n",
    ),
    ("linked/backend.py", "{backend}"),
    ("linked/outer.py", ""),
    PROJECT[0],
    PROJECT[1],
    PROJECT[2],
];

/// A wheel that is refused.
const HALF: &str = "pip leaves half of the wheel behind";
/// Requirements of old that PEP 440 does not know.
const LENIENT: &str = "rpip reads what can be meant in one way only";

/// Archives that are the same on both sides.
const SAME: &str = "$ find tree-1.0 -exec touch -d 2020-01-01 {} +";

const CASES: &[Case] = &[
    case("odd names", "install odd-names"),
    case("odd names, removed", "uninstall -y odd-names").before(&["install odd-names"]),
    case("modes", "install modes"),
    case("modes, under another umask", "$ umask 077 && {installer} install -i {index} modes scripted")
        .differs(&[Aspect::Files], "pip gives everybody the right to run what the umask keeps from them"),
    case("modes, after another umask", "install modes scripted").before(&[
        "$ umask 077 && {installer} install -i {index} -t target modes scripted",
        "$ rm -r target",
    ]),
    case("pip itself", "install pip"),
    case("entry points", "install points")
        .differs(&[Aspect::Files], "pip lists a script that it has left out"),
    case("signed", "install signed").differs(
        &[Aspect::Files],
        "a signature of the wheel's RECORD does not fit the one that is installed",
    ),
    case("another installer in the wheel", "install claims"),
    case("asked for in the wheel", "install wants-asked")
        .differs(&[Aspect::Files], "a wheel does not say who asked for it"),
    case("bytecode in the wheel", "install compiled")
        .differs(&[Aspect::Files], "rpip keeps the bytecode that a wheel brings"),
    case("newer format", "install newer-format"),
    case("newest format", "install newest-format"),
    case("no format", "install no-format"),
    case("a path that escapes", "install escapes").differs(&[Aspect::Files], HALF),
    case("a path that leaves its scheme", "install leaves-scheme").differs(&[Aspect::Files], HALF),
    case("a scheme that is none", "install strange-scheme").differs(&[Aspect::Files], HALF),
    case("a file that RECORD does not list", "install unlisted")
        .differs(&[Aspect::Files], "rpip adds the hashes that the wheel's RECORD lacks"),
    case("no files", "install nothing"),
    case("entry point without callable", "install no-callable").differs(&[Aspect::Files], HALF),
    case("python in the metadata alone", "install late-python"),
    case("requirements that cannot be read", "install bad-needs")
        .differs(&[Aspect::Files, Aspect::Output], LENIENT),
    case("requirements that cannot be read, pinned", "install bad-needs==2.0")
        .differs(&[Aspect::Files, Aspect::Output, Aspect::Code], LENIENT),
    case("python that cannot be read", "install bad-python"),
    case("another name in the metadata", "install renamed"),
    case("another version in the metadata", "install misversioned"),
    case("ancient metadata", "install ancient"),
    case("futuristic metadata", "install futuristic").differs(
        &[Aspect::Files, Aspect::Output, Aspect::Code],
        "metadata of another major version may mean anything (core metadata specification)",
    ),
    case("zeros", "install zeros==1 long-zeros==1.0.0"),
    case("versions that are none", "install dated"),
    case("back to an older version", "install picky"),
    case("back to an older version for another", "install picky old-fashioned"),
    case("back to an older version for a pin", "install 'helper<2' picky"),
    case("extras of itself", "install 'bundle[all]'"),
    case("a dependency by url", "install linked"),
    case("a dependency by url, and its name", "install linked card").differs(
        &[Aspect::Files],
        "where it comes from is recorded, whoever else names it; pip forgets it for who is first",
    ),
    case("post release of a dependency", "install wants-post"),
    case("local version of a dependency", "install wants-local"),
    case("what is excluded", "install wants-wild"),
    case("spaces in a dependency", "install wants-case"),
    case("source with a hyphen", "install dotted-source"),
    case("source for another python", "install future-source"),
    case("zip archive", "install ./tree-1.0.zip")
        .files(PROJECT)
        .before(&[SAME, "$ python3 -m zipfile -c tree-1.0.zip tree-1.0"]),
    case("bzip2 archive", "install ./tree-1.0.tar.bz2")
        .files(PROJECT)
        .before(&[SAME, "$ tar --sort=name -cjf tree-1.0.tar.bz2 tree-1.0"]),
    case("xz archive", "install ./tree-1.0.tar.xz")
        .files(PROJECT)
        .before(&[SAME, "$ tar --sort=name -cJf tree-1.0.tar.xz tree-1.0"]),
    case("plain tar archive", "install ./tree-1.0.tar")
        .files(PROJECT)
        .before(&[SAME, "$ tar --sort=name -cf tree-1.0.tar tree-1.0"]),
    case("archive with a subdirectory", "install 'file://{work}/all.tar.gz#subdirectory=sub/tree-1.0'")
        .files(PROJECT)
        .before(&["$ mkdir -p outer/sub && cp -r tree-1.0 outer/sub && find outer -exec touch -d \
            2020-01-01 {} + && tar --sort=name -c outer | gzip -n > all.tar.gz"]),
    case("archive with a hash", "install --no-deps -r r.txt").files(PROJECT).before(&[
        SAME,
        "$ tar --sort=name -c tree-1.0 | gzip -n > tree-1.0.tar.gz && echo \
            \"./tree-1.0.tar.gz --hash=sha256:$(sha256sum tree-1.0.tar.gz | cut -d' ' \
            -f1)\" > r.txt",
    ]),
    case("archive in find-links", "install --no-index -f . --no-deps tree")
        .files(PROJECT)
        .before(&[SAME, "$ tar --sort=name -c tree-1.0 | gzip -n > tree-1.0.tar.gz"]),
    case("archive that is none", "install ./tree-1.0.tar.gz")
        .files(&[("tree-1.0.tar.gz", "no archive")])
        .differs(&[Aspect::Code], "pip fails with a traceback"),
    case("archive without a project", "install ./tree-1.0.tar.gz")
        .files(&[("tree-1.0/readme.txt", "")])
        .before(&[SAME, "$ tar --sort=name -c tree-1.0 | gzip -n > tree-1.0.tar.gz"]),
    case("directory with a dependency by url", "install ./linked").files(&[
        (
            "linked/pyproject.toml",
            "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n\
                dependencies = [\"card @ {files}/card-1.0-py3-none-any.whl\"]\n",
        ),
        ("linked/backend.py", "{backend}"),
        ("linked/tree.py", ""),
    ]),
    case("directory with a dependency on a directory", "install ./linked").files(LINKED),
    case("relative upwards", "install -e ../work/tree-1.0").files(PROJECT),
    case("url with a plus", "install '{files}/local-1.0+special-py3-none-any.whl'"),
    case("url with a quoted plus", "install '{files}/local-1.0%2Bspecial-py3-none-any.whl'"),
    case("url with a user", "install 'http://user:secret@{authority}/files/helper-1.0-py3-none-any.whl'"),
    case(
        "url with a user in a variable",
        "install 'helper @ \
            http://${WHO}:${SECRET}@{authority}/files/helper-1.0-py3-none-any.whl'",
    )
    .differs(
        &[Aspect::Files],
        "on the command line nothing is expanded, and whoever is named in the URL is not \
            written down",
    ),
    case("url with a user in a file", "install -r r.txt")
        .variables(&[("SECRET", "hidden")])
        .files(&[("r.txt", "helper @ http://me:${SECRET}@{authority}/files/helper-1.0-py3-none-any.whl\n")]),
    case(
        "url with a hash",
        "install \
            '{files}/helper-1.0-py3-none-any.whl#sha256={sha256:helper-1.0-py3-none-any.whl}'",
    ),
    case("url with an egg", "install '{files}/helper-1.0-py3-none-any.whl#egg=helper'"),
    case("url with an egg of another name", "install '{files}/helper-1.0-py3-none-any.whl#egg=other'"),
    case("url with a query", "install '{files}/helper-1.0-py3-none-any.whl?token=1'"),
    case("environment with a space", "install scripted demo-app").place(Place::At("my env")),
    case("environment that is deep", "install scripted demo-app").place(Place::At(DEEP)),
    case("environment that is named", "--python {work}/env install demo-app"),
    case("target here", "install -t . helper"),
    case("prefix upwards", "install --prefix ../work/prefix scripted"),
    case("report to a file", "install --report report.json demo-app"),
    case("report to a directory that is not there", "install --report missing/report.json helper"),
    case("report of a dry run", "install --dry-run --report report.json 'parcel[ribbon]' ./tree-1.0")
        .files(PROJECT),
    case("report of nothing", "install --report report.json helper").before(&["install helper"]),
    case("report quietly to the screen", "install -q --dry-run --report - helper"),
];

#[test]
fn oddities() {
    compare(CASES);
}
