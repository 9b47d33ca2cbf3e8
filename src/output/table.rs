//! Tables in columns, as `pip list` prints them.

/// The lines of a table: a header, dashes, rows; one space between columns, each as wide as its widest cell.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut widths: Vec<usize> = header.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join(" ").trim_end().to_owned()
    };
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut lines = vec![line(header.to_vec()), dashes.join(" ")];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["blinker", "1.9.0"], ["pip", "26.3"]].map(|row| row.map(str::to_owned).to_vec());
        let lines = ["Package Version", "------- -------", "blinker 1.9.0", "pip     26.3"];
        assert_eq!(table(&["Package", "Version"], &rows), lines);
    }

    #[test]
    fn nothing_is_printed_for_no_rows() {
        assert!(table(&["Package"], &[]).is_empty());
    }
}
