//! What is there already: kept, upgraded, downgraded, reinstalled, ignored; and neighbours that are broken.

use crate::twin::{Aspect, Case, case, compare};

const CASES: &[Case] = &[
    case("satisfied", "install helper").before(&["install helper==1.0"]),
    case("satisfied by name alone", "install demo-app").before(&["install demo-app==1.0 helper==1.5"]),
    case("not satisfied", "install 'helper>=2'").before(&["install helper==1.0"]),
    case("upgrade", "install --upgrade helper").before(&["install helper==1.0"]),
    case("upgrade, only if needed", "install -U trunk").before(&["install trunk branch==1.0 leaf==1.0"]),
    case("upgrade, only if needed, and needed", "install -U demo-app")
        .before(&["install demo-app==1.0 helper==1.0"]),
    case("upgrade, eager", "install -U --upgrade-strategy eager trunk")
        .before(&["install trunk branch==1.0 leaf==1.0"]),
    case("eager without upgrade", "install --upgrade-strategy=eager trunk")
        .before(&["install trunk branch==1.0 leaf==1.0"]),
    case("upgrade what is newest", "install -U helper").before(&["install helper"]),
    case("upgrade passes pre-releases over", "install -U early").before(&["install early==1.0"]),
    case("upgrade to a pre-release", "install -U --pre early").before(&["install early==1.0"]),
    case("a pre-release stays", "install early").before(&["install early==2.0rc1"]),
    case("upgrade of a pre-release", "install -U early").before(&["install early==2.0rc1"]),
    case("what was withdrawn stays", "install withdrawn").before(&["install withdrawn==1.1"]),
    case("downgrade", "install 'helper<2'").before(&["install helper"]),
    case("downgrade for a newcomer", "install old-fashioned").before(&["install helper==2.0"]),
    case("downgrade that breaks another", "install 'helper<2'").before(&["install modern"]),
    case("what breaks is told", "install 'helper<2' leaf")
        .before(&["install modern"])
        .says(&["modern 1.0 requires helper>=2, but you have helper 1.5 which is incompatible."]),
    case("no warning of conflicts", "install --no-warn-conflicts 'helper<2'").before(&["install modern"]),
    case("force reinstall", "install --force-reinstall demo-app").before(&[
        "install demo-app",
        "$ echo changed > env/lib/python{python}/site-packages/demo_app/__init__.py",
    ]),
    case("force reinstall without dependencies", "install --force-reinstall --no-deps trunk")
        .before(&["install trunk branch==1.0 leaf==1.0"]),
    case("force reinstall of another version", "install --force-reinstall helper")
        .before(&["install helper==1.0"]),
    case("ignore installed", "install -I demo-app")
        .before(&["install demo-app==1.0 helper==1.0"])
        .may_differ(
            &[Aspect::Output],
            "two versions are there, and pip names the one that it happens to find last",
        ),
    case("ignore installed, same version", "install --ignore-installed helper").before(&["install helper"]),
    case("no dependencies", "install --no-deps demo-app trunk"),
    case("no dependencies, under its other name", "install --no-dependencies needs-absent"),
    case("no dependencies, then check", "install demo-app").before(&["install --no-deps demo-app"]),
    case("only dependencies", "install --only-deps demo-app"),
    case("only dependencies of several", "install --only-deps demo-app trunk branch"),
    case("only dependencies, with extras", "install --only-dependencies 'parcel[ribbon]'"),
    case("only dependencies, and there are none", "install --only-deps helper"),
    case("only dependencies, all satisfied", "install --only-deps demo-app").before(&["install helper"]),
    case("only dependencies of a directory", "install --only-deps ./project").files(&[
        (
            "project/pyproject.toml",
            "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n\
                dependencies = [\"trunk\"]\n",
        ),
        ("project/backend.py", "{backend}"),
        ("project/tree.py", ""),
    ]),
    case("extra of what is there", "install 'parcel[ribbon]'").before(&["install parcel"]),
    case("local version of what is there", "install -U local").before(&["install local==1.0"]),
    case("dry run", "install --dry-run demo-app"),
    case("dry run of an upgrade", "install --dry-run -U demo-app").before(&["install demo-app==1.0"]),
    case("dry run with nothing to do", "install --dry-run helper").before(&["install helper"]),
    case("dry run, all of it", "install --dry-run -I trunk").before(&["install trunk"]),
    case("a neighbour with a version that is none", "install helper")
        .before(&[
            "$ mkdir env/lib/python{python}/site-packages/strange-one.dist-info",
            "$ printf 'Metadata-Version: 2.1\nName: strange\nVersion: one\n\
                ' > env/lib/python{python}/site-packages/strange-one.dist-info/METADATA",
        ])
        .differs(&[Aspect::Code, Aspect::Output], "pip fails with a traceback after it has installed"),
    case("a neighbour without metadata", "install helper")
        .before(&["$ mkdir env/lib/python{python}/site-packages/empty-1.0.dist-info"]),
    case("a neighbour that is half removed", "install helper").before(&[
        "install card",
        "$ mv env/lib/python{python}/site-packages/card-1.0.dist-info \
            env/lib/python{python}/site-packages/~ard-1.0.dist-info",
    ]),
    case("a neighbour whose METADATA is not text", "install helper").before(&[
        "install card",
        "$ printf 'Name: \\377\\376\n\
            ' > env/lib/python{python}/site-packages/card-1.0.dist-info/METADATA",
    ]),
    case("no RECORD to remove by", "install -U helper").before(&[
        "install helper==1.0",
        "$ rm env/lib/python{python}/site-packages/helper-1.0.dist-info/RECORD",
    ]),
    case("files are missing", "install -U demo-app").before(&[
        "install demo-app==1.0",
        "$ rm env/lib/python{python}/site-packages/demo_app/__init__.py env/bin/demo",
    ]),
    case("files of another's stay", "install -U demo-app").before(&[
        "install demo-app==1.0",
        "$ echo mine > env/lib/python{python}/site-packages/demo_app/mine.txt",
    ]),
    case("an egg-info of old", "install -U helper").before(&[
        "$ mkdir env/lib/python{python}/site-packages/helper-0.5.egg-info",
        "$ cd env/lib/python{python}/site-packages/helper-0.5.egg-info; printf 'Name: \
            helper\nVersion: 0.5\n' > PKG-INFO; echo helper.py > top_level.txt; printf \
            '../helper_old.py\n' > installed-files.txt; echo > ../helper_old.py",
    ]),
];

#[test]
fn upgrading() {
    compare(CASES);
}
