//! `wheel`: what is built and what is saved, and what is said of it.

use crate::twin::{Case, case, compare};

/// A project with a dependency.
const PROJECT: &[(&str, &str)] = &[
    (
        "project/pyproject.toml",
        "{build-system}[project]\nname = \"My-Tree\"\nversion = \"1.0\"\ndependencies = [\"card\"]\n[project.optional-dependencies]\nmore = [\"leaf<2\"]\n",
    ),
    ("project/backend.py", "{backend}"),
    ("project/my_tree.py", "VALUE = 1\n"),
];

/// The same, of which only the metadata can be made, and another one.
const FAILING: &[(&str, &str)] = &[
    PROJECT[0],
    (
        "project/backend.py",
        "{backend}
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    directory = os.path.join(metadata_directory, 'my_tree-1.0.dist-info')
    os.mkdir(directory)
    with open(os.path.join(directory, 'METADATA'), 'w') as file:
        file.write(metadata(project()))
    return 'my_tree-1.0.dist-info'
",
    ),
    PROJECT[2],
    ("project/FAIL", ""),
    ("other/pyproject.toml", "{build-system}[project]\nname = \"other\"\nversion = \"1.0\"\n"),
    ("other/backend.py", "{backend}"),
    ("other/other.py", ""),
];

const REPOSITORY: &[&str] = &[
    "$ git -C project init -q -b main && git -C project add . && git -C project -c user.name=t -c user.email=t@example.org commit -qm one && git -C project tag v1",
];

const CASES: &[Case] = &[
    case("a wheel of the index", "wheel helper").says(&["Saved ./helper-2.0-py3-none-any.whl"]),
    case("wheels of the index", "wheel -w wheels demo-app").says(&["Saved ./wheels/helper-2.0-py3-none-any.whl"]),
    case("into a directory, long", "wheel --wheel-dir=wheels/deep helper"),
    case("a source distribution", "wheel -w wheels source-only").says(&[
        "Building wheels for collected packages: source-only",
        "Created wheel for source-only: filename=source_only-1.0-py3-none-any.whl size=",
        "Stored in directory: ",
        "Successfully built source-only",
    ]),
    case("a source distribution, again", "wheel -w wheels source-only")
        .before(&["wheel -w others source-only"])
        .says(&["Using cached source_only-1.0-py3-none-any.whl", "Saved ./wheels/source_only-1.0-py3-none-any.whl"]),
    case("from source", "wheel --no-binary both both mixed"),
    case("without dependencies", "wheel --no-deps source-only"),
    case("only dependencies", "wheel --only-deps source-only"),
    case("a directory", "wheel ./project").files(PROJECT),
    case("a directory with an extra", "wheel './project[more]' -w wheels").files(PROJECT),
    case("a directory, again", "wheel ./project").files(PROJECT).before(&["wheel ./project"]),
    case("editable", "wheel -e ./project -w wheels").files(PROJECT),
    case("settings", "wheel ./project -C flavour=sweet -C x=1").files(PROJECT),
    case("a setting without a value", "wheel ./project -C flavour").files(PROJECT),
    case("a repository", "wheel --no-deps 'git+file://{work}/project@v1'").files(PROJECT).before(REPOSITORY),
    case("an editable repository", "wheel --no-deps -e 'git+file://{work}/project@v1#egg=my-tree' -w wheels --src checkouts")
        .files(PROJECT)
        .before(REPOSITORY),
    case("an archive by url", "wheel {files}/source_only-1.0.tar.gz"),
    case("a wheel by url", "wheel {files}/demo_app-1.0-py3-none-any.whl -w wheels"),
    case("a wheel by path", "wheel ./links/demo_app-2.0-py3-none-any.whl -w wheels")
        .before(&["download --no-deps -d links demo-app"]),
    case("a failing build among others", "wheel ./project ./other -w wheels").files(FAILING).says(&[
        "ERROR: Failed building wheel for My-Tree",
        "Successfully built other",
        "Failed to build My-Tree",
        "ERROR: Failed to build one or more wheels",
    ]),
    case("a source distribution that is another", "wheel misnamed"),
    case("unchecked", "wheel --no-verify ./project").files(PROJECT),
    case("without isolation", "wheel --no-build-isolation --no-deps ./project").files(PROJECT),
    case("a file of requirements", "wheel -r r.txt -w wheels").files(&[("r.txt", "source-only\ndemo-app<2\n")]),
    case("a constraint", "wheel -c c.txt demo-app").files(&[("c.txt", "helper<2\n")]),
    case("a wheel that is there, and wrong", "wheel helper")
        .files(&[("helper-2.0-py3-none-any.whl", "wrong")])
        .says(&["has bad hash. Re-downloading."]),
    case("a build that is there, and wrong", "wheel --no-deps source-only")
        .files(&[("source_only-1.0-py3-none-any.whl", "wrong")]),
    case("hashes", "wheel -r r.txt").files(&[(
        "r.txt",
        "card==1.0 --hash=sha256:{sha256:card-1.0-py3-none-any.whl}\nsource-only==1.0 --hash=sha256:{sha256:source_only-1.0.tar.gz}\n",
    )]),
    case("a wrong hash", "wheel -r r.txt").files(&[(
        "r.txt",
        "source-only==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
    )]),
    case("nothing", "wheel"),
    case("nothing that is there", "wheel nothing-of-the-kind"),
    case("build constraints without isolation", "wheel --no-build-isolation --build-constraint c.txt helper")
        .files(&[("c.txt", "")]),
    case("a platform is for others", "wheel --platform win32 helper"),
];

#[test]
fn wheel() {
    compare(CASES);
}
