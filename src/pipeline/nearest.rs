//! What somebody may have meant.

/// The message that there is no `what` called `name`, with the nearest of those that there are.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.collect();
    let shown: String = name.chars().take(60).collect();
    match nearest(name, &known) {
        Some(near) => format!("unknown {what} `{shown}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown {what} `{shown}`; there is none"),
        None if known.len() <= 12 => {
            let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("unknown {what} `{shown}`; there are {}", known.join(", "))
        }
        None => format!("unknown {what} `{shown}`"),
    }
}

/// Longer names are not compared: nobody mistypes a page.
const LONGEST: usize = 64;

/// The one of `known` that takes least changes to become, if those are few.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    if name.len() > LONGEST {
        return None;
    }
    let near = known.iter().map(|other| {
        let letters: Vec<char> = other.chars().flat_map(char::to_lowercase).collect();
        let starts = !name.is_empty() && letters.starts_with(&name);
        (if starts { 1 } else { distance(&name, &letters) }, *other)
    });
    let (changes, other) = near.min()?;
    (changes <= (name.len() / 3).max(1)).then_some(other)
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, j) => j,
                (i, 0) => i,
                _ => {
                    let change = usize::from(a[i - 1] != b[j - 1]);
                    let mut least = (rows[i - 1][j - 1] + change)
                        .min(rows[i - 1][j] + 1)
                        .min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(rows[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_words() {
        let known = ["sigma", "window", "axes", "GaussianGradientMagnitude", "Gaussian"];
        let cases = [
            ("sgima", Some("sigma")),
            ("gaussian", Some("Gaussian")),
            ("Gauss", Some("Gaussian")),
            ("windows", Some("window")),
            ("threshold", None),
            ("", None),
        ];
        for (name, near) in cases {
            assert_eq!(nearest(name, &known), near, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), &known), None);
    }
}
