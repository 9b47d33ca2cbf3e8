//! Requirements and constraints files: every option that may stand in them, nested, from standard input.

use crate::twin::{Aspect, Case, case, compare};

const CASES: &[Case] = &[
    case("file", "install -r r.txt")
        .files(&[("r.txt", "# all\nhelper<2  # not two\n\nparcel[ribbon] \\\n  >=1\n")]),
    case("files and arguments", "install -r a.txt card -r b.txt")
        .files(&[("a.txt", "helper\n"), ("b.txt", "leaf<2\n")]),
    case("nested", "install -r sub/outer.txt").files(&[
        ("sub/outer.txt", "-r inner/inner.txt\ncard\n"),
        ("sub/inner/inner.txt", "--requirement=../more.txt\nleaf\n"),
        ("sub/more.txt", "helper\n"),
    ]),
    case("standard input", "install -r -")
        .input("helper<2\n-r more.txt\n")
        .files(&[("more.txt", "card\n")])
        .differs(
            &[Aspect::Code, Aspect::Output, Aspect::Files],
            "rpip reads requirements from standard input; pip looks for a file of that name",
        ),
    case("empty file", "install -r r.txt").files(&[("r.txt", "\n# nothing\n")]),
    case("the same file twice", "install -r r.txt -r r.txt").files(&[("r.txt", "helper\n")]),
    case("marker in a file", "install -r r.txt")
        .files(&[("r.txt", "helper; python_version < '3'\ncard; python_version > '3'\n")]),
    case("variables in a file", "install -r r.txt")
        .variables(&[("WANTED", "helper")])
        .files(&[("r.txt", "${WANTED}==1.0\ncard # ${UNSET}\n")]),
    case("an unset variable", "install -r r.txt").files(&[("r.txt", "${UNSET}helper\n")]),
    case("index in a file", "install -r r.txt").bare().files(&[("r.txt", "-i {index}\nhelper\n")]),
    case("index by another name in a file", "install -r r.txt")
        .bare()
        .files(&[("r.txt", "--pypi-url {index}\nhelper\n")]),
    case("index and extra index in a file", "install -r r.txt")
        .bare()
        .files(&[("r.txt", "--index-url={index}\n--extra-index-url {other}\nelsewhere\nhelper\n")]),
    case("file against the command line", "install -r r.txt")
        .files(&[("r.txt", "--index-url {other}\nelsewhere\nhelper\n")]),
    case("no index in a file", "install -r r.txt").files(&[("r.txt", "--no-index\nhelper\n")]),
    case("find-links in a file, relative to it", "install -r sub/r.txt --no-index")
        .files(&[("sub/r.txt", "--find-links links\nhelper\n"), ("sub/links/.keep", "")])
        .before(&["$ curl -sf -o sub/links/helper-1.5-py3-none-any.whl \
            {files}/helper-1.5-py3-none-any.whl"]),
    case("pre in a file", "install -r r.txt").files(&[("r.txt", "--pre\nearly\n")]),
    case("all-releases in a file", "install -r r.txt early")
        .files(&[("r.txt", "--all-releases early\nonly-early\n")]),
    case("only-final in a file", "install -r r.txt").files(&[("r.txt", "--only-final :all:\nearly\n")]),
    case("prefer-binary in a file", "install -r r.txt").files(&[("r.txt", "--prefer-binary\nmixed\n")]),
    case("no-binary in a file", "install -r r.txt").files(&[("r.txt", "--no-binary both\nboth\n")]),
    case("only-binary in a file", "install -r r.txt").files(&[("r.txt", "--only-binary :all:\nmixed\n")]),
    case("trusted host in a file", "install -r r.txt")
        .files(&[("r.txt", "--trusted-host 127.0.0.1\nhelper\n")]),
    case("use-feature in a file", "install -r r.txt")
        .files(&[("r.txt", "--use-feature fast-deps\nhelper\n")]),
    case("unknown feature in a file", "install -r r.txt")
        .files(&[("r.txt", "--use-feature levitation\nhelper\n")]),
    case("several options on a line", "install -r r.txt")
        .bare()
        .files(&[("r.txt", "--index-url {index} --pre --prefer-binary\nearly\n")]),
    case("an option that may not stand there", "install -r r.txt").files(&[("r.txt", "--upgrade\nhelper\n")]),
    case("an option behind a requirement", "install -r r.txt").files(&[("r.txt", "helper --pre\n")]),
    case("config settings in a file", "install -r r.txt").files(&[
        ("r.txt", "./project -C flavour=sweet --config-settings=size=2\n"),
        ("project/pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
        ("project/backend.py", "{backend}"),
        ("project/tree.py", ""),
    ]),
    case("editable in a file", "install -r sub/r.txt").files(&[
        ("sub/r.txt", "-e ./project\nhelper\n"),
        ("project/pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
        ("project/backend.py", "{backend}"),
        ("project/tree.py", ""),
    ]),
    case("constraint", "install -c c.txt demo-app")
        .files(&[("c.txt", "helper<3\ndemo-app==1.0\nunused==9\n")]),
    case("constraint of a dependency", "install -c c.txt demo-app==1.0").files(&[("c.txt", "helper==1.5\n")]),
    case("constraint in a file", "install -r r.txt")
        .files(&[("r.txt", "-c c.txt\nhelper\n"), ("c.txt", "helper<2\n")]),
    case("constraint that is nested", "install -c c.txt helper")
        .files(&[("c.txt", "-r more.txt\n"), ("more.txt", "helper<2\n")])
        .differs(
            &[Aspect::Files],
            "pip forgets that the user asked for what a constraints file names as well",
        ),
    case("constraint by url", "install -c c.txt demo-app")
        .files(&[("c.txt", "helper @ {files}/helper-2.0-py3-none-any.whl\n")]),
    case("constraint that cannot be met", "install -c c.txt helper").files(&[("c.txt", "helper==9\n")]),
    case("constraint against a requirement", "install -c c.txt 'helper>=2'")
        .files(&[("c.txt", "helper<2\n")]),
    case("constraint with extras", "install -c c.txt parcel").files(&[("c.txt", "parcel[ribbon]==1.0\n")]),
    case("constraint that is editable", "install -c c.txt helper")
        .files(&[("c.txt", "-e ./project\n"), ("project/pyproject.toml", "")]),
    case("constraint without a name", "install -c c.txt helper")
        .files(&[("c.txt", "{files}/helper-2.0-py3-none-any.whl\n")]),
    case("constraint with a marker", "install -c c.txt helper")
        .files(&[("c.txt", "helper<1.2; python_version < '3'\nhelper<2; python_version > '3'\n")]),
    case("constraint of what is there", "install -c c.txt helper")
        .before(&["install helper"])
        .files(&[("c.txt", "helper<2\n")]),
    case("only constraints", "install -c c.txt").files(&[("c.txt", "helper\n")]),
    case("constraint opens a pre-release", "install -c c.txt early").files(&[("c.txt", "early==2.0rc1\n")]),
    case("file by url", "install -r http://{authority}/r.txt"),
    case("file by file url", "install -r file://{work}/r.txt").files(&[("r.txt", "helper\n")]),
    case("file that is not there", "install -r missing.txt")
        .says(&["Could not open requirements file", "missing.txt"]),
    case("file that includes itself", "install -r r.txt").files(&[("r.txt", "-r r.txt\n")]),
    case("line that is no requirement", "install -r r.txt").files(&[("r.txt", "helper\n???\n")]),
    case("a requirement with a bad version", "install -r r.txt").files(&[("r.txt", "helper>=one\n")]),
    case("byte order mark", "install -r r.txt").files(&[("r.txt", "\u{feff}helper\n")]),
    case("carriage returns", "install -r r.txt").files(&[("r.txt", "helper\r\ncard \\\r\n  ==1.0\r\n")]),
    case("a hash sign in a word", "install -r r.txt").files(&[(
        "r.txt",
        "helper @ \
            {files}/helper-1.0-py3-none-any.whl#sha256={sha256:helper-1.0-py3-none-any.whl}  # hashed\n",
    )]),
    case("unknown option", "install -r r.txt").files(&[("r.txt", "--no-such-option\nhelper\n")]),
];

#[test]
fn files() {
    compare(CASES);
}
