//! From source: directories, editable, source distributions, repositories, settings of the build.

use crate::twin::{Aspect, Case, case, compare};

/// A project with a dependency and an extra.
const PROJECT: &[(&str, &str)] = &[
    (
        "project/pyproject.toml",
        "{build-system}[project]\nname = \"my-tree\"\nversion = \"1.0\"\n\
            dependencies = [\"card\"]\n[project.optional-dependencies]\n\
            more = [\"leaf<2\"]\n",
    ),
    ("project/backend.py", "{backend}"),
    ("project/my_tree.py", "VALUE = 1\n"),
];

/// The same, and a file in which its build fails.
const FAILING: &[(&str, &str)] = &[PROJECT[0], PROJECT[1], PROJECT[2], ("project/FAIL", "")];

/// A project that needs something to be built.
const NEEDY: &[(&str, &str)] = &[
    (
        "project/pyproject.toml",
        "[build-system]\nrequires = [\"helper\"]\nbuild-backend = \"backend\"\n\
            backend-path = [\".\"]\n[project]\nname = \"my-tree\"\nversion = \"1.0\"\n",
    ),
    ("project/backend.py", "import helper\n{backend}"),
    ("project/my_tree.py", ""),
    ("c.txt", "helper<2\n"),
    ("wrong.txt", "helper==9\n"),
];

const REPOSITORY: &[&str] = &[
    "$ git -C project init -q -b main && git -C project add . && git -C project -c \
        user.name=t -c user.email=t@example.org commit -qm one && git -C project tag v1",
    "$ sed -i s/1.0/1.1/ project/pyproject.toml && git -C project -c user.name=t -c \
        user.email=t@example.org commit -qam two",
];

const CASES: &[Case] = &[
    case("required by URL on an index", "install referrer"),
    case("required by URL on an index, and there", "install referrer")
        .before(&["install referrer"])
        .differs(&[Aspect::Output], "what is there is not fetched again to see that it is there"),
    case("required by URL, without dependencies", "install --no-deps referrer"),
    case("required by URL and not going with the rest", "install referrer 'helper>=2'"),
    case("required by URL, and another version there", "install referrer").before(&["install helper"]),
    case("required by URL by an extra", "install 'referrer[more]<1'"),
    case("required by URL by an extra, later", "install 'referrer[more]<1'")
        .before(&["install 'referrer<1'"]),
    case(
        "required by URL, named by the user too",
        "install referrer 'helper @ {files}/helper-1.5-py3-none-any.whl'",
    ),
    case("directory", "install ./project").files(PROJECT),
    case("directory with an extra", "install './project[more]'").files(PROJECT),
    case("directory with a slash", "install project/").files(PROJECT),
    case("directory, absolute", "install {work}/project").files(PROJECT),
    case("directory by file url", "install file://{work}/project").files(PROJECT),
    case("directory by direct reference", "install 'my-tree @ file://{work}/project'").files(PROJECT),
    case("directory by direct reference of another name", "install 'other @ file://{work}/project'")
        .files(PROJECT),
    case("directory, again", "install ./project").files(PROJECT).before(&["install ./project"]),
    case("directory with a space", "install './my project'").files(&[
        ("my project/pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
        ("my project/backend.py", "{backend}"),
        ("my project/tree.py", ""),
    ]),
    case("directory that is no project", "install ./empty").files(&[("empty/x.txt", "")]),
    case("directory that is not there", "install ./missing"),
    case("editable", "install -e ./project").files(PROJECT),
    case("editable with an extra", "install --editable './project[more]'").files(PROJECT),
    case("editable here", "install -e .").files(&[
        ("pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
        ("backend.py", "{backend}"),
        ("tree.py", ""),
    ]),
    case("editable, again", "install -e ./project").files(PROJECT).before(&["install -e ./project"]),
    case("editable over a copy", "install -e ./project").files(PROJECT).before(&["install ./project"]),
    case("a copy over editable", "install ./project").files(PROJECT).before(&["install -e ./project"]),
    case("editable of a name", "install -e helper"),
    case("editable of a wheel", "install -e {files}/helper-1.0-py3-none-any.whl"),
    case("settings", "install ./project -C flavour=sweet --config-settings size=1 --config-settings=size=2")
        .files(PROJECT),
    case("build that fails", "install ./project").files(FAILING).says(&["the compiler is on strike"]),
    case("build requirement", "install ./project").files(NEEDY),
    case("build requirement, constrained", "install --build-constraint c.txt ./project").files(NEEDY),
    case("build requirement, constrained to nothing", "install --build-constraint wrong.txt ./project")
        .files(NEEDY),
    case("no isolation, and what is needed is there", "install --no-build-isolation ./project")
        .files(NEEDY)
        .before(&["install helper"]),
    case("no isolation, and it is not", "install --no-build-isolation ./project").files(NEEDY),
    case("no isolation, checked", "install --no-build-isolation --check-build-dependencies ./project")
        .files(NEEDY),
    case("use-pep517", "install --use-pep517 ./project").files(PROJECT),
    case("source distribution", "install source-only"),
    case("newer in source", "install mixed"),
    case("prefer binary", "install --prefer-binary mixed"),
    case("only binary", "install --only-binary :all: mixed"),
    case("only binary of what has none", "install --only-binary=source-only source-only"),
    case("no binary", "install --no-binary both both"),
    case("no binary at all", "install --no-binary :all: both"),
    case("no binary, then some", "install --no-binary :all: --only-binary helper,card both helper card"),
    case("no binary, then all", "install --no-binary :all: --no-binary :none: both"),
    case("source of a pre-release", "install early-source"),
    case("source by url", "install {files}/source_only-1.0.tar.gz"),
    case("source by path", "install ./source_only-1.0.tar.gz")
        .before(&["$ curl -sfO {files}/source_only-1.0.tar.gz"]),
    case("repository", "install 'git+file://{work}/project'").files(PROJECT).before(REPOSITORY),
    case("repository at a tag", "install 'my-tree @ git+file://{work}/project@v1'")
        .files(PROJECT)
        .before(REPOSITORY),
    case("repository with an egg", "install 'git+file://{work}/project@v1#egg=my-tree[more]'")
        .files(PROJECT)
        .before(REPOSITORY)
        .differs(&[Aspect::Code, Aspect::Output, Aspect::Files], "rpip takes extras of an egg fragment"),
    case("repository, editable", "install -e 'git+file://{work}/project@v1#egg=my-tree'")
        .files(PROJECT)
        .before(REPOSITORY),
    case(
        "repository, editable, elsewhere",
        "install --src {work}/checkouts -e 'git+file://{work}/project#egg=my-tree'",
    )
    .files(PROJECT)
    .before(REPOSITORY),
    case("repository at a tag that is not there", "install 'git+file://{work}/project@v9'")
        .files(PROJECT)
        .before(REPOSITORY),
    case("repository in a subdirectory", "install 'git+file://{work}/outer#subdirectory=project'")
        .files(&[
            ("outer/project/pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
            ("outer/project/backend.py", "{backend}"),
            ("outer/project/tree.py", ""),
        ])
        .before(&["$ git -C outer init -q -b main && git -C outer add . && git -C outer -c \
            user.name=t -c user.email=t@example.org commit -qm one"]),
];

#[test]
fn sources() {
    compare(CASES);
}
