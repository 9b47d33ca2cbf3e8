//! The .netrc file.
