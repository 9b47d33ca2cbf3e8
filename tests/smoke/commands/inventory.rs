//! `list`, `freeze`, `show`, `check`, `inspect`.

use super::{Session, compare};

/// Distributions with what lists show, and one that is edited in place.
const FURNISHED: &[&str] = &[
    "pip: install demo-app parcel trunk branch==1.0 leaf==1.0 old-fashioned",
    "$ mkdir -p src && cd env/lib/python{python}/site-packages && mkdir Edit_ed-1.0.dist-info && cd Edit_ed-1.0.dist-info && \
     printf 'Metadata-Version: 2.1\\nName: Edit.ed\\nVersion: 1.0.0-alpha\\nSummary: é\\nRequires-Dist: demo-app\\n\\nText\\n' > METADATA && \
     printf '{\"url\": \"file://{work}/src\", \"dir_info\": {\"editable\": true}}' > direct_url.json && printf 'hand\\n' > INSTALLER",
];

#[test]
fn list_is_that_of_pip() {
    compare(&Session {
        files: &[],
        before: FURNISHED,
        lines: &[
            "list",
            "list -v",
            "list --format json",
            "list --format=json -v",
            "list --format freeze",
            "list --forma=freeze -v",
            "list -e",
            "list --editable --exclude-editable",
            "list --exclude-editable --include-editable",
            "list --exclude-editable",
            "list --not-required",
            "list --not-required --exclude demo_app --format json",
            "list --exclude 'a b' --exclude Edit-ed",
            "list -l",
            "list --user",
            "list --user --format json",
            "list --path nowhere",
            "list --path env/lib/python{python}/site-packages -v",
            "list --path x --user",
            "list --path x -l",
            "~ list --format csv",
            "list --pre --only-final x",
            "list --index-url https://example.org/ --no-index ignored",
            "list -q",
            "~ list --nosuch",
            "$ PIP_FORMAT=json {installer} list",
            "$ {installer} list | true",
            "$ env/bin/python -c 'import os, subprocess, sys; r, w = os.pipe(); os.close(r); print(subprocess.run(sys.argv[1:], stdout=w).returncode)' {installer} list",
            "--require-virtualenv list",
        ],
    });
}

#[test]
fn freeze_is_that_of_pip() {
    compare(&Session {
        files: &[
            (
                "first.txt",
                "# Tools\n\n--index-url https://example.org/simple\nDemo_App>=1  # why\nnothing==1\nleaf ; python_version > \"3\"\n-r other.txt\n--pre\n",
            ),
            (
                "second.txt",
                "leaf\n# Tools\n--pre\nparcel[ribbon]==3\nDemo-App\n./proj\nhttps://example.org/trunk-1.tar.gz#egg=trunk\nhttps://example.org/x.tar.gz\nhttps://example.org/branch-9-py3-none-any.whl\n",
            ),
            ("third.txt", "-e ./proj\n--editable=git+https://example.org/r.git#egg=edit.ed\n"),
            ("proj/pyproject.toml", "[project]\nname = \"p\"\n"),
            ("bad1.txt", "leaf\n-c c.txt\n"),
            ("bad2.txt", "-e leaf\n"),
            ("bad3.txt", "-e git+https://example.org/r.git\n"),
            ("bad4.txt", "./nodir\n"),
            ("bad5.txt", "leaf==1 --hash=sha256:00\n"),
        ],
        before: FURNISHED,
        lines: &[
            "freeze",
            "freeze --all",
            "freeze -l",
            "freeze --user",
            "freeze --exclude-editable",
            "freeze --exclude demo-app --exclude Edit.Ed",
            "freeze --path env/lib/python{python}/site-packages",
            "freeze --path x --local",
            "freeze -r first.txt",
            "freeze -r second.txt",
            "freeze -r first.txt --requirement second.txt",
            "freeze -r third.txt",
            "freeze -r third.txt --exclude-editable",
            "freeze -r first.txt --exclude demo_app",
            "freeze -r bad1.txt",
            "freeze -r bad2.txt",
            "freeze -r bad3.txt",
            "freeze -r bad4.txt",
            "freeze -r bad5.txt",
            "freeze -r none.txt",
            "freeze -q ignored",
            "~ freeze --format json",
        ],
    });
}

#[test]
fn show_is_that_of_pip() {
    compare(&Session {
        files: &[],
        before: FURNISHED,
        lines: &[
            "show",
            "show demo_app",
            "show DEMO-APP leaf nothing",
            "show -f demo-app",
            "show --files Edit.ed",
            "show -v demo-app trunk",
            "show -vf edit_ed parcel",
            "show nothing",
            "show z nothing a",
            "show leaf leaf",
            "show 'a b'",
            "show -q leaf",
            "show leaf==1",
            "~ show leaf --nosuch",
            "--require-virtualenv show branch",
        ],
    });
}

#[test]
fn check_is_that_of_pip() {
    compare(&Session {
        files: &[],
        before: FURNISHED,
        lines: &[
            "check",
            "check ignored",
            "check -q",
            "~ check --nosuch",
            "uninstall -y leaf",
            "check",
            "$ sed -i 's/^Version: .*/Version: 0.1/' env/lib/python{python}/site-packages/helper-*/METADATA && cd env/lib/python{python}/site-packages && mv helper-* helper-0.1.dist-info",
            "check",
            "check -q",
            "$ sed -i 's/^Tag: .*/Tag: cp27-cp27m-win32/' env/lib/python{python}/site-packages/parcel-*/WHEEL",
            "check",
            "$ printf 'Requires-Dist: bad>>>1\\n' > x; cat env/lib/python{python}/site-packages/parcel-*/METADATA >> x; mv x env/lib/python{python}/site-packages/parcel-*/METADATA",
            "check",
            "show parcel branch",
            "$ mkdir env/lib/python{python}/site-packages/odd-x.dist-info; printf 'Name: odd\\nVersion: x\\n' > env/lib/python{python}/site-packages/odd-x.dist-info/METADATA",
            "check",
            "show odd",
            "freeze",
            "list",
            "list --format json",
            "$ cd env/lib/python{python}/site-packages; mkdir bare-1.0.dist-info ~ip-1.0.dist-info -- -1.dist-info",
            "check",
            "freeze",
            "list --format json",
        ],
    });
}

#[test]
fn inspect_is_that_of_pip() {
    compare(&Session {
        files: &[],
        before: FURNISHED,
        lines: &[
            "inspect",
            "inspect --local",
            "inspect --user",
            "inspect --path env/lib/python{python}/site-packages",
            "inspect --path nowhere",
            "inspect --path nowhere --path env/lib/python{python}/site-packages ignored",
            "inspect --path x --local",
            "inspect --path x --user",
            "inspect -q",
            "~ inspect -l",
            "~ inspect --nosuch",
            "$ {installer} inspect --path x | grep -v pip_version",
        ],
    });
}
