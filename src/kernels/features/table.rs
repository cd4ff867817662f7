//! Tables: named columns of numbers.

use crate::sync::Arc;

/// Columns of the same length, with names; rows have no names, only their order.
///
/// # Examples
///
/// ```
/// use headwater::kernels::{Column, Table};
///
/// let table = Table::new([
///     ("label".to_owned(), Column::Integers(vec![3, 8])),
///     ("center_x".to_owned(), Column::Reals(vec![0.5, 7.25])),
/// ]);
/// assert_eq!(table.reals("center_x"), Some(&[0.5, 7.25][..]));
/// assert_eq!(table.to_csv(), "label,center_x\n3,0.5\n8,7.25\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Shared: a table is handed on as a value, and may be long.
    columns: Arc<Vec<(String, Column)>>,
}

/// The numbers of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Counts, coordinates and labels.
    Integers(Vec<u64>),
    /// Everything else.
    Reals(Vec<f64>),
}

impl Column {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Reals(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one in `row`; of an integer the nearest.
    pub fn get(&self, row: usize) -> Option<f64> {
        match self {
            Self::Integers(values) => values.get(row).map(|&value| value as f64),
            Self::Reals(values) => values.get(row).copied(),
        }
    }
}

impl Table {
    /// The table of these columns, in this order. All are cut to the length of the shortest.
    pub fn new(columns: impl IntoIterator<Item = (String, Column)>) -> Self {
        let mut columns: Vec<_> = columns.into_iter().collect();
        let rows = columns.iter().map(|(_, column)| column.len()).min().unwrap_or(0);
        for (_, column) in &mut columns {
            match column {
                Column::Integers(values) => values.truncate(rows),
                Column::Reals(values) => values.truncate(rows),
            }
        }
        Self {
            columns: Arc::new(columns),
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns with their names.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&str, &Column)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column))
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns().find(|(own, _)| *own == name).map(|(_, column)| column)
    }

    /// The numbers of the column called `name`, if they are integers.
    pub fn integers(&self, name: &str) -> Option<&[u64]> {
        match self.column(name)? {
            Column::Integers(values) => Some(values),
            Column::Reals(_) => None,
        }
    }

    /// The numbers of the column called `name`, if they are real.
    pub fn reals(&self, name: &str) -> Option<&[f64]> {
        match self.column(name)? {
            Column::Reals(values) => Some(values),
            Column::Integers(_) => None,
        }
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.len()).map(|row| Row { table: self, row })
    }

    /// Whether all names and numbers are the same, to the bit.
    pub(crate) fn same_bits(&self, other: &Self) -> bool {
        let same = |(a, b): (&(String, Column), &(String, Column))| {
            a.0 == b.0
                && match (&a.1, &b.1) {
                    (Column::Integers(a), Column::Integers(b)) => a == b,
                    (Column::Reals(a), Column::Reals(b)) => {
                        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                        bits(a) == bits(b)
                    }
                    _ => false,
                }
        };
        self.columns.len() == other.columns.len() && self.columns.iter().zip(&*other.columns).all(same)
    }

    /// As comma-separated values, with a line of names first. Real numbers are written so that reading them gives the same.
    pub fn to_csv(&self) -> String {
        let names: Vec<_> = self.columns().map(|(name, _)| quoted(name)).collect();
        let mut text = names.join(",") + "\n";
        for row in 0..self.len() {
            for (nth, (_, column)) in self.columns.iter().enumerate() {
                text.push_str(if nth > 0 { "," } else { "" });
                text.push_str(&match column {
                    Column::Integers(values) => values[row].to_string(),
                    Column::Reals(values) => values[row].to_string(),
                });
            }
            text.push('\n');
        }
        text
    }
}

/// As it stands in a line of comma-separated values.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

/// One row of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: &'a Table,
    row: usize,
}

impl Row<'_> {
    /// The number in the column called `name`.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.table.column(name)?.get(self.row)
    }
}
