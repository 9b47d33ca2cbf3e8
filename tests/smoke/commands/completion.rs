//! `completion`, and the answers to a shell.

use super::{Session, compare};

#[test]
fn completion_speaks_as_pip_does() {
    compare(&Session {
        files: &[("requirements.txt", ""), ("some/file", "")],
        before: &["pip: install demo-app"],
        lines: &[
            "completion",
            "~ completion --bash",
            "~ completion -b --nosuch",
            "~ completion --zsh -b",
            "~ completion -z",
            "~ completion -f",
            "~ completion --powershell",
            "completion ignored",
            "$ COMP_WORDS='pip unin' COMP_CWORD=1 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip he' COMP_CWORD=1 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip hash --al' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip help x' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip uninstall' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer} | sort",
            "$ COMP_WORDS='pip show de' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip show demo-app' COMP_CWORD=3 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip uninstall --y' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip uninstall -r req' COMP_CWORD=3 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip install some/' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip freeze -r re' COMP_CWORD=3 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip --cache-dir so' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip config s' COMP_CWORD=2 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip config set s' COMP_CWORD=3 PIP_AUTO_COMPLETE=1 {installer}",
            "$ COMP_WORDS='pip hash --log x --lo' COMP_CWORD=4 PIP_AUTO_COMPLETE=1 {installer} | sort",
        ],
    });
}
