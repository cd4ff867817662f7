//! The order of names that people expect.

use std::cmp::Ordering;

/// Compares names piece by piece, runs of digits as numbers: `t2` comes before `t10`. Names that differ by zeros in front of a
/// number only are in the order of their text.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) {
        let order = if l.is_ascii_digit() && r.is_ascii_digit() {
            let (number, other) = (digits(&mut left), digits(&mut right));
            // Without zeros in front, the longer number is the greater.
            number.len().cmp(&other.len()).then_with(|| number.cmp(other))
        } else {
            left = &left[l.len_utf8()..];
            right = &right[r.len_utf8()..];
            l.cmp(&r)
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Takes the digits from the front of `text`; without zeros in front.
fn digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    number.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        let mut names = [
            "b1",
            "a10",
            "a9",
            "a09",
            "a",
            "a10b2",
            "a10b10",
            "a99999999999999999999999",
            "ä1",
        ];
        names.sort_by(|a, b| natural(a, b));
        let expected = [
            "a",
            "a09",
            "a9",
            "a10",
            "a10b2",
            "a10b10",
            "a99999999999999999999999",
            "b1",
            "ä1",
        ];
        assert_eq!(names, expected);
    }

    proptest! {
        #[test]
        fn it_is_an_order(a in "[ab01]{0,6}", b in "[ab01]{0,6}", c in "[ab01]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b).is_eq(), a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
