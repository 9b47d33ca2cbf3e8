//! Sizes as pip writes them.

/// `1.2 MB`, `99 kB`, `1.5 kB`, `12 bytes`.
pub(crate) fn size(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss)] // a rounded figure for people
    let thousands = bytes as f64 / 1000.0;
    match bytes {
        1_000_001.. => format!("{:.1} MB", thousands / 1000.0),
        10_001.. => format!("{} kB", bytes / 1000),
        1_001.. => format!("{thousands:.1} kB"),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_read_as_pip_writes_them() {
        for (bytes, text) in
            [(12, "12 bytes"), (1_500, "1.5 kB"), (99_300, "99 kB"), (1_234_567, "1.2 MB"), (25_000_000, "25.0 MB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
