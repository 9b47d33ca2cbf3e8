//! `uninstall`.

use super::{Session, compare};

const LIST: &str =
    "$ ls env/bin; cd env/lib/python{python}/site-packages; find . -type f -not -name '*.pyc' | sort";

#[test]
fn uninstall_is_that_of_pip() {
    compare(&Session {
        files: &[
            (
                "r.txt",
                "demo-app==9 ; python_version>\"3\"\n# c\nhttps://example.org/leaf-1-py3-none-any.whl\n./proj\nnothing\n-r s.txt\n",
            ),
            ("s.txt", "branch\n"),
            ("proj/pyproject.toml", "[project]\nname = \"p\"\n"),
        ],
        before: &["pip: install demo-app parcel trunk branch==1.0 leaf==1.0 old-fashioned helper"],
        lines: &[
            "uninstall",
            "uninstall -y",
            "uninstall -y nothing Nothing",
            "uninstall demo-app",
            "$ printf 'maybe\\nn\\n' | {installer} uninstall demo-app",
            "$ printf 'n\\nn\\nn\\nn\\n' | {installer} uninstall -r r.txt",
            "$ touch env/lib/python{python}/site-packages/demo_app/mine.py; printf 'n\\n' | {installer} uninstall demo-app",
            "$ printf 'n\\n' | {installer} uninstall -v Demo_App",
            "$ printf 'n\\ny\\n' | {installer} uninstall parcel demo-app",
            LIST,
            "uninstall --no-input parcel",
            "uninstall -y ./proj",
            "uninstall -y 'a b'",
            "uninstall -y https://example.org/x.tar.gz",
            "uninstall -y -r none.txt",
            "uninstall -y -r r.txt -r s.txt",
            LIST,
            "uninstall -y 'git+https://example.org/r.git#egg=trunk' 'parcel[ribbon]>=1'",
            "uninstall -q -y helper",
            "~ uninstall -y --nosuch x",
            "~ uninstall -y --root-user-action x x",
            LIST,
        ],
    });
}

#[test]
fn what_is_odd_is_refused_as_by_pip() {
    compare(&Session {
        files: &[],
        before: &["pip: install demo-app helper leaf==1.0"],
        lines: &[
            "$ rm env/lib/python{python}/site-packages/helper-*/RECORD; printf 'conda\\n' > env/lib/python{python}/site-packages/leaf-1.0.dist-info/INSTALLER; rm env/lib/python{python}/site-packages/leaf-*/RECORD",
            "uninstall -y helper",
            "uninstall helper",
            "uninstall -y leaf",
            "$ printf 'Name: dis\\nVersion: 4\\n' > env/lib/python{python}/site-packages/dis_t-4.egg-info",
            "uninstall -y dis_t",
            "$ cd env/lib/python{python}/site-packages; mkdir odd-x.dist-info; printf 'Name: odd\\nVersion: x\\n' > odd-x.dist-info/METADATA; printf 'odd-x.dist-info/METADATA,,\\nodd-x.dist-info/RECORD,,\\nodd.py,,\\n' > odd-x.dist-info/RECORD; touch odd.py",
            "$ printf 'n\\n' | {installer} uninstall odd",
            "uninstall -y odd",
            "$ cd env/lib/python{python}/site-packages; mkdir leg-1.0-py3.9.egg-info; cd leg-1.0-py3.9.egg-info; printf 'Name: leg\\nVersion: 1.0\\n' > PKG-INFO; printf '../leg.py\\nPKG-INFO\\n../../../../bin/legs\\n' > installed-files.txt; touch ../leg.py ../../../../bin/legs",
            "$ printf 'n\\n' | {installer} uninstall leg",
            "show -f leg",
            "uninstall -y leg",
            "$ printf '../../../../../outside.txt,,\\n' >> env/lib/python{python}/site-packages/demo_app-2.0.dist-info/RECORD; touch outside.txt ../outside.txt",
            "$ printf 'n\\n' | {installer} uninstall demo-app",
            "uninstall -y demo-app",
            "$ ls outside.txt ../outside.txt",
            LIST,
        ],
    });
}
