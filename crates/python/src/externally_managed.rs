//! `EXTERNALLY-MANAGED` (PEP 668): the message of a distributor, in the grammar of Python's `configparser`.

/// The `Error` value of the section `[externally-managed]`.
pub(crate) fn error_text(text: &str) -> Option<String> {
    let mut in_section = false;
    let mut lines: Option<Vec<&str>> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        let continues = line.starts_with([' ', '\t']) || trimmed.is_empty();
        if let Some(lines) = lines.as_mut().filter(|_| continues) {
            lines.push(trimmed);
            continue;
        }
        if lines.is_some() {
            break;
        }
        if let Some(section) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            in_section = section == "externally-managed";
        } else if let Some((key, value)) = trimmed.split_once(['=', ':'])
            && in_section
            && key.trim().eq_ignore_ascii_case("error")
        {
            lines = Some(vec![value.trim()]);
        }
    }
    let joined = lines?.join("\n");
    Some(joined.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::error_text;

    #[test]
    fn reads_values_of_several_lines() {
        let text = "# comment\n[other]\nError=no\n[externally-managed]\nError-de=nein\n\
                    Error=To install, try apt install\n python3-xyz.\n\n See README.\n\nOther=x\n";
        assert_eq!(
            error_text(text).as_deref(),
            Some("To install, try apt install\npython3-xyz.\n\nSee README.")
        );
        assert_eq!(error_text("[externally-managed]\nerror : short").as_deref(), Some("short"));
        assert_eq!(error_text("[externally-managed]\n"), None);
        assert_eq!(error_text("Error=outside"), None);
        assert_eq!(error_text(""), None);
    }
}
