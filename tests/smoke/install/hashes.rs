//! Hashes: right, wrong, missing, of every algorithm; demanded, and not demanded.

use crate::twin::{Case, case, compare};

const WRONG: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const CASES: &[Case] = &[
    case("right", "install -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("right, over two lines", "install -r r.txt").files(&[(
        "r.txt",
        "helper==1.0 \\\n    \
            --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000 \
            \\\n    --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n",
    )]),
    case("sha512", "install -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha512:{sha512:helper-1.0-py3-none-any.whl}\n")]),
    case("sha384", "install -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash sha384:{sha384:helper-1.0-py3-none-any.whl}\n")]),
    case("weak", "install -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=md5:d41d8cd98f00b204e9800998ecf8427e\n")]),
    case("malformed", "install -r r.txt").files(&[("r.txt", "helper==1.0 --hash=sha256\n")]),
    case("wrong", "install -r r.txt")
        .files(&[(
            "r.txt",
            "helper==1.0 \
                --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
        )])
        .says(&["THESE PACKAGES DO NOT MATCH THE HASHES", WRONG]),
    case("missing for one", "install -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\ncard==1.0\n")])
        .says(&["Hashes are required in --require-hashes mode"]),
    case("missing for a dependency", "install -r r.txt")
        .files(&[("r.txt", "demo-app==1.0 --hash=sha256:{sha256:demo_app-1.0-py3-none-any.whl}\n")]),
    case("with dependencies", "install -r r.txt").files(&[(
        "r.txt",
        "demo-app==1.0 --hash=sha256:{sha256:demo_app-1.0-py3-none-any.whl}\n\
            helper==1.5 --hash=sha256:{sha256:helper-1.5-py3-none-any.whl}\n",
    )]),
    case("not pinned", "install -r r.txt")
        .files(&[("r.txt", "helper>=1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("pinned by a constraint", "install -r r.txt -c c.txt").files(&[
        ("r.txt", "helper --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n"),
        ("c.txt", "helper==1.0\n"),
    ]),
    case("demanded, and there", "install --require-hashes -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("demanded, and not there", "install --require-hashes helper==1.0")
        .says(&["Hashes are required in --require-hashes mode"]),
    case("demanded in the file", "install -r r.txt").files(&[("r.txt", "--require-hashes\nhelper==1.0\n")]),
    case("demanded, and what is there satisfies", "install --require-hashes -r r.txt")
        .before(&["install helper==1.0"])
        .files(&[("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("demanded, and what is there lacks one", "install --require-hashes helper==1.0")
        .before(&["install helper==1.0"]),
    case("not demanded", "install --no-require-hashes -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\ncard\n")]),
    case("not demanded, but wrong", "install --no-require-hashes -r r.txt").files(&[(
        "r.txt",
        "helper==1.0 \
            --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
    )]),
    case("not demanded by the file", "install -r r.txt").files(&[(
        "r.txt",
        "--no-require-hashes\nhelper==1.0 \
            --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\ncard\n",
    )]),
    case("demanded and not demanded", "install --require-hashes --no-require-hashes helper==1.0"),
    case(
        "by url, with a fragment",
        "install --require-hashes \
            '{files}/helper-1.0-py3-none-any.whl#sha256={sha256:helper-1.0-py3-none-any.whl}'",
    ),
    case(
        "by url, with a wrong fragment",
        "install \
            '{files}/helper-1.0-py3-none-any.whl#sha256=0000000000000000000000000000000000000000000000000000000000000000'",
    ),
    case("by url in a file", "install -r r.txt").files(&[(
        "r.txt",
        "helper @ {files}/helper-1.0-py3-none-any.whl \
            --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n",
    )]),
    case("of a directory", "install -r r.txt").files(&[
        ("r.txt", "./project --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n"),
        ("project/pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
        ("project/backend.py", "{backend}"),
        ("project/tree.py", ""),
    ]),
    case("of a source distribution", "install -r r.txt --no-deps")
        .files(&[("r.txt", "source-only==1.0 --hash=sha256:{sha256:source_only-1.0.tar.gz}\n")]),
    case("without a requirement", "install -r r.txt card")
        .files(&[("r.txt", "--hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("in a constraint", "install -c c.txt helper")
        .files(&[("c.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("promised wrongly by the index", "install swapped"),
    case("not promised by the index", "install unhashed plain-page"),
    case("the other file of a version", "install -r r.txt")
        .files(&[("r.txt", "both==1.0 --hash=sha256:{sha256:both-1.0.tar.gz}\n")]),
];

#[test]
fn hashes() {
    compare(CASES);
}
