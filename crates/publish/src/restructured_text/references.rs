//! Names, and who refers to them: whether every reference leads somewhere is known only at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, error, warning};

/// What a name stands for.
struct Name {
    is_explicit: bool,
    /// Where it leads, if that is a URI or another name.
    leads_to: Option<String>,
    /// Two things have it: it is no use as a reference.
    is_ambiguous: bool,
}

/// A target that leads to another one.
struct Indirect {
    name: Option<String>,
    to: String,
    line: usize,
}

#[derive(Default)]
pub(super) struct References {
    names: BTreeMap<String, Name>,
    references: Vec<(String, usize)>,
    /// Their lines.
    anonymous_references: Vec<usize>,
    anonymous_targets: usize,
    indirect: Vec<Indirect>,
    /// Auto-numbered footnotes without and references to them.
    footnotes: usize,
    footnote_references: Vec<usize>,
    symbol_footnotes: usize,
    symbol_references: Vec<usize>,
    substitutions: BTreeMap<String, Vec<String>>,
    substitution_references: Vec<(String, usize)>,
    roles: BTreeSet<String>,
}

/// In lower case, with single spaces.
pub(super) fn normalized(name: &str) -> String {
    spaced(&name.to_lowercase())
}

/// With single spaces.
pub(super) fn spaced(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl References {
    /// A target that was written as one.
    pub(super) fn explicit(&mut self, name: &str, leads_to: Option<String>, line: usize) -> Checked<()> {
        self.note(normalized(name), leads_to, true, line)
    }

    /// A title, or a link with its target in it.
    pub(super) fn implicit(&mut self, name: &str, leads_to: Option<String>, line: usize) -> Checked<()> {
        self.note(normalized(name), leads_to, false, line)
    }

    fn note(
        &mut self,
        name: String,
        leads_to: Option<String>,
        is_explicit: bool,
        line: usize,
    ) -> Checked<()> {
        let Some(known) = self.names.get_mut(&name) else {
            self.names.insert(name, Name { is_explicit, leads_to, is_ambiguous: false });
            return Ok(());
        };
        let was_explicit = known.is_explicit;
        known.is_explicit |= is_explicit;
        if !known.is_ambiguous && leads_to.is_some() && leads_to == known.leads_to {
            return Ok(());
        }
        match (is_explicit, was_explicit) {
            (true, true) => {
                known.is_ambiguous = true;
                return warning(line, format!("Duplicate explicit target name: \"{name}\"."));
            }
            (true, false) => {
                (known.leads_to, known.is_ambiguous) = (leads_to, false);
            }
            (false, true) => {}
            (false, false) => known.is_ambiguous = true,
        }
        Ok(())
    }

    pub(super) fn refer(&mut self, name: &str, line: usize) {
        self.references.push((normalized(name), line));
    }

    pub(super) fn refer_anonymously(&mut self, line: usize) {
        self.anonymous_references.push(line);
    }

    pub(super) fn anonymous_target(&mut self) {
        self.anonymous_targets += 1;
    }

    /// A target that leads to the one called `to`.
    pub(super) fn indirect(&mut self, name: Option<&str>, to: &str, line: usize) {
        self.indirect.push(Indirect { name: name.map(normalized), to: normalized(to), line });
    }

    /// A footnote, by its label.
    pub(super) fn footnote(&mut self, label: &str, line: usize) -> Checked<()> {
        match label.strip_prefix('#') {
            Some("") => self.footnotes += 1,
            Some(name) => return self.explicit(name, None, line),
            None if label == "*" => self.symbol_footnotes += 1,
            None => return self.explicit(label, None, line),
        }
        Ok(())
    }

    pub(super) fn refer_to_footnote(&mut self, label: &str, line: usize) {
        match label.strip_prefix('#') {
            Some("") => self.footnote_references.push(line),
            Some(name) => self.refer(name, line),
            None if label == "*" => self.symbol_references.push(line),
            None => self.refer(label, line),
        }
    }

    /// A substitution, with those that it refers to itself.
    pub(super) fn substitution(&mut self, name: &str, uses: Vec<String>, line: usize) -> Checked<()> {
        let name = spaced(name);
        let is_known = self.substitutions.contains_key(&name);
        self.substitutions.insert(name.clone(), uses.iter().map(|name| normalized(name)).collect());
        if is_known {
            return error(line, format!("Duplicate substitution definition name: \"{name}\"."));
        }
        Ok(())
    }

    pub(super) fn refer_to_substitution(&mut self, name: &str, line: usize) {
        self.substitution_references.push((spaced(name), line));
    }

    /// The substitutions that were referred to since there were `count`.
    pub(super) fn substitutions_since(&self, count: usize) -> Vec<String> {
        let since = self.substitution_references.get(count..).unwrap_or_default();
        since.iter().map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn substitution_count(&self) -> usize {
        self.substitution_references.len()
    }

    pub(super) fn add_role(&mut self, name: &str) {
        self.roles.insert(name.to_lowercase());
    }

    pub(super) fn has_role(&self, name: &str) -> bool {
        self.roles.contains(&name.to_lowercase())
    }

    /// Substitutions that are referred to must be defined, and not by themselves.
    pub(super) fn check_substitutions(&self) -> Checked<()> {
        let by_name: BTreeMap<String, &Vec<String>> =
            self.substitutions.iter().map(|(name, uses)| (normalized(name), uses)).collect();
        for (name, line) in &self.substitution_references {
            if !by_name.contains_key(&normalized(name)) {
                return error(*line, format!("Undefined substitution referenced: \"{name}\"."));
            }
            let mut seen = BTreeSet::new();
            let mut pending = vec![normalized(name)];
            while let Some(next) = pending.pop() {
                let uses = by_name.get(&next).map(|uses| uses.as_slice()).unwrap_or_default();
                if uses.contains(&normalized(name)) {
                    return error(*line, format!("Circular substitution definition referenced: \"{name}\"."));
                }
                if seen.insert(next) {
                    pending.extend(uses.iter().cloned());
                }
            }
        }
        Ok(())
    }

    /// Anonymous references, indirect targets, footnotes without names.
    pub(super) fn check(&self) -> Checked<()> {
        let (references, targets) = (self.anonymous_references.len(), self.anonymous_targets);
        if references != targets {
            return Err(super::Problem {
                line: self.anonymous_references.get(targets).copied(),
                level: super::Level::Error,
                message: format!(
                    "Anonymous hyperlink mismatch: {references} references but {targets} targets."
                ),
            });
        }
        for target in &self.indirect {
            let shown = target.name.as_ref().map(|name| format!("\"{name}\" ")).unwrap_or_default();
            let wrong = |how: &str| {
                error(
                    target.line,
                    format!("Indirect hyperlink target {shown}refers to target \"{}\", {how}.", target.to),
                )
            };
            let mut to = &target.to;
            let mut steps = 0;
            loop {
                match self.names.get(to) {
                    None => return wrong("which does not exist"),
                    Some(name) if name.is_ambiguous => {
                        return wrong("which is a duplicate, and cannot be used as a unique reference");
                    }
                    Some(_) => {}
                }
                let next = self.indirect.iter().find(|other| other.name.as_ref() == Some(to));
                steps += 1;
                match next {
                    Some(_) if steps > self.indirect.len() => return wrong("forming a circular reference"),
                    Some(next) => to = &next.to,
                    None => break,
                }
            }
        }
        if let Some(line) = self.footnote_references.get(self.footnotes) {
            let (count, plural) = (self.footnotes, if self.footnotes > 1 { "s" } else { "" });
            return error(
                *line,
                format!(
                    "Too many autonumbered footnote references: only {count} corresponding footnote{plural} available."
                ),
            );
        }
        if let Some(line) = self.symbol_references.get(self.symbol_footnotes) {
            let count = self.symbol_footnotes;
            return error(
                *line,
                format!(
                    "Too many symbol footnote references: only {count} corresponding footnotes available."
                ),
            );
        }
        Ok(())
    }

    /// References by name.
    pub(super) fn check_dangling(&self) -> Checked<()> {
        for (name, line) in &self.references {
            // Footnotes without a name are numbered, and can be referred to by their numbers.
            let is_number = name.parse::<usize>().is_ok_and(|number| (1..=self.footnotes).contains(&number));
            match self.names.get(name) {
                Some(found) if found.is_ambiguous => {
                    return error(
                        *line,
                        format!("Duplicate target name, cannot be used as a unique reference: \"{name}\"."),
                    );
                }
                Some(_) => {}
                None if is_number => {}
                None => return error(*line, format!("Unknown target name: \"{name}\".")),
            }
        }
        Ok(())
    }
}
