//! Times on a track's own scale.

/// Ticks of a track's timescale. Signed: a presentation time before an edit is applied may be negative.
pub type Ticks = i64;

/// `ticks` of timescale `from` on timescale `to`, rounded down.
///
/// Exact over the whole range of a 64-bit media time: the product is taken in 128 bits. A timescale
/// of 0 is refused where it is read, so it can't occur here.
pub fn rescale(ticks: Ticks, from: u32, to: u32) -> Ticks {
    let product = i128::from(ticks) * i128::from(to);
    Ticks::try_from(product.div_euclid(i128::from(from.max(1)))).unwrap_or(Ticks::MAX)
}

/// As [`rescale`], rounded to the nearest tick.
pub fn rescale_nearest(ticks: Ticks, from: u32, to: u32) -> Ticks {
    let product = 2 * i128::from(ticks) * i128::from(to) + i128::from(from);
    Ticks::try_from(product.div_euclid(2 * i128::from(from.max(1)))).unwrap_or(Ticks::MAX)
}

/// Whether `a` of timescale `a_scale` comes before `b` of timescale `b_scale`.
pub fn is_before(a: Ticks, a_scale: u32, b: Ticks, b_scale: u32) -> bool {
    i128::from(a) * i128::from(b_scale) < i128::from(b) * i128::from(a_scale)
}

/// Seconds as a decimal number, for people and for attributes that take one.
pub fn seconds(ticks: Ticks, timescale: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a duration in seconds is shown to microseconds at most")]
    let value = ticks as f64 / f64::from(timescale);
    value
}

/// `h:mm:ss.mmm`, as messages name a time.
pub fn clock(ticks: Ticks, timescale: u32) -> String {
    let milliseconds = rescale(ticks, timescale, 1000);
    let (sign, ms) = if milliseconds < 0 { ("-", -milliseconds) } else { ("", milliseconds) };
    format!("{sign}{}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rescaling_rounds_down_on_both_sides_of_zero_or_to_the_nearest() {
        assert_eq!(rescale(1, 3, 1), 0);
        assert_eq!(rescale(-1, 3, 1), -1);
        assert_eq!(rescale_nearest(476, 1000, 44_100), 20_992); // 20,991.6
        assert_eq!(rescale(i64::MAX / 2, 90_000, 90_000), i64::MAX / 2);
    }

    #[test]
    fn clock_names_hours_and_milliseconds() {
        assert_eq!(clock(90_000 * 3_661 + 45_000, 90_000), "1:01:01.500");
    }
}
