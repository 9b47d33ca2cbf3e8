//! Where distributions come from: wheels by path and URL, find-links, several indexes, none.

use crate::twin::{Aspect, Case, case, compare};

/// Two wheels and a source distribution in `links`, with a page beside them.
const LINKS: &[&str] = &[
    "$ mkdir links && cd links && curl -sfO {files}/helper-1.0-py3-none-any.whl && \
        curl -sfO {files}/helper-1.5-py3-none-any.whl && curl -sfO \
        {files}/demo_app-1.0-py3-none-any.whl",
    "$ cd links && for f in *.whl; do echo \"<a href='$f'>$f</a>\"; done > \
        ../page.html && mv ../page.html page.html",
];

const CASES: &[Case] = &[
    case("wheel by path", "install ./demo_app-1.0-py3-none-any.whl")
        .before(&["$ curl -sfO {files}/demo_app-1.0-py3-none-any.whl"]),
    case("wheel by bare name", "install demo_app-1.0-py3-none-any.whl")
        .before(&["$ curl -sfO {files}/demo_app-1.0-py3-none-any.whl"]),
    case("wheel by path, with an extra", "install './parcel-1.0-py3-none-any.whl[ribbon]'")
        .before(&["$ curl -sfO {files}/parcel-1.0-py3-none-any.whl"]),
    case("wheel by url", "install {files}/demo_app-1.0-py3-none-any.whl"),
    case("wheel by direct reference", "install 'demo-app @ {files}/demo_app-1.0-py3-none-any.whl'"),
    case(
        "wheel by direct reference of another name",
        "install 'other @ {files}/demo_app-1.0-py3-none-any.whl'",
    )
    .differs(&[Aspect::Code], "pip fails with a traceback"),
    case(
        "wheel by direct reference with an extra",
        "install 'parcel[ribbon] @ {files}/parcel-1.0-py3-none-any.whl'",
    ),
    case("wheel by file url", "install file://{work}/helper-1.0-py3-none-any.whl")
        .before(&["$ curl -sfO {files}/helper-1.0-py3-none-any.whl"]),
    case("wheel by url, again", "install {files}/helper-1.0-py3-none-any.whl")
        .before(&["install {files}/helper-1.0-py3-none-any.whl"]),
    case("wheel by url over the same version", "install {files}/helper-1.0-py3-none-any.whl")
        .before(&["install helper==1.0"]),
    case("the same version from the index, over a url", "install helper==1.0")
        .before(&["install {files}/helper-1.0-py3-none-any.whl"]),
    case("wheel by url, and its name", "install {files}/helper-1.0-py3-none-any.whl helper"),
    case("wheel by url against a specifier", "install {files}/helper-1.0-py3-none-any.whl 'helper>=2'"),
    case(
        "two urls of one project",
        "install {files}/helper-1.0-py3-none-any.whl {files}/helper-2.0-py3-none-any.whl",
    ),
    case("wheel that is not there", "install ./missing-1.0-py3-none-any.whl"),
    case("wheel that the server does not have", "install {files}/missing-1.0-py3-none-any.whl"),
    case("wheel for another platform", "install {files}/alien-1.0-cp36-cp36m-win32.whl"),
    case("wheel that is no wheel", "install ./broken-1.0-py3-none-any.whl")
        .files(&[("broken-1.0-py3-none-any.whl", "not a zip")]),
    case("wheel with a bad name", "install ./broken.whl").files(&[("broken.whl", "not a zip")]),
    case("find-links directory", "install --no-index --find-links links helper").before(LINKS),
    case("find-links page", "install --no-index -f links/page.html demo-app").before(LINKS),
    case("find-links by file url", "install --no-index -f file://{work}/links demo-app").before(LINKS),
    case("find-links by http", "install --no-index --find-links {index}helper/ helper"),
    case("find-links beside an index", "install -f links demo-app").before(LINKS),
    case("find-links file", "install --no-index -f links/helper-1.0-py3-none-any.whl helper").before(LINKS),
    case("find-links that is not there", "install --find-links missing helper"),
    case("no index, no links", "install --no-index helper")
        .says(&["No matching distribution found for helper"]),
    case("no index after an index", "install --no-index -f links 'helper>=2'").before(LINKS),
    case("another index", "install --extra-index-url {other} elsewhere helper"),
    case("another index alone", "install --index-url {other} elsewhere"),
    case("an index without a slash", "install --extra-index-url http://{authority}/other elsewhere"),
    case("an index that knows nothing", "install --extra-index-url http://{authority}/nothing/ helper"),
    case(
        "an index that is not there",
        "install --retries 0 --extra-index-url http://127.0.0.1:9/simple helper",
    )
    .differs(
        &[Aspect::Code, Aspect::Output, Aspect::Files],
        "an index that fails is never passed over in silence: another one might serve \
            something else",
    ),
    case("an index in a directory", "install -i file://{work}/simple helper").bare().before(&[
        "$ mkdir -p simple/helper && cd simple/helper && curl -sfO \
            {files}/helper-1.0-py3-none-any.whl && echo \"<a \
            href='helper-1.0-py3-none-any.whl'>helper</a>\" > index.html",
    ]),
    case("a proxy that is not there", "install --retries 0 --proxy http://127.0.0.1:9 helper"),
    case("no proxy of the environment", "install --retries 0 --no-proxy-env helper")
        .variables(&[("http_proxy", "http://127.0.0.1:9")]),
    case("no cache", "install --no-cache-dir demo-app"),
    case("another cache", "install --cache-dir {home}/.cache/other demo-app"),
    case(
        "timeouts and retries",
        "install --timeout 5 --retries 2 --resume-retries 1 --trusted-host 127.0.0.1 helper",
    ),
];

#[test]
fn locations() {
    compare(CASES);
}
