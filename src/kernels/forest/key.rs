//! Numbers as integers of the same order, so that comparing them is one instruction that sets the carry.

/// The integer that stands for `value`: `key(a) < key(b)` exactly if `a < b`. The two zeros have one key.
#[inline(always)]
pub(super) fn key(value: f32) -> u32 {
    // Adding zero makes the negative zero a positive one and leaves every other number as it is.
    let bits = (value + 0.0).to_bits();
    let all_if_negative = (bits.cast_signed() >> 31).cast_unsigned();
    bits ^ (all_if_negative | 1 << 31)
}

/// The number that `key` stands for.
pub(super) fn value(key: u32) -> f32 {
    let all_if_positive = (key.cast_signed() >> 31).cast_unsigned();
    f32::from_bits(key ^ (!all_if_positive | 1 << 31))
}

/// The key of a threshold between two neighbouring values, `low < high`: their mean, or `low` if there is no number between.
pub(super) fn between(low: u32, high: u32) -> u32 {
    let mean = value(low) * 0.5 + value(high) * 0.5;
    let mean = key(mean);
    // Of a pair with an infinite or a minute number the mean may be none of the numbers between.
    if (low..high).contains(&mean) { mean } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASCENDING: [f32; 9] = [
        f32::NEG_INFINITY,
        f32::MIN,
        -1.0,
        -f32::MIN_POSITIVE / 8.0,
        0.0,
        f32::from_bits(1),
        1.0,
        f32::MAX,
        f32::INFINITY,
    ];

    #[test]
    fn keys_have_the_order_of_the_numbers() {
        assert!(ASCENDING.is_sorted_by(|a, b| key(*a) < key(*b)));
        assert_eq!(key(-0.0), key(0.0));
        assert!(ASCENDING.iter().all(|number| value(key(*number)) == *number));
    }

    #[test]
    fn a_threshold_parts_any_two_numbers() {
        for pair in ASCENDING.windows(2) {
            let (low, high) = (key(pair[0]), key(pair[1]));
            let threshold = between(low, high);
            assert!(low <= threshold && threshold < high, "{pair:?}");
            assert!(!value(threshold).is_nan());
        }
        assert_eq!(value(between(key(1.0), key(2.0))), 1.5);
    }
}
