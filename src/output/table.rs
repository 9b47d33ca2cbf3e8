//! Tables in columns, as `pip list` prints them.

/// The lines of a table: a header, dashes, rows; one space between columns, each as wide as its widest cell.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut widths = header.map(|title| title.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join(" ").trim_end().to_owned()
    };
    let dashes = widths.map(|width| "-".repeat(width));
    let mut lines = vec![line(header), dashes.join(" ")];
    lines.extend(rows.iter().map(|row| line(row.each_ref().map(String::as_str))));
    lines
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["blinker".to_owned(), "1.9.0".to_owned()], ["pip".to_owned(), "26.3".to_owned()]];
        let lines = ["Package Version", "------- -------", "blinker 1.9.0", "pip     26.3"];
        assert_eq!(table(["Package", "Version"], &rows), lines);
    }

    #[test]
    fn nothing_is_printed_for_no_rows() {
        assert!(table(["Package"], &[]).is_empty());
    }
}
